"""Complaints in the store: one case and its rows, read and changed under a version number."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Final

from bot.case_clock import Running
from bot.cases import OPEN, Actor, CaseError, CaseState, Clock, StaleError
from bot.store.schema_cases import NEVER
from bot.store.sqlite import Store
from bot.talk import Json


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint as it stands (诉求工单). Moments are ISO 8601 in the city's time.

    `due_at` is UTC, so that it sorts; a case without a running clock has one that never comes.
    `word` and `contact` are encrypted (see bot.vault). `suggested` is the organisation that the
    citizen's own words name, `organisation` the one that has the case. `handler` is an account.
    `paused` is the answer clock that waits while the citizen is asked. `escalation` is 0, 1 after
    due, 2 after three times due. `form_open` says that the citizen may still add fields.
    """

    id: int
    number: str
    version: int
    state: CaseState
    inbox: int
    channel: str
    chat: str
    word: str | None
    text: str
    guide: str | None
    material: str | None
    about_guide: bool
    place: str | None
    place_name: str | None
    suggested: str | None
    day: str | None
    amount: str | None
    contact: str | None
    organisation: str | None
    handler: str | None
    filed_at: str
    dispatched_at: str | None
    answered_at: str | None
    closed_at: str | None
    clock: str | None
    clock_since: str | None
    clock_days: int | None
    due_on: str | None
    due_at: str
    provisional: bool
    paused: str | None
    extended: bool
    escalation: int
    round: int
    answer: str | None
    code: str | None
    verdict: str | None
    satisfaction: int | None
    wish_withdrawn: bool
    merged_into: int | None
    topic: int | None
    form_open: bool
    anonymised_at: str | None

    @property
    def running(self) -> Running | None:
        """The clock that runs, as it was started."""
        if not (self.clock and self.clock_since and self.due_on):
            return None
        since, on = date.fromisoformat(self.clock_since), date.fromisoformat(self.due_on)
        return Running(
            Clock(self.clock), since, self.clock_days or 0, on, (), bool(self.provisional)
        )

    def overdue(self, now: datetime) -> bool:
        """Whether its clock ran out."""
        return self.due_at < utc(now)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a case's history: who did what, when, with which reason."""

    id: int
    at: str
    actor: str
    role: str
    organisation: str | None
    event: str
    source: str | None
    target: str | None
    reason: str
    data: Json
    inbox: int | None


COLUMNS: Final = ", ".join(f.name for f in fields(Case))
_FLAGS: Final = ("about_guide", "provisional", "extended", "wish_withdrawn", "form_open")


