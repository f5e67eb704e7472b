"""What a channel that pushes needs of the outbox: what is next in a chat, and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from bot.store.sqlite import Store


@dataclass(frozen=True)
class Outgoing:
    """A reply on its way.

    `address` is where the chat is now. `remote` are the channel's ids of the parts that went
    out, `answers` its id of what this answers, and `replaces` its id of the message whose place
    this one takes. `not_before` is in seconds since 1970, `queued_at` ISO 8601.
    """

    id: int
    chat: str
    address: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    thread: str = ""
    attempts: int = 0
    not_before: float = 0.0
    remote: tuple[str, ...] = field(default=())
    answers: str | None = None
    replaces: str | None = None
    queued_at: str = ""


class Outbox:
    """The outbox of one channel."""

    def __init__(self, store: Store, channel: str) -> None:
        self._store, self._channel = store, channel

    # Reading

    def waiting(self) -> list[str]:
        """Chats that can be reached and have something to be sent."""
        rows = self._store.read(
            "SELECT DISTINCT chat FROM outbox AS o WHERE channel = ?"
            " AND sent_at IS NULL AND failed_at IS NULL AND NOT EXISTS (SELECT 1 FROM reach AS r"
            " WHERE r.channel = o.channel AND r.chat = o.chat AND r.blocked_at IS NOT NULL)",
            self._channel,
        )
        return [row[0] for row in rows]

    def next(self, chat: str) -> Outgoing | None:
        """The oldest reply that waits in a chat; None if none does or the chat is blocked."""
        rows = self._store.read(
            "SELECT o.id, o.text, o.choices, o.thread, o.attempts, o.not_before, o.remote,"
            " i.message, r.blocked_at, r.moved_to, o.queued_at FROM outbox AS o"
            " LEFT JOIN inbox AS i ON i.id = o.inbox AND i.channel = o.channel AND i.chat = o.chat"
            " LEFT JOIN reach AS r ON r.channel = o.channel AND r.chat = o.chat"
            " WHERE o.channel = ? AND o.chat = ? AND o.sent_at IS NULL AND o.failed_at IS NULL"
            " ORDER BY o.id LIMIT 1",
            self._channel, chat,
        )  # fmt: skip
        if not rows or rows[0][8] is not None:
            return None
        (row,) = rows
        return Outgoing(
            id=row[0],
            chat=chat,
            address=row[9] or chat,
            text=row[1],
            choices=_choices(row[2]),
            thread=row[3],
            attempts=row[4],
            not_before=row[5],
            remote=tuple(json.loads(row[6])),
            answers=row[7],
            replaces=self._newest(chat, row[3]) if row[3] else None,
            queued_at=row[10],
        )

    def _newest(self, chat: str, thread: str) -> str | None:
        """The bot's newest message in a chat, if it is of this thread and was sent in one piece."""
        rows = self._store.read(
            "SELECT thread, remote FROM outbox WHERE channel = ? AND chat = ?"
            " AND sent_at IS NOT NULL ORDER BY id DESC LIMIT 1",
            self._channel, chat,
        )  # fmt: skip
        if not rows or rows[0][0] != thread:
            return None
        remote = json.loads(rows[0][1])
        return str(remote[0]) if len(remote) == 1 else None

    def choice(self, chat: str, reply: int, position: int) -> str | None:
        """What a choice under an earlier reply to this chat stands for; None if there is none."""
        rows = self._store.read(
            "SELECT choices FROM outbox WHERE id = ? AND channel = ? AND chat = ?",
            reply, self._channel, chat,
        )  # fmt: skip
        choices = _choices(rows[0][0]) if rows else ()
        return choices[position][0] if 0 <= position < len(choices) else None

    def replied(self, chat: str, remote: str) -> int | None:
        """The inbox row behind a message of ours in a chat, by the channel's id of it."""
        rows = self._store.read(
            "SELECT inbox FROM outbox WHERE channel = ? AND chat = ? AND EXISTS"
            " (SELECT 1 FROM json_each(outbox.remote) WHERE value = ?) ORDER BY id DESC LIMIT 1",
            self._channel, chat, remote,
        )  # fmt: skip
        return int(rows[0][0]) if rows else None

    def oldest_waiting(self) -> str | None:
        """When the oldest reply was queued that waits in a chat that can be reached."""
        ((at,),) = self._store.read(
            "SELECT min(queued_at) FROM outbox AS o WHERE channel = ?"
            " AND sent_at IS NULL AND failed_at IS NULL AND NOT EXISTS (SELECT 1 FROM reach AS r"
            " WHERE r.channel = o.channel AND r.chat = o.chat AND r.blocked_at IS NOT NULL)",
            self._channel,
        )
        return str(at) if at is not None else None

    def count_failed(self) -> int:
        """How many replies the channel refused for good, or were given up."""
        ((count,),) = self._store.read(
            "SELECT count(*) FROM outbox WHERE channel = ? AND failed_at IS NOT NULL", self._channel
        )
        return int(count)

    # Within a transaction

    def part(self, reply: int, remote: tuple[str, ...]) -> None:
        """Keeps which parts of a long reply went out."""
        self._store.write("UPDATE outbox SET remote = ? WHERE id = ?", json.dumps(remote), reply)

    def sent(self, reply: int, remote: tuple[str, ...], at: str) -> None:
        """Marks a reply as sent."""
        self._store.write(
            "UPDATE outbox SET sent_at = ?, remote = ? WHERE id = ?", at, json.dumps(remote), reply
        )

    def later(self, reply: int, attempts: int, not_before: float) -> None:
        """Puts a reply off."""
        self._store.write(
            "UPDATE outbox SET attempts = ?, not_before = ? WHERE id = ?",
            attempts, not_before, reply,
        )  # fmt: skip

    def failed(self, reply: int, reason: str, at: str) -> None:
        """Gives a reply up for good, and says why."""
        self._store.write(
            "UPDATE outbox SET failed_at = ?, failure = ? WHERE id = ?", at, reason, reply
        )

    def block(self, chat: str, at: str) -> None:
        """Nobody can be reached there; what waits goes on waiting."""
        self._store.write(
            "INSERT INTO reach (channel, chat, blocked_at) VALUES (?, ?, ?)"
            " ON CONFLICT (channel, chat) DO UPDATE SET blocked_at = excluded.blocked_at",
            self._channel, chat, at,
        )  # fmt: skip

    def unblock(self, chat: str) -> None:
        """Somebody is there again."""
        self._store.write(
            "UPDATE reach SET blocked_at = NULL WHERE channel = ? AND (chat = ? OR moved_to = ?)"
            " AND blocked_at IS NOT NULL",
            self._channel, chat, chat,
        )  # fmt: skip

    def move(self, chat: str, to: str) -> None:
        """The chat has another address from now on."""
        self._store.write(
            "INSERT INTO reach (channel, chat, moved_to) VALUES (?, ?, ?)"
            " ON CONFLICT (channel, chat) DO UPDATE"
            " SET moved_to = excluded.moved_to, blocked_at = NULL",
            self._channel, chat, to,
        )  # fmt: skip
        self._store.write(
            "UPDATE OR REPLACE desk_chats SET chat = ? WHERE channel = ? AND chat = ?",
            to, self._channel, chat,
        )  # fmt: skip


def _choices(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(a), str(b)) for a, b in json.loads(text))
