"""The repository over SQLite: every query that the rest of the house may ask."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from bot.store.schema import migrate
from bot.talk import Json

# Seconds to wait for another process that writes.
TIMEOUT: Final = 30


@dataclass(frozen=True)
class Inbound:
    """One thing that arrived from a channel. `message` is the channel's own id of it.

    `data` is what `Event.data` shall hold.
    """

    channel: str
    chat: str
    message: str
    kind: str
    text: str
    at: str
    sender: str | None = None
    forwarded_from: str | None = None
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Queued:
    """A reply in the outbox."""

    id: int
    channel: str
    chat: str
    text: str
    choices: tuple[tuple[str, str], ...]
    thread: str = ""


class Store:
    """One connection, one writer at a time. Open a second Store for a second process."""

    def __init__(self, path: Path | None = None) -> None:
        """Opens or creates the database file; None keeps everything in memory."""
        self.path = path
        if path:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Before SQLite opens it: the -wal and -shm files take over the mode of the file.
            path.touch(mode=0o600)
            path.chmod(0o600)
        connection = sqlite3.connect(
            str(path) if path else ":memory:",
            isolation_level=None,  # transactions are begun by hand, see `transaction`
            check_same_thread=False,
            timeout=TIMEOUT,
        )
        self.db = Database(connection)
        # Durable: what a citizen said must outlive a power cut, so FULL and not NORMAL.
        self._connection = connection
        self._lock = threading.RLock()
        self._touched: set[tuple[str, str]] = set()
        try:
            _to_wal(connection)
            # Overwrites what is deleted: not every build of SQLite does so by itself.
            for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")
            with self.transaction():
                migrate(self.db)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the file."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. IMMEDIATE: a deferred one fails at its first write when others write."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                self._touched.clear()
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def savepoint(self, name: str = "turn") -> Iterator[None]:
        """Within a transaction: undoes what follows if it fails, and only that."""
        self._connection.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self._connection.execute(f"ROLLBACK TO {name}")
            raise
        finally:
            self._connection.execute(f"RELEASE {name}")

    def write(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """One statement within a transaction, for the repositories beside this one."""
        return self._connection.execute(sql, values)

    def read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        # The lock keeps a reader in another thread from rows that may still be rolled back.
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def forget(self) -> None:
        """Takes out of the log beside the file what was overwritten in the file itself.

        As far as no other process reads at this moment; the log is used anew all the same.
        """
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def touched(self) -> frozenset[tuple[str, str]]:
        """The (channel, chat) pairs that replies were queued for since this was asked last."""
        found, self._touched = frozenset(self._touched), set()
        return found

    # Within a transaction

    def receive(self, inbound: Inbound) -> int | None:
        """Inserts the inbox row; None if this message was here before."""
        cursor = self._connection.execute(
            "INSERT INTO inbox"
            " (channel, chat, message, sender, kind, text, at, forwarded_from, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                inbound.channel,
                inbound.chat,
                inbound.message,
                inbound.sender,
                inbound.kind,
                inbound.text,
                inbound.at,
                inbound.forwarded_from,
                _dump(dict(inbound.data)),
            ),
        )
        return cursor.lastrowid if cursor.rowcount else None

    def blank(self, inbox: int, text: str) -> None:
        """Replaces what a citizen said by the same without something that must not be kept."""
        self._connection.execute("UPDATE inbox SET text = ? WHERE id = ?", (text, inbox))

    def chat(self, channel: str, chat: str) -> tuple[Json, bool] | None:
        """The chat's state and whether it writes traditional characters."""
        row = self._one(
            "SELECT state, traditional FROM chats WHERE channel = ? AND chat = ?", channel, chat
        )
        return (json.loads(row[0]), bool(row[1])) if row else None

    def save_chat(self, channel: str, chat: str, state: Json, traditional: bool) -> None:
        """Keeps the chat's new state."""
        self._connection.execute(
            "INSERT INTO chats (channel, chat, state, traditional) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (channel, chat) DO UPDATE"
            " SET state = excluded.state, traditional = excluded.traditional",
            (channel, chat, _dump(state), int(traditional)),
        )

    def language(self, channel: str, chat: str) -> str | None:
        """The language that the chat asked for, as in `en` or `zh-hant`; None: it never did."""
        rows = self.read("SELECT language FROM chats WHERE channel = ? AND chat = ?", channel, chat)
        return rows[0][0] if rows else None

    def set_language(self, inbox: int, language: str) -> None:
        """Keeps the language that the chat of an inbox row asks for, be it its first word."""
        self._connection.execute(
            "INSERT INTO chats (channel, chat, state, language)"
            " SELECT channel, chat, '{}', ? FROM inbox WHERE id = ?"
            " ON CONFLICT (channel, chat) DO UPDATE SET language = excluded.language",
            (language, inbox),
        )

    def save_turn(self, inbox: int, at: str, turn: dict[str, Any]) -> None:
        """Keeps how a question ended, with its ranking, so that it can be replayed."""
        self._connection.execute(
            "INSERT INTO turns (inbox, ranking, outcome, guide, facet, candidates, confidence, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                inbox,
                _dump(turn["ranking"]),
                turn["outcome"],
                turn["guide"],
                turn["facet"],
                _dump(turn["candidates"]),
                turn["confidence"],
                at,
            ),
        )

    def queue(
        self,
        inbox: int,
        at: str,
        to: Inbound,
        text: str,
        choices: tuple[tuple[str, str], ...],
        thread: str = "",
    ) -> int:
        """Puts a reply in the outbox."""
        cursor = self._connection.execute(
            "INSERT INTO outbox (inbox, channel, chat, text, choices, thread, queued_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (inbox, to.channel, to.chat, text, _dump(choices), thread, at),
        )
        self._touched.add((to.channel, to.chat))
        return int(cursor.lastrowid or 0)

    def log_gap(self, inbox: int, at: str, text: str, nearest: list[str]) -> None:
        """A question that no guide answered, for staff."""
        self._connection.execute(
            "INSERT INTO gaps (inbox, text, nearest, at) VALUES (?, ?, ?, ?)",
            (inbox, text, _dump(nearest), at),
        )

    # Delivery

    def unsent(self, channel: str, chat: str | None = None, limit: int = 100) -> list[Queued]:
        """Replies still to send, oldest first."""
        rows = self.read(
            "SELECT id, channel, chat, text, choices, thread FROM outbox"
            " WHERE sent_at IS NULL AND failed_at IS NULL"
            " AND channel = ? AND (? IS NULL OR chat = ?) ORDER BY id LIMIT ?",
            channel,
            chat,
            chat,
            limit,
        )
        return [Queued(r[0], r[1], r[2], r[3], _choices(r[4]), r[5]) for r in rows]

    def sent(self, ids: list[int], at: str) -> None:
        """Marks replies as sent."""
        with self.transaction():
            self._connection.executemany(
                "UPDATE outbox SET sent_at = ? WHERE id = ?", [(at, i) for i in ids]
            )

    def _one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        return row


def _to_wal(connection: sqlite3.Connection) -> None:
    """Waits by hand: for this pragma alone SQLite does not wait, but fails at once."""
    give_up = time.monotonic() + TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)


_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _choices(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(a), str(b)) for a, b in json.loads(text))
