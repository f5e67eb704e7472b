"""What a chat said and heard, for channels that show a conversation again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bot.store.sqlite import Store

Row = tuple[int, int, str, str, str, str | None, str | None]


@dataclass(frozen=True)
class Said:
    """What the citizen said, as it was kept. A tapped choice has its label for a text.

    `thread` is that of the message whose choice was tapped; empty where there is nothing to show.
    `medium` is the kind of a file that was sent (`photo`, `document`); empty for words.
    """

    message: str
    text: str
    thread: str = ""
    medium: str = ""


@dataclass(frozen=True)
class Heard:
    """A reply, with its number in the outbox and the guide that it is about."""

    id: int
    text: str
    choices: tuple[tuple[str, str], ...]
    thread: str
    guide: str | None
    sent: bool


@dataclass(frozen=True)
class Exchange:
    """One turn: what was said (None if staff spoke first) and every reply to it."""

    said: Said | None
    heard: tuple[Heard, ...]


@dataclass(frozen=True)
class Ended:
    """How a stored turn ended."""

    outcome: str
    guide: str | None
    facet: str | None
    candidates: tuple[str, ...]
    confidence: float


class History:
    """Reads conversations; writes nothing but which replies were shown."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def after(self, channel: str, chat: str, heard: int = 0, limit: int = 200) -> list[Exchange]:
        """The newest `limit` replies behind the reply `heard`, with what they answer, in order."""
        rows = self._store.read(
            "SELECT o.id, o.inbox, o.text, o.choices, o.thread, o.sent_at, t.guide FROM outbox o"
            " LEFT JOIN turns t ON t.inbox = o.inbox"
            " WHERE o.channel = ? AND o.chat = ? AND o.id > ? ORDER BY o.id DESC LIMIT ?",
            channel,
            chat,
            heard,
            limit,
        )
        return self._exchanges(channel, chat, reversed(rows))

    def page(
        self, channel: str, chat: str, before: int = 0, limit: int = 200
    ) -> tuple[list[Exchange], bool]:
        """The newest turns, of `limit` replies at most, and whether there are earlier ones.

        With `before` those whose replies came before that one. A turn is never split, unless it
        alone has more replies.
        """
        rows = self._store.read(
            "SELECT o.id, o.inbox, o.text, o.choices, o.thread, o.sent_at, t.guide FROM outbox o"
            " LEFT JOIN turns t ON t.inbox = o.inbox"
            " WHERE o.channel = ? AND o.chat = ? AND (? = 0 OR o.id < ?)"
            " ORDER BY o.id DESC LIMIT ?",
            channel,
            chat,
            before,
            before,
            limit + 1,
        )
        more = len(rows) > limit
        if more:
            split = rows.pop()[1]
            rows = [row for row in rows if row[1] != split] or rows
        return self._exchanges(channel, chat, reversed(rows)), more

    def turn(self, channel: str, chat: str, message: str) -> tuple[Ended, Exchange] | None:
        """The turn of one message, by the channel's own id of it."""
        found = self._store.read(
            "SELECT t.inbox, t.outcome, t.guide, t.facet, t.candidates, t.confidence FROM inbox i"
            " JOIN turns t ON t.inbox = i.id WHERE i.channel = ? AND i.chat = ? AND i.message = ?",
            channel,
            chat,
            message,
        )
        if not found:
            return None
        inbox, outcome, guide, facet, candidates, confidence = found[0]
        rows = self._store.read(
            "SELECT id, inbox, text, choices, thread, sent_at, ? FROM outbox WHERE inbox = ?"
            " AND channel = ? AND chat = ? ORDER BY id",
            guide,
            inbox,
            channel,
            chat,
        )
        ended = Ended(outcome, guide, facet, tuple(json.loads(candidates)), confidence)
        return ended, next(iter(self._exchanges(channel, chat, rows)), Exchange(None, ()))

    def newest(self) -> int:
        """Number of the newest reply of all."""
        return int(self._store.read("SELECT coalesce(max(id), 0) FROM outbox")[0][0])

    def spoken_to(self, channel: str, heard: int) -> set[str]:
        """Chats of a channel with replies behind the reply `heard`."""
        rows = self._store.read(
            "SELECT DISTINCT chat FROM outbox WHERE id > ? AND channel = ?", heard, channel
        )
        return {str(chat) for (chat,) in rows}

    def _exchanges(self, channel: str, chat: str, rows: Iterable[Row]) -> list[Exchange]:
        turns: dict[int, list[Heard]] = {}
        for number, inbox, text, choices, thread, sent_at, guide in rows:
            offered = tuple((str(a), str(b)) for a, b in json.loads(choices))
            heard = Heard(number, text, offered, thread, guide, sent_at is not None)
            turns.setdefault(inbox, []).append(heard)
        return [Exchange(self._said(channel, chat, i), tuple(h)) for i, h in turns.items()]

    def _said(self, channel: str, chat: str, inbox: int) -> Said | None:
        rows = self._store.read(
            "SELECT message, kind, text, data FROM inbox WHERE id = ? AND channel = ? AND chat = ?",
            inbox,
            channel,
            chat,
        )
        if not rows:
            return None
        message, kind, text, data = rows[0]
        if kind == "media":
            return Said(message, text, medium=text)
        if kind == "command":
            argument = json.loads(data).get("argument", "")
            return Said(message, f"/{text} {argument}".rstrip())
        if kind != "choice":
            return Said(message, text)
        offers = self._store.read(
            "SELECT choices, thread FROM outbox WHERE channel = ? AND chat = ? AND inbox < ?"
            " AND instr(choices, ?) ORDER BY id DESC LIMIT 1",
            channel,
            chat,
            inbox,
            json.dumps(text, ensure_ascii=False),
        )
        if not offers:
            return Said(message, "")
        labels = {str(a): str(b) for a, b in json.loads(offers[0][0])}
        return Said(message, labels.get(text, ""), offers[0][1])
