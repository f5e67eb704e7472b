"""Loads on the channels, on disk, one process: python -m tests.bench.channels."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Final

import click
from rich.console import Console

from bot import settings
from bot.reports import evaluation
from bot.settings import HOUSE
from tests.bench import coldstart, webs
from tests.bench.clock import Timing
from tests.bench.processes import echoing, serving
from tests.bench.report import WIDTH, Report, Target
from tests.bench.telegrams import Citizens

QUESTIONS: Final = HOUSE / "tests" / "questions" / "written.tsv"
SESSIONS: Final = 1_000
STREAMS: Final = 10_000
# File descriptors that a process needs besides: files, the database, connections of other loads.
SPARE: Final = 200
# Messages of a flood that are on their way at the same time.
FLOODERS: Final = 16
# Turn about, so that what else the machine does weighs on both alike.
ROUNDS: Final = 3
CALM: Final = 100
BURST: Final = 300
ECHOES: Final = 300
ECHO: Final = "你好，请问身份证丢了怎么补？"

WEB: Final = "web: POST /api/v1/ask, whole turns on disk"
STREAM: Final = "web: idle event streams"
TELEGRAM: Final = "Telegram: polling the strict fake Bot API, whole turns on disk"
FLOODED: Final = "a flood in one chat, and what another chat notices (one after another, ms)"
SIDE: Final = "the same echo workload, Doorstep's durable path and plain python-telegram-bot"


@dataclass(frozen=True)
class Bench:
    """What the loads share. `folder` lies on the disk that the data lies on in use."""

    folder: Path
    index: Path
    texts: tuple[str, ...]
    report: Report

    def data(self, name: str) -> Path:
        """A data folder that nobody has used yet."""
        return self.folder / f"{name}-{time.monotonic_ns()}"

    def several(self, count: int) -> list[str]:
        """So many questions."""
        return list(islice(cycle(self.texts), count))


# The web


async def web(bench: Bench) -> None:
    """Throughput, many sessions, a flood beside a quiet chat."""
    with serving(bench.data("web"), bench.index) as server:
        await webs.sessions(server.url, 8, bench.texts, 40)  # warms up
        quiet = Timing(tuple(await webs.one_by_one(server.url, bench.several(200), 0)))
        _row(bench, WEB, "1 session", quiet, quiet.per_second)
        timing, rate = await webs.sessions(server.url, 16, bench.texts, 60)
        _row(bench, WEB, "16 sessions at once", timing, rate)
        before = server.memory
        timing, rate = await webs.sessions(server.url, SESSIONS, bench.texts, 1)
        each = (server.memory - before) / SESSIONS
        _row(bench, WEB, f"{SESSIONS:,} sessions at once", timing, rate, each)
        missing = float(SESSIONS - len(timing.seconds))
        name = f"{SESSIONS:,} web sessions at once: questions unanswered"
        bench.report.targets.append(Target(name, missing, 0))
        pairs = []
        for _ in range(ROUNDS):
            texts = bench.several(CALM)
            alone = await webs.one_by_one(server.url, texts, 0)
            pairs.append((alone, await webs.one_by_one(server.url, texts, FLOODERS)))
        _flood_rows(bench, "web", pairs)


async def streams(bench: Bench, limit: int) -> None:
    """Idle event streams: what one holds, and what the others notice."""
    wanted = min(STREAMS, limit - SPARE)
    if wanted < STREAMS:
        bench.report.notes.append(f"event streams: the limit of {limit:,} file descriptors")
    with serving(bench.data("streams"), bench.index) as server:
        await webs.sessions(server.url, 8, bench.texts, 20)
        held = webs.Streams()
        alone = await held.heard(server.url, bench.several(CALM))
        before = server.memory
        begun = time.perf_counter()
        count = await held.open(server.url, wanted)
        seconds = time.perf_counter() - begun
        if held.refusal:
            bench.report.notes.append(f"event streams: stopped at {count:,} by {held.refusal}")
        gc.collect()
        busy, each = server.busy, (server.memory - before) / max(count, 1)
        await asyncio.sleep(5)
        busy = (server.busy - busy) / 5
        beside = await held.heard(server.url, bench.several(CALM))
        begun = time.perf_counter()
        server.process.terminate()
        code = await asyncio.to_thread(server.process.wait, 30)
        stopped = time.perf_counter() - begun
        held.close()
    for name, taken in (("none", alone), (f"{count:,}", beside)):
        timing = Timing(tuple(taken))
        idle = taken is beside
        bench.report.add(
            STREAM,
            **{
                "idle streams": name,
                "say to event p50 ms": timing.p50,
                "p99 ms": timing.p99,
                "opened a second": count / seconds if idle else None,
                "KB each": each if idle else None,
                "busy while idle": f"{busy:.0%}" if idle else None,
                "SIGTERM to exit s": stopped if idle else None,
            },
        )
    bench.report.targets += [
        Target(f"event streams short of {STREAMS:,}", float(STREAMS - count), 0),
        Target("SIGTERM with these streams open", stopped if not code else None, 5, " s"),
    ]


# Telegram


async def telegram(bench: Bench, api: Citizens) -> None:
    """Throughput, and a flood beside a quiet chat."""
    with serving(bench.data("telegram"), bench.index, api.base):
        await api.burst(bench.several(100))  # warms up
        quiet = Timing(tuple(await api.one_by_one(bench.several(CALM), flooded=False)))
        _row(bench, TELEGRAM, "1 chat", quiet, quiet.per_second)
        timing, rate = await api.burst(bench.several(BURST))
        _row(bench, TELEGRAM, f"{BURST} chats at once", timing, rate)
        pairs = []
        for _ in range(ROUNDS):
            texts = bench.several(CALM)
            await api.calm()
            alone = await api.one_by_one(texts, flooded=False)
            pairs.append((alone, await api.one_by_one(texts, flooded=True)))
        _flood_rows(bench, "Telegram", pairs)


async def side_by_side(bench: Bench, api: Citizens) -> None:
    """Echoes, turn about; a ratio is the middle of those of each round."""
    costs: dict[str, list[tuple[float, float]]] = {"plain": [], "durable": []}
    for turn in range(ROUNDS):
        for kind in sorted(costs, reverse=bool(turn % 2)):
            costs[kind].append(await _echoes(bench, kind, api))
    for kind, name in (("plain", "python-telegram-bot"), ("durable", "Doorstep, durable")):
        wall, busy = _middle(costs[kind])
        over = _middle(
            [(a / c, b / d) for (a, b), (c, d) in zip(costs[kind], costs["plain"], strict=True)]
        )
        bench.report.add(
            SIDE,
            bot=name,
            **{
                "messages a second": 1000 / wall,
                "ms each": wall,
                "over plain": over[0],
                "computed ms each": busy,
                "computed over plain": over[1],
            },
        )
    bench.report.targets += [
        Target("Telegram echo, durable over plain: time", over[0], 2.0),
        Target("Telegram echo, durable over plain: computing", over[1], 2.0),
    ]


async def _echoes(bench: Bench, kind: str, api: Citizens) -> tuple[float, float]:
    """Milliseconds an echo took, and how many of them the bot computed."""
    with echoing(bench.data(kind), bench.index, kind, api.base) as bot:
        await api.burst([ECHO] * 50)
        busy = bot.busy
        _, rate = await api.burst([ECHO] * ECHOES)
        await api.calm()
        return 1000 / rate, (bot.busy - busy) * 1000 / ECHOES


def _middle(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return median(a for a, _ in pairs), median(b for _, b in pairs)


# Rows


def _row(
    bench: Bench, table: str, load: str, timing: Timing, rate: float, each: float | None = None
) -> None:
    bench.report.add(
        table,
        load=load,
        **{"a second": rate, "p50 ms": timing.p50, "p99 ms": timing.p99, "KB a session": each},
    )


def _flood_rows(
    bench: Bench, channel: str, pairs: Sequence[tuple[list[float], list[float]]]
) -> None:
    """Over all rounds; the ratio is of two p99 taken in the same minute."""
    quiet, flooded = (
        Timing(tuple(t for part in side for t in part)) for side in zip(*pairs, strict=True)
    )
    ratio = flooded.p99 / quiet.p99
    bench.report.add(
        FLOODED,
        channel=channel,
        **{
            "quiet p50": quiet.p50,
            "quiet p99": quiet.p99,
            "flooded p50": flooded.p50,
            "flooded p99": flooded.p99,
            "p99 ratio": ratio,
        },
    )
    bench.report.targets.append(Target(f"flood on {channel}: p99 of another chat", ratio, 3.0))


# Command


def descriptors() -> int:
    """Raises the soft limit of open files to the hard one; returns it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = 1 << 20 if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit


