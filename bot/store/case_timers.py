"""Timers of cases in the store: what is to happen when, and whether it did."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bot.case_clock import Alarm
from bot.cases import Clock
from bot.store.cases import Case, utc
from bot.store.sqlite import Store


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that is to happen to a case; `due_at` is UTC."""

    id: int
    case_id: int
    clock: Clock
    kind: str
    due_at: str


class Timers:
    """Queries on timers. What changes something is to be called within a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def replace(self, case: Case, at: str, clock: Clock | None, alarms: tuple[Alarm, ...]) -> None:
        """Replaces what still waits for a case by the alarms of another clock."""
        self._store.write(
            "UPDATE case_timers SET cancelled_at = ?"
            " WHERE case_id = ? AND fired_at IS NULL AND cancelled_at IS NULL",
            at,
            case.id,
        )
        for alarm in alarms if clock else ():
            self.add(case, clock, alarm)

    def add(self, case: Case, clock: Clock | None, alarm: Alarm) -> None:
        """One more timer for a case."""
        self._store.write(
            "INSERT INTO case_timers (case_id, clock, kind, due_at) VALUES (?, ?, ?, ?)",
            case.id,
            clock.value if clock else "",
            alarm.kind,
            utc(alarm.at),
        )

    def ringing(self, now: datetime, skip: Collection[int] = ()) -> Timer | None:
        """The timer that was due first and has not fired, leaving out the ids in `skip`."""
        marks = ", ".join("?" * len(skip))
        rows = self._store.read(
            "SELECT id, case_id, clock, kind, due_at FROM case_timers WHERE fired_at IS NULL"  # noqa: S608
            f" AND cancelled_at IS NULL AND due_at <= ? AND id NOT IN ({marks})"
            " ORDER BY due_at, id LIMIT 1",
            utc(now),
            *skip,
        )
        for timer_id, case_id, clock, kind, due_at in rows:
            return Timer(timer_id, case_id, Clock(clock), kind, due_at)
        return None

    def fired(self, timer: Timer, at: str) -> bool:
        """Marks a timer as fired; False if it fired or was cancelled before."""
        cursor = self._store.write(
            "UPDATE case_timers SET fired_at = ?"
            " WHERE id = ? AND fired_at IS NULL AND cancelled_at IS NULL",
            at,
            timer.id,
        )
        return bool(cursor.rowcount)
