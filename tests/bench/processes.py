"""Bots in processes of their own, to be put under load."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bot.settings import HOUSE
from tests.bench.coldstart import Failed
from tests.bench.telegrams import TOKEN


@dataclass(frozen=True)
class Running:
    """A bot in a process of its own. `url` is where it serves, if it does."""

    process: psutil.Process
    url: str = ""

    @property
    def memory(self) -> float:
        """What it holds, in KB."""
        return float(self.process.memory_info().rss) / 1024

    @property
    def busy(self) -> float:
        """Seconds that it has computed so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextlib.contextmanager
def serving(data: Path, index: Path, api: str = "") -> Iterator[Running]:
    """`doorstep serve` by words only, without rate limits; with Telegram if there is an API."""
    shutil.copytree(index, data / "index")
    environment = {
        "DOORSTEP_SEMANTIC": "off",
        "DOORSTEP_RATE_SESSION": "100000000",
        "DOORSTEP_RATE_ADDRESS": "100000000",
    }
    command = ["bot.cli", "serve", "--port", "0", "--data", str(data)]
    if api:
        environment["DOORSTEP_TELEGRAM_TOKEN"] = TOKEN
        command += ["--telegram-api-base", api]
    with _process(command, environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        if not line.startswith("ready "):
            raise Failed(f"doorstep serve said {line!r} instead of ready")
        yield Running(psutil.Process(process.pid), line.removeprefix("ready ").strip())


@contextlib.contextmanager
def echoing(data: Path, index: Path, kind: str, api: str) -> Iterator[Running]:
    """One of the two bots of `echoes`."""
    shutil.copytree(index, data / "index")
    command = ["tests.bench.echoes", kind, api, TOKEN, str(data)]
    with _process(command, {}) as process:
        yield Running(psutil.Process(process.pid))


@contextlib.contextmanager
def _process(
    command: Sequence[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=HOUSE,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()