async def measure(bench: Bench, limit: int) -> None:
    """One load after another: two cores have room for a bot and whoever asks it."""
    await web(bench)
    await streams(bench, limit)
    api = Citizens().start()
    try:
        await telegram(bench, api)
        await side_by_side(bench, api)
    finally:
        api.stop()


def run(chosen: settings.Settings, console: Console) -> Report:
    """Prepares the index if needed, then measures everything."""
    console.print("preparing the index by words", highlight=False)
    coldstart.prepare(chosen.data.absolute(), semantic=False)
    limit = descriptors()
    report = Report(notes=_notes(limit))
    texts = tuple(question.turns[0] for question in evaluation.read(QUESTIONS))
    start = time.perf_counter()
    # In the data folder, so that the databases lie on the disk they would lie on in use.
    with tempfile.TemporaryDirectory(dir=chosen.data, prefix="bench-") as folder:
        bench = Bench(Path(folder).absolute(), chosen.data.absolute() / "index", texts, report)
        asyncio.run(measure(bench, limit))
    report.seconds = time.perf_counter() - start
    return report


def _notes(limit: int) -> list[str]:
    load = os.getloadavg()[0]
    return [
        f"{os.cpu_count()} cores, shared by the bot and whoever asks it; load {load:.1f} before "
        f"we began; at most {limit:,} open files; Python {sys.version.split()[0]}",
        "`doorstep serve` in a process of its own, by words only, over loopback; each turn is "
        "committed with an fsync before it is answered",
        "questions: tests/questions/written.tsv; KB: what the server grew by, in resident memory",
        f"flood: {FLOODERS} (Telegram: 50) messages of one chat on their way at any time",
        "echo: python-telegram-bot with concurrent_updates, which keeps nothing, against all of "
        "Doorstep (raw update, inbox, state, turn, outbox, sent mark, each on disk; engine and "
        "wording too) with a conversation that echoes and without matching; one message from "
        f"each of {ECHOES} chats, the middle of {ROUNDS} rounds, turn about; both wait for the same "
        "fake, so what a bot computed (its process's CPU time) tells more than the time",
    ]


@click.command()
@click.option("--json", "path", type=click.Path(path_type=Path), help="Write everything to FILE.")
@click.option("--strict", is_flag=True, help="End with exit code 1 if a target is missed.")
def main(path: Path | None, strict: bool) -> None:
    """Measure the channels under load, in under four minutes."""
    try:
        report = run(settings.load(), Console(stderr=True))
    except (coldstart.Failed, settings.SettingsError) as error:
        raise click.ClickException(str(error)) from error
    out = Console()
    report.show(out if out.is_terminal else Console(width=WIDTH))
    if path:
        path.write_text(json.dumps(report.data(), ensure_ascii=False, indent=2) + "\n", "utf-8")
    if strict and not all(target.ok for target in report.targets):
        sys.exit(1)


if __name__ == "__main__":
    main()
