"""A SQLite file without personal data that anybody may open, for instance with datasette."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from bot.city import City
from bot.store import Store

# Days, states and ids only: no words, chats, contacts, numbers or names of anybody. A case's
# number opens its state to who guesses the check word, so that published cases count from 1.
_CASES: Final = """
SELECT id, state, guide, about_guide, organisation, substr(filed_at, 1, 10),
  substr(dispatched_at, 1, 10), substr(answered_at, 1, 10), substr(closed_at, 1, 10), due_on,
  extended, escalation, round, code, verdict, satisfaction, topic
FROM cases ORDER BY id
"""
_EVENTS: Final = """
SELECT case_id, substr(at, 1, 10), role, organisation, event, source, target
FROM case_history ORDER BY id
"""
# With their types, so that a table stands there before the first case does.
_CASE_NAMES: Final = {
    "id": int, "state": str, "guide": str, "about_guide": int, "organisation": str,
    "filed_on": str, "dispatched_on": str, "answered_on": str, "closed_on": str, "due_on": str,
    "extended": int, "escalation": int, "round": int, "code": str, "verdict": str,
    "satisfaction": int, "topic": int,
}  # fmt: skip
_EVENT_NAMES: Final = {
    "case_id": int, "on_day": str, "role": str, "organisation": str, "event": str,
    "source": str, "target": str,
}  # fmt: skip


def publish(store: Store, city: City, path: Path) -> int:
    """Writes the file, whole or not at all; returns how many cases it holds."""
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    with store.transaction():  # cases and events of the same moment
        cases = _rows(store, _CASES, _CASE_NAMES)
        events = _rows(store, _EVENTS, _EVENT_NAMES)
    shown = {case["id"]: place for place, case in enumerate(cases, 1)}
    for case in cases:
        case["id"] = shown[case["id"]]
    for event in events:
        event["case_id"] = shown[event["case_id"]]
    db = Database(str(half))
    with closing(db.conn):
        _table(
            db, "organisations", ({"id": i, "name": o.name} for i, o in city.organisations.items())
        )
        _table(
            db,
            "guides",
            (
                {"id": g.id, "name": g.plain_name, "organisation": g.authority.organisation}
                for g in city.guides.values()
            ),
        )
        db.table("cases").create(_CASE_NAMES, pk="id").insert_all(cases)
        db.table("case_events").create(_EVENT_NAMES).insert_all(events)
        for column in ("guide", "organisation", "state"):
            db.table("cases").create_index([column])
        db.table("case_events").create_index(["case_id"])
    half.replace(path)
    return len(cases)


def _rows(store: Store, sql: str, names: Iterable[str]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in store.read(sql)]


def _table(db: Database, name: str, rows: Any) -> None:
    db.table(name).insert_all(rows, pk="id")
