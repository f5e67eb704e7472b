"""A new process from its start to the first line of its first answer."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from bot.settings import HOUSE
from tests.bench.clock import Tick, no_tick

QUESTION: Final = "身份证丢了怎么补"


class Failed(Exception):
    """The command gave no answer; the message is the end of what it wrote."""


@dataclass(frozen=True)
class ColdStart:
    """Seconds to the first answer (the middle of several starts) and peak memory in MB."""

    seconds: float
    memory: float


def prepare(data: Path, semantic: bool) -> None:
    """Brings the index in the data folder up to date, with the bot's own progress bar."""
    command = [sys.executable, "-m", "bot.cli", "index", "--data", str(data)]
    done = subprocess.run(
        command, cwd=HOUSE, env=_environment(semantic), stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise Failed(f"`{' '.join(command)}` ended with {done.returncode}")


def measure(data: Path, semantic: bool, starts: int, tick: Tick = no_tick) -> ColdStart:
    """Starts the command several times. Call it while this process is small.

    Linux counts the memory of a process that is about to start another towards the other's peak.
    """
    found = []
    for _ in range(starts):
        found.append(_start(data, semantic))
        tick()
    return ColdStart(statistics.median(s for s, _ in found), max(memory for _, memory in found))


def _start(data: Path, semantic: bool) -> tuple[float, float]:
    command = [sys.executable, "-m", "bot.cli", "ask", QUESTION, "--data", str(data)]
    start = perf_counter()
    process = subprocess.Popen(
        command,
        cwd=HOUSE,
        env=_environment(semantic),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.readline()
    taken = perf_counter() - start
    process.stdout.read()
    problem = process.stderr.read().decode("utf-8", "replace").strip()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    if process.returncode or not first.strip():
        raise Failed(problem.splitlines()[-1] if problem else f"exit {process.returncode}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return taken, usage.ru_maxrss / unit


def _environment(semantic: bool) -> dict[str, str]:
    return os.environ | {"DOORSTEP_SEMANTIC": "on" if semantic else "off"}
