"""Run by test_cases_killed: files, answers and judges complaints in children that it kills.

Usage: python -m tests.killed_cases FOLDER KILLS SEED. The city is loaded once; each child opens the
database anew, goes on with what was not acknowledged, and is killed at a random moment. Prints one
JSON line: the steps that were acknowledged, and how many children were cut off in their work.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot import app as apps
from bot import timers
from bot.app import App, assemble
from bot.cases import Actor, CaseError, Role
from bot.desk import staff
from bot.settings import Settings
from bot.store import Store
from bot.store.cases import Cases
from bot.store.sqlite import Inbound
from bot.worker import Worker
from tests.conftest import INDEX

START = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
# Each child lives some days later than the one before, so that alarms ring among the moves.
LATER = timedelta(hours=7)
HANDLER = Actor("li", Role.handler, "public-security")
CHATS = 4
STEPS = ("file", "finish", "take", "answer", "judge", "rate")


def main(folder: Path, kills: int, seed: int) -> None:
    """Kills `kills` children, then lets a last one finish."""
    app = apps.build(Settings(semantic=False, data=INDEX))
    chance = random.Random(seed)
    done: dict[str, list[str]] = {}
    cut = 0
    chats: list[str] = []
    for number in range(kills + 1):
        last = number == kills
        if not last:
            chats += [f"{number}-{n}" for n in range(CHATS)]
        left = {c: [s for s in STEPS if s not in done.get(c, [])] for c in chats}
        lives = None if last else chance.uniform(0.01, 0.15)
        for line in _child(app, folder, {c: s for c, s in left.items() if s}, number, lives):
            chat, step = line.split()
            done.setdefault(chat, []).append(step)
        cut += not last and any(len(done.get(c, [])) < len(STEPS) for c in left)
    print(json.dumps({"done": done, "cut": cut}))


def _child(
    app: App, folder: Path, left: dict[str, list[str]], number: int, lives: float | None
) -> list[str]:
    """Forks, kills the child after `lives` seconds (None: lets it end), returns what it told."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        code = 1
        try:
            asyncio.run(_work(app, folder, left, START + number * LATER, writes))
            code = 0
        finally:
            os._exit(code)
    os.close(writes)
    if lives is not None:
        time.sleep(lives)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reads, encoding="ascii") as told:
        lines = told.read().splitlines()
    _, status = os.waitpid(child, 0)
    if lives is None and status:
        raise SystemExit(f"the last child failed: {status}")
    return lines


async def _work(
    app: App, folder: Path, left: dict[str, list[str]], now: datetime, told: int
) -> None:
    store = Store(folder / "doorstep.db")
    one = assemble(app.settings, app.city, app.language, app.reader, store)
    worker = Worker(lambda: one.intake, store)
    people = [_person(worker, one, chat, steps, now, told) for chat, steps in left.items()]
    clock = timers.catch_up(worker, lambda: one.intake.desk, lambda: now)
    await asyncio.gather(*people, clock)
    await timers.catch_up(worker, lambda: one.intake.desk, lambda: now)
    await worker.close()


async def _person(
    worker: Worker, app: App, chat: str, steps: list[str], now: datetime, told: int
) -> None:
    """One complaint, from where it was left. What a child before did unseen is done already."""
    for step in steps:
        inbound = Inbound("test", chat, step, "text", "", now.isoformat())
        if step == "file":
            text = f"我要投诉，3号窗口的人骂我{chat}，身份证拖了一个月，气死了"
            await worker.handle(replace(inbound, text=text))
        elif step == "finish":
            await worker.handle(replace(inbound, text="就这些"))
        elif step in ("take", "answer"):
            await worker.write(_staff(app, chat, step, now))
        else:
            number = await worker.write(lambda store: Cases(store).of_chat("test", chat)[0].number)
            what = f"verdict:{number}:solved" if step == "judge" else f"rate:{number}:4"
            await worker.handle(replace(inbound, kind="choice", text=f"track:{what}"))
        os.write(told, f"{chat} {step}\n".encode())


def _staff(app: App, chat: str, step: str, now: datetime):  # type: ignore[no-untyped-def]
    def work(store: Store) -> None:
        (case,) = Cases(store).of_chat("test", chat)
        args = (app.intake.desk, store, HANDLER, case.number, case.version, now.isoformat())
        try:
            if step == "take":
                staff.take(*args)
            else:
                staff.answer(*args, text="办好了")
        except CaseError as error:
            if error.code != "no_such_move":
                raise

    return work


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
