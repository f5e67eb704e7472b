"""A citizen and staff in one small town, for tests of complaints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.app import App, assemble
from bot.cases import Actor, ClosureCode, Role
from bot.desk import clockwork, staff
from bot.intake import Handled
from bot.store import Store
from bot.store.case_timers import Timers
from bot.store.cases import Case, Cases
from bot.store.sqlite import Inbound

AT = "2026-11-24T10:00:00+08:00"
CLERK = Actor("wang", Role.clerk)
POLICE = Actor("li", Role.handler, "public-security")
OTHER = Actor("zhao", Role.handler, "public-security")
HEALTH = Actor("sun", Role.handler, "health")
STORY = "我要投诉，3号窗口的人骂我，身份证拖了一个月还没办好，气死了"


@dataclass
class Town:
    """A whole bot over one store, and a citizen who talks to it."""

    app: App
    store: Store
    said: int = 0

    def say(self, text: str, chat: str = "c", kind: str = "text", at: str = AT) -> Handled:
        self.said += 1
        inbound = Inbound("test", chat, str(self.said), kind, text, at)
        handled = self.app.intake.handle(inbound)
        assert handled is not None
        return handled

    def file(self, chat: str = "c", text: str = STORY) -> str:
        self.say(text, chat)
        self.say("就这些", chat)
        return Cases(self.store).of_chat("test", chat)[0].number

    def case(self, number: str) -> Case:
        return Cases(self.store).case(number)

    def act(self, action: Any, actor: Actor, number: str, at: str = AT, **given: Any) -> Case:
        with self.store.transaction():
            case: Case = action(
                self.app.intake.desk, self.store, actor, number,
                self.case(number).version, at, **given,
            )  # fmt: skip
        return case

    def heard(self, chat: str = "c") -> list[str]:
        """What the chat was sent and has not been read before."""
        found = self.store.unsent("test", chat)
        self.store.sent([q.id for q in found], AT)
        return [q.text for q in found]

    def answered(self, chat: str = "c", handler: Actor = POLICE) -> str:
        number = self.file(chat)
        self.act(staff.take, handler, number)
        self.act(staff.answer, handler, number, text="已经补办好了。", code=ClosureCode.solved)
        return number

    def tick(self, now: str) -> list[tuple[str, str]]:
        """Rings what is due; each as (kind, due moment in UTC), in the order it rang."""
        rang = []
        moment = datetime.fromisoformat(now)
        while timer := Timers(self.store).ringing(moment):
            with self.store.transaction():
                assert clockwork.fire(self.app.intake.desk, self.store, timer, moment)
            rang.append((timer.kind, timer.due_at))
        return rang


@contextmanager
def opened(app: App, folder: Path) -> Iterator[Town]:
    """The city over a database file in a folder."""
    store = Store(folder / "doorstep.db")
    yield Town(assemble(app.settings, app.city, app.language, app.reader, store), store)
    store.close()
