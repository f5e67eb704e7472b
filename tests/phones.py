"""Staff with phones: linked chats and groups of theirs, and what they read and tap there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.cases import Role
from bot.intake import Handled
from bot.store.desks import Desks
from bot.store.sqlite import Inbound
from bot.store.staff import Accounts
from bot.talk import Json
from tests.townsfolk import AT, Town

STAFF = (
    ("wang", Role.clerk, None),
    ("li", Role.handler, "public-security"),
    ("zhao", Role.handler, "public-security"),
    ("sun", Role.handler, "health"),
    ("ma", Role.reviewer, None),
    ("boss", Role.admin, None),
    ("audit", Role.auditor, None),
)


@dataclass
class Phone:
    """Somebody (`sender`) in a chat, private or a group. What it reads it reads once."""

    town: Town
    sender: str
    chat: str
    group: bool = False

    def send(
        self,
        kind: str,
        text: str,
        at: str = AT,
        data: dict[str, Json] | None = None,
        origin: str | None = None,
    ) -> Handled:
        self.town.said += 1
        about = {"group": True, "link": "https://t.me/b"} if self.group else {}
        inbound = Inbound(
            "test", self.chat, f"m{self.town.said}", kind, text, at,
            sender=self.sender, forwarded_from=origin, data={**about, **(data or {})},
        )  # fmt: skip
        handled = self.town.app.intake.handle(inbound)
        assert handled is not None
        return handled

    def say(self, text: str, at: str = AT) -> Handled:
        return self.send("text", text, at)

    def command(self, name: str, argument: str = "", at: str = AT) -> Handled:
        return self.send("command", name, at, {"argument": argument} if argument else {})

    def reply(self, text: str, to: str = "", at: str = AT) -> Handled:
        """Replies to the newest message of the bot that contains `to`."""
        return self.send("text", text, at, {"answers": self._row(to)[0]})

    def choices(self, under: str = "") -> dict[str, str]:
        """Label to id of what stands under the newest message that contains `under`."""
        return {label: name for name, label in json.loads(self._row(under)[1])}

    def tap(self, label: str, under: str = "", at: str = AT) -> Handled:
        found = self.choices(under)
        return self.send("choice", next(found[one] for one in found if label in one), at)

    def heard(self) -> list[str]:
        return self.town.heard(self.chat)

    def _row(self, text: str) -> tuple[int, str]:
        rows = self.town.store.read(
            "SELECT inbox, choices FROM outbox WHERE channel = 'test' AND chat = ?"
            " AND instr(text, ?) AND choices <> '[]' ORDER BY id DESC LIMIT 1",
            self.chat,
            text,
        ) or self.town.store.read(
            "SELECT inbox, choices FROM outbox WHERE channel = 'test' AND chat = ?"
            " AND instr(text, ?) ORDER BY id DESC LIMIT 1",
            self.chat,
            text,
        )
        return int(rows[0][0]), str(rows[0][1])


def hire(town: Town) -> None:
    """An account for each of STAFF."""
    with town.store.transaction():
        for name, role, organisation in STAFF:
            Accounts(town.store).add(name, role, organisation, "hash", AT)


def code(town: Town, name: str, *, group: bool = False) -> str:
    with town.store.transaction():
        return Desks(town.store).code(name, datetime.fromisoformat(AT), group=group)


def phone(town: Town, name: str) -> Phone:
    """A member of staff who has linked the own phone."""
    one = Phone(town, f"p-{name}", f"p-{name}")
    one.command("start", f"desk_{code(town, name)}")
    one.heard()
    return one


def group(town: Town, name: str, chat: str = "g") -> Phone:
    """A group that is a desk of an account's, as that account sees it."""
    one = Phone(town, f"p-{name}", chat, group=True)
    one.command("desk", code(town, name, group=True))
    one.heard()
    return one


def audits(town: Town) -> list[tuple[Any, ...]]:
    return town.store.read("SELECT actor, event FROM audit ORDER BY id")
