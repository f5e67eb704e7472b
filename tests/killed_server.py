"""Run by test_served_killed: the whole server and the staff's desk, in processes to be killed.

Usage: python -m tests.killed_server FOLDER PORT BOT_API TOKEN. Loads the city once; for each line
`serve` or `staff` that it reads it forks a process, which prints `serve PID` or `staff PID` first.
The server is the one of `doorstep serve`; its clock reads FOLDER/now, which the test sets ahead.
Staff work off what they find through a connection of their own, and print what is done.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx

from bot import app as apps
from bot import serve
from bot.app import App
from bot.cases import Actor, CaseError, CaseState, Role
from bot.channels.web.factory import application
from bot.desk import staff
from bot.store import Store
from bot.store.case_list import CaseList, Filter
from tests.conftest import INDEX

HANDLER = Actor("li", Role.handler, "public-security")
STATES = (CaseState.dispatched, CaseState.in_progress, CaseState.extended)


@dataclass(frozen=True)
class Later(App):
    """The bot, some hours ahead of its time."""

    def now(self) -> datetime:
        hours = int((self.settings.data / "now").read_text("ascii"))
        return super().now() + timedelta(hours=hours)


def main(folder: Path, port: int, base: str, token: str) -> None:
    settings = apps.Settings(semantic=False, data=INDEX)
    app = apps.build(settings)
    app.intake.rank("身份证丢了怎么补办")  # loads what is loaded at the first question
    _warm(settings)
    settings = replace(
        settings, data=folder, telegram_token=token, telegram_api_base=base,
        rate_session=1_000_000, rate_address=1_000_000,
    )  # fmt: skip
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who dies is gone at once
    for line in sys.stdin:
        if os.fork():
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            _tell(line.strip(), os.getpid())
            one = _opened(app, settings)
            if line == "serve\n":
                listener = serve.listening("127.0.0.1", port)
                serve.run(settings, one, listener, _tell)
            else:
                _work(one)
        except BaseException as error:
            _tell("failed", type(error).__name__, error)
        finally:
            os._exit(0)


def _tell(*words: object) -> None:
    """A line in one write: `print` takes several where Python is unbuffered, with kills between."""
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


def _warm(settings: apps.Settings) -> None:
    """Loads what each server would load at its start, which takes most of it."""
    import_module("bot.channels.telegram")
    asyncio.run(httpx.AsyncClient().aclose())
    application(cast(Any, SimpleNamespace(settings=settings, https=False)))


def _opened(app: App, settings: apps.Settings) -> Later:
    store = apps.open_store(settings)
    one = apps.assemble(settings, app.city, app.language, app.reader, store)
    return Later(one.settings, one.city, one.language, one.reader, one.intake, one.without_semantic)


def _work(app: Later) -> None:
    """Takes and answers cases, each as `desk` allows, until it is killed."""
    store, chance = app.intake.store, random.Random(os.getpid())
    while True:
        found = CaseList(store).page(Filter(states=STATES).for_actor(HANDLER)).cases
        for case in chance.sample(found, len(found)):
            step = "take" if case.state is CaseState.dispatched else "answer"
            try:
                _act(app, store, step, case.number, case.version)
            except CaseError as error:
                if error.code not in ("version", "no_such_move"):
                    raise
            else:
                _tell("did", case.number, step)
        time.sleep(0.05)


def _act(app: Later, store: Store, step: str, number: str, version: int) -> None:
    at = app.now().isoformat(timespec="seconds")
    with store.transaction():
        given = (app.intake.desk, store, HANDLER, number, version, at)
        if step == "take":
            staff.take(*given)
        else:
            staff.answer(*given, text="办好了")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