def utc(moment: datetime) -> str:
    """A moment as it is compared in the store. Raises ValueError for one without an offset."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no offset from UTC")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def case_of(row: tuple[Any, ...]) -> Case:
    """A row of COLUMNS as a Case."""
    values = dict(zip((f.name for f in fields(Case)), row, strict=True))
    values["state"] = CaseState(values["state"])
    return Case(**values | {name: bool(values[name]) for name in _FLAGS})


class Cases:
    """Queries on complaints. What changes something is to be called within a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # Reading

    def case(self, number: str) -> Case:
        """The case of that number. Raises CaseError (`unknown`)."""
        found = self.find(number)
        if found is None:
            raise CaseError("unknown", f"there is no case {number!r}; see `doorstep cases list`")
        return found

    def find(self, number: str) -> Case | None:
        """The case of that number, if there is one."""
        return self._one("number = ?", number)

    def by_id(self, case_id: int) -> Case:
        """The case of a row's id."""
        found = self._one("id = ?", case_id)
        if found is None:
            raise LookupError(f"no case has the id {case_id}")
        return found

    def of_chat(self, channel: str, chat: str, limit: int = 20) -> list[Case]:
        """A chat's cases, newest first."""
        rows = self._store.read(
            f"SELECT {COLUMNS} FROM cases WHERE channel = ? AND chat = ? ORDER BY id DESC LIMIT ?",  # noqa: S608
            channel,
            chat,
            limit,
        )
        return [case_of(row) for row in rows]

    def history(self, case: Case) -> list[Entry]:
        """Everything that happened to a case, oldest first."""
        rows = self._store.read(
            "SELECT id, at, actor, role, organisation, event, source, target, reason, data, inbox"
            " FROM case_history WHERE case_id = ? ORDER BY id",
            case.id,
        )
        return [_entry(row) for row in rows]

    def answered_by(self, case: Case) -> frozenset[str]:
        """Who answered the case before."""
        rows = self._store.read(
            "SELECT DISTINCT actor FROM case_history WHERE case_id = ? AND event = 'answer'",
            case.id,
        )
        return frozenset(row[0] for row in rows)

    def notes(self, case: Case) -> list[Json]:
        """Internal notes, oldest first: `at`, `actor`, `text`. Never for the citizen."""
        rows = self._store.read(
            "SELECT at, actor, text FROM case_notes WHERE case_id = ? ORDER BY id", case.id
        )
        return [{"at": at, "actor": actor, "text": text} for at, actor, text in rows]

    def attachments(self, case: Case) -> list[Json]:
        """Photos and papers: `id`, `at`, `media_type`, `size` (bytes), `file` (its name)."""
        rows = self._store.read(
            "SELECT id, at, media_type, size, file FROM case_attachments"
            " WHERE case_id = ? AND removed_at IS NULL ORDER BY id",
            case.id,
        )
        names = ("id", "at", "media_type", "size", "file")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def attach(self, case: Case, at: str, media_type: str, size: int, file: str) -> None:
        """A file that came with a case; its bytes lie outside the database."""
        self._store.write(
            "INSERT INTO case_attachments (case_id, at, media_type, size, file)"
            " VALUES (?, ?, ?, ?, ?)",
            case.id,
            at,
            media_type,
            size,
            file,
        )

    def mentions(self, file: str) -> bool:
        """Whether a case has the file of this name."""
        return bool(
            self._store.read(
                "SELECT 1 FROM case_attachments WHERE file = ? AND removed_at IS NULL", file
            )
        )

    def newest_open(self, channel: str, chat: str) -> Case | None:
        """The newest case of a chat that has not ended; else of those it gave the word for."""
        own = "channel = ? AND chat = ?"
        admitted = "id IN (SELECT case_id FROM case_access WHERE channel = ? AND chat = ?)"
        marks = ", ".join("?" * len(OPEN))
        for whose in (own, admitted):
            rows = self._store.read(
                f"SELECT {COLUMNS} FROM cases WHERE {whose}"  # noqa: S608
                f" AND state IN ({marks}) ORDER BY id DESC LIMIT 1",
                channel,
                chat,
                *OPEN,
            )
            if rows:
                return case_of(rows[0])
        return None

    # Writing

    def add(self, day: str, values: dict[str, Any]) -> Case:
        """A new case, numbered by its day (YYYYMMDD) and a running number within it."""
        ((count,),) = self._store.write(
            "INSERT INTO case_days (day, count) VALUES (?, 1)"
            " ON CONFLICT (day) DO UPDATE SET count = count + 1 RETURNING count",
            day,
        ).fetchall()
        number = f"{day}-{count:04d}"
        row = {"number": number, **values}
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self._store.write(
            f"INSERT INTO cases ({names}) VALUES ({marks})",  # noqa: S608
            *row.values(),
        )
        return self.case(number)

    def change(self, case: Case, values: dict[str, Any]) -> Case:
        """Changes a case and counts its version up.

        Raises StaleError if it is no longer the version that `case` is.
        """
        parts = "".join(f", {name} = ?" for name in values)
        cursor = self._store.write(
            f"UPDATE cases SET version = version + 1{parts} WHERE id = ? AND version = ?",  # noqa: S608
            *values.values(),
            case.id,
            case.version,
        )
        if not cursor.rowcount:
            raise stale(self.by_id(case.id), case.version)
        return self.by_id(case.id)

    def log(
        self,
        case: Case,
        at: str,
        actor: Actor,
        event: str,
        *,
        source: CaseState | None = None,
        target: CaseState | None = None,
        reason: str = "",
        data: Json = None,
        inbox: int | None = None,
    ) -> None:
        """Appends to the history."""
        self._store.write(
            "INSERT INTO case_history (case_id, at, actor, role, organisation, event, source,"
            " target, reason, data, inbox) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            case.id,
            at,
            actor.name,
            actor.role.value,
            actor.organisation,
            event,
            source.value if source else None,
            target.value if target else None,
            reason,
            json.dumps(data or {}, ensure_ascii=False),
            inbox,
        )

    def note(self, case: Case, at: str, actor: Actor, text: str) -> None:
        """An internal note."""
        self._store.write(
            "INSERT INTO case_notes (case_id, at, actor, text) VALUES (?, ?, ?, ?)",
            case.id,
            at,
            actor.name,
            text,
        )

    def verdict(self, case: Case, at: str, verdict: str) -> None:
        """What the citizen says of this round's answer; the last word counts."""
        self._store.write(
            "INSERT INTO case_verdicts (case_id, round, at, verdict, organisation, handler)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (case_id, round) DO UPDATE"
            " SET at = excluded.at, verdict = excluded.verdict",
            case.id,
            case.round,
            at,
            verdict,
            case.organisation,
            case.handler,
        )

    def rate(self, case: Case, level: int) -> bool:
        """How satisfied the citizen is with the answer judged last, 1 (not at all) to 5.

        False if none was judged. A re-opened case has begun a new round meanwhile.
        """
        cursor = self._store.write(
            "UPDATE case_verdicts SET satisfaction = ? WHERE id ="
            " (SELECT id FROM case_verdicts WHERE case_id = ? ORDER BY round DESC LIMIT 1)",
            level,
            case.id,
        )
        return bool(cursor.rowcount)

    # Guessing check words

    def tries(self, number: str, day: str) -> int:
        """How many wrong check words were given for a number on a day."""
        rows = self._store.read(
            "SELECT count FROM case_tries WHERE number = ? AND day = ?", number, day
        )
        return int(rows[0][0]) if rows else 0

    def tried(self, number: str, day: str) -> None:
        """Counts a wrong check word."""
        self._store.write(
            "INSERT INTO case_tries (number, day, count) VALUES (?, ?, 1)"
            " ON CONFLICT (number, day) DO UPDATE SET count = count + 1",
            number,
            day,
        )

    def admitted(self, case: Case, channel: str, chat: str) -> bool:
        """Whether a chat gave the right check word before."""
        return bool(
            self._store.read(
                "SELECT 1 FROM case_access WHERE case_id = ? AND channel = ? AND chat = ?",
                case.id,
                channel,
                chat,
            )
        )

    def admit(self, case: Case, channel: str, chat: str) -> None:
        """Lets a chat follow a case that another one filed."""
        self._store.write(
            "INSERT INTO case_access (case_id, channel, chat) VALUES (?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            case.id,
            channel,
            chat,
        )

    def clockless(self) -> list[Case]:
        """Open cases without a clock: those that an older Doorstep logged."""
        rows = self._store.read(
            f"SELECT {COLUMNS} FROM cases WHERE state = 'registered' AND due_at = ?",  # noqa: S608
            NEVER,
        )
        return [case_of(row) for row in rows]

    def _one(self, condition: str, value: Any) -> Case | None:
        rows = self._store.read(f"SELECT {COLUMNS} FROM cases WHERE {condition}", value)  # noqa: S608
        return case_of(rows[0]) if rows else None


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip((f.name for f in fields(Entry)), row, strict=True))
    return Entry(**values | {"data": json.loads(values["data"])})


def stale(case: Case, version: int) -> StaleError:
    """Tells that somebody was faster."""
    return StaleError(
        "version",
        f"case {case.number} was changed meanwhile (it is version {case.version}, "
        f"not {version}); read it again",
    )
