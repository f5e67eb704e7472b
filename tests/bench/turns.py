"""A whole turn on disk against bare inserts of the very rows that it wrote."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from bot.app import App
from bot.store import Store
from bot.store.sqlite import Inbound
from bot.talk import Ranking
from tests.bench.clock import Tick, Timing, no_tick, once

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Turns:
    """Times of whole turns, of the matching within them, of the bare inserts, and of the disk.

    `insert` is into a database set up like our own (write-ahead log, every commit synced);
    `plain` into one as SQLite comes (rollback journal, every commit synced).
    """

    turn: Timing
    matching: Timing
    insert: Timing
    plain: Timing
    fsync: Timing
    rows: float


def measure(app: App, questions: Sequence[str], folder: Path, tick: Tick = no_tick) -> Turns:
    """Handles each question in a chat of its own, then inserts its rows into two more files."""
    store, bare = Store(folder / "turns.db"), Store(folder / "bare.db")
    plain = _as_it_comes(folder / "plain.db")
    pages = (folder / "pages").open("wb")
    taken: list[tuple[float, float, float, float]] = []
    written: list[Rows] = []
    spent: list[float] = []

    def rank(text: str) -> Ranking:
        ranking, seconds = once(lambda: app.reader.read(text))
        spent.append(seconds)
        return ranking

    intake = replace(app.intake, store=store, rank=rank)
    at = app.now().isoformat(timespec="seconds")
    gc.freeze()  # as where a city is served, see bot.watch
    for number, text in enumerate(questions):
        spent.clear()
        inbound = Inbound("bench", str(number), "1", "text", text, at)
        before = _last(store.db.conn)
        _, turn = once(partial(intake.handle, inbound))
        rows = _since(store.db.conn, before)
        _, insert = once(partial(_replay, bare.db.conn, rows))
        _, flush = once(partial(_keep, pages))
        taken.append((turn, sum(spent), insert, flush))
        written.append(rows)
        tick()
    # Not between the turns: each wait for the disk leaves the next turn with colder caches.
    journalled = [once(partial(_replay, plain, rows))[1] for rows in written]
    gc.unfreeze()
    pages.close()
    store.close()
    bare.close()
    plain.close()
    turns, matching, inserts, disk = map(Timing, zip(*taken[1:], strict=True))  # the first warms up
    rows_each = sum(len(values) for rows in written for values in rows.values()) / len(written)
    return Turns(turns, matching, inserts, Timing(tuple(journalled[1:])), disk, rows_each)


def _as_it_comes(path: Path) -> sqlite3.Connection:
    """Our tables in a database with SQLite's own settings."""
    Store(path).close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")  # the one of Store's settings that stays
    return connection


def _keep(file: BinaryIO) -> None:
    """What the disk takes to keep two pages: without it the ratio cannot be judged."""
    file.write(b"x" * 8192)
    file.flush()
    os.fsync(file.fileno())


def _tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return [name for (name,) in found if not name.startswith("sqlite_")]


def _last(connection: sqlite3.Connection) -> dict[str, int]:
    """The highest rowid of every table."""
    return {
        table: connection.execute(f"SELECT ifnull(max(rowid), 0) FROM [{table}]").fetchone()[0]
        for table in _tables(connection)
    }


def _since(connection: sqlite3.Connection, before: dict[str, int]) -> Rows:
    """The rows that came since."""
    found = {
        table: connection.execute(f"SELECT * FROM [{table}] WHERE rowid > ?", (last,)).fetchall()
        for table, last in before.items()
    }
    return {table: rows for table, rows in found.items() if rows}


def _replay(connection: sqlite3.Connection, rows: Rows) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA defer_foreign_keys = ON")
    for table, values in rows.items():
        marks = ", ".join("?" * len(values[0]))
        connection.executemany(f"INSERT INTO [{table}] VALUES ({marks})", values)
    connection.execute("COMMIT")
