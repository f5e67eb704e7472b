"""Raw updates of a channel, kept before they are acknowledged, until what they ask is done."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bot.store.sqlite import Store
from bot.talk import Json


@dataclass(frozen=True)
class Kept:
    """An update in the store: our own id of it, what it holds, and when it came."""

    id: int
    update: Json
    at: str


class Updates:
    """The updates of one source, as in `telegram:42`; another bot's numbers are another source."""

    def __init__(self, store: Store, source: str) -> None:
        self._store, self._source = store, source

    # Within a transaction

    def keep(self, numbered: Iterable[tuple[int, Json]], at: str) -> list[Kept]:
        """Keeps updates by the channel's own numbers; returns those that were not here before."""
        kept = []
        for number, update in numbered:
            # Escaped: a lone surrogate cannot be written as UTF-8.
            cursor = self._store.write(
                "INSERT INTO updates (source, number, raw, at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                self._source, number, json.dumps(update), at,
            )  # fmt: skip
            if cursor.rowcount:
                kept.append(Kept(int(cursor.lastrowid or 0), update, at))
        return kept

    def done(self, update: int, at: str) -> None:
        """Marks an update done and forgets what it held: the inbox has what is needed of it."""
        self._store.write("UPDATE updates SET done_at = ?, raw = NULL WHERE id = ?", at, update)

    def set_aside(self, update: int, reason: str, at: str) -> None:
        """Marks an update as one that cannot be handled; what it held is kept."""
        self._store.write(
            "UPDATE updates SET done_at = ?, aside = ? WHERE id = ?", at, reason, update
        )

    def forget(self, before: str) -> None:
        """Deletes what was done before a moment; what was set aside stays."""
        self._store.write(
            "DELETE FROM updates WHERE source = ? AND done_at < ? AND aside IS NULL",
            self._source, before,
        )  # fmt: skip

    # Reading

    def undone(self) -> list[Kept]:
        """What is still to do, oldest first."""
        rows = self._store.read(
            "SELECT id, raw, at FROM updates WHERE source = ? AND done_at IS NULL ORDER BY id",
            self._source,
        )
        return [Kept(row[0], json.loads(row[1]), row[2]) for row in rows]

    def oldest_undone(self) -> str | None:
        """When the oldest update came that is still to do."""
        rows = self._store.read(
            "SELECT at FROM updates WHERE source = ? AND done_at IS NULL ORDER BY id LIMIT 1",
            self._source,
        )
        return rows[0][0] if rows else None

    def count_aside(self) -> int:
        """How many updates were set aside."""
        ((count,),) = self._store.read(
            "SELECT count(*) FROM updates WHERE source = ? AND aside IS NOT NULL", self._source
        )
        return int(count)
