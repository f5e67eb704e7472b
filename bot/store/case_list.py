"""Pages of cases for staff: filters, what is most overdue first, and counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.cases import Actor, CaseState, Role
from bot.store.cases import COLUMNS, Case, case_of, utc
from bot.store.schema_cases import NEVER
from bot.store.sqlite import Store

MAX_PAGE: Final = 500
# So few states are found by their index all the same.
FEW: Final = 2
# What LIKE takes for the same in either case.
_FOLDED: Final = re.compile(r"[A-Za-z]+")
# What may stand in a case's number.
_NUMBER: Final = re.compile(r"[0-9-]+")


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list; what is empty does not narrow.

    `search` is looked for in number, story and answer. `escalated` is the least escalation. A
    handler sees the own organisation's cases only, whatever is asked for (see `for_actor`).
    """

    states: tuple[CaseState, ...] = ()
    organisation: str | None = None
    guide: str | None = None
    topic: int | None = None
    handler: str | None = None
    overdue_at: datetime | None = None
    escalated: int = 0
    about_guide: bool = False
    wish_withdrawn: bool = False
    search: str = ""

    def for_actor(self, actor: Actor) -> Filter:
        """The same, narrowed to what `actor` may see."""
        if actor.role is not Role.handler:
            return self
        # An organisation that cannot be: a handler without one sees nothing.
        return Filter(
            **{name: getattr(self, name) for name in self.__slots__}
            | {"organisation": actor.organisation or "-"}
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, and the place after the last one (None at the end)."""

    cases: list[Case]
    after: tuple[str, int] | None


class CaseList:
    """Lists cases. The order is by due moment: overdue first, those without a clock last."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(
        self, wanted: Filter, *, after: tuple[str, int] | None = None, limit: int = 50
    ) -> Page:
        """The cases that follow `after` (of the page before), at most `limit` (1 to 500)."""
        limit = max(1, min(limit, MAX_PAGE))
        condition, values = _where(wanted)
        if after is not None:
            condition += " AND (due_at, id) > (?, ?)"
            values += after
        order = "+due_at" if _reads_all(wanted) else "due_at"
        rows = self._store.read(
            f"SELECT {COLUMNS} FROM cases WHERE {condition} ORDER BY {order}, id LIMIT ?",  # noqa: S608
            *values,
            limit + 1,
        )
        found = [case_of(row) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(found, (found[-1].due_at, found[-1].id) if more else None)

    def count(self, wanted: Filter) -> int:
        """How many cases there are in all."""
        condition, values = _where(wanted)
        rows = self._store.read(f"SELECT count(*) FROM cases WHERE {condition}", *values)  # noqa: S608
        return int(rows[0][0])

    def by_state(self, wanted: Filter) -> dict[CaseState, int]:
        """How many cases are in each state."""
        condition, values = _where(wanted)
        rows = self._store.read(
            f"SELECT state, count(*) FROM cases WHERE {condition} GROUP BY state",  # noqa: S608
            *values,
        )
        return {CaseState(state): int(count) for state, count in rows}

    def topics(self) -> list[dict[str, Any]]:
        """Open hot topics, the largest first: `id`, `name`, `guide`, `organisation`, `count`."""
        rows = self._store.read(
            "SELECT t.id, t.name, t.guide, t.organisation, t.opened_at, count(c.id) FROM topics t"
            " LEFT JOIN cases c ON c.topic = t.id WHERE t.closed_at IS NULL"
            " GROUP BY t.id ORDER BY count(c.id) DESC, t.id"
        )
        names = ("id", "name", "guide", "organisation", "opened_at", "count")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def chat_around(self, case: Case, limit: int = 40) -> list[dict[str, Any]]:
        """What was said in the case's chat before and after it was filed, oldest first.

        `at`, `who` (citizen, bot, staff) and `text`. What came later than the case's own history
        belongs to the citizen alone and is left out, as is all of it once the case is anonymised,
        and what a member of staff did in the same chat with other people's cases.
        """
        if case.anonymised_at:
            return []
        rows = self._store.read(
            "SELECT at, who, text FROM ("
            " SELECT at, CASE kind WHEN 'staff' THEN 'staff' ELSE 'citizen' END AS who, text,"
            "  id AS place, 0 AS part FROM inbox WHERE channel = ? AND chat = ?"
            "  AND id BETWEEN ? AND ? AND id NOT IN (SELECT inbox FROM desk_rows)"
            " UNION ALL"
            " SELECT queued_at, 'bot', text, inbox, id FROM outbox WHERE channel = ? AND chat = ?"
            "  AND inbox BETWEEN ? AND ? AND inbox NOT IN (SELECT inbox FROM desk_rows)"
            ") ORDER BY place, part LIMIT ?",
            *(case.channel, case.chat, *self._span(case)) * 2,
            limit,
        )
        return [{"at": at, "who": who, "text": text} for at, who, text in rows]

    def _span(self, case: Case) -> tuple[int, int]:
        """Inbox rows from three before the filing to the last that the history names."""
        before = self._store.read(
            "SELECT id FROM inbox WHERE channel = ? AND chat = ? AND id < ? ORDER BY id DESC"
            " LIMIT 3",
            case.channel,
            case.chat,
            case.inbox,
        )
        last = self._store.read(
            "SELECT max(h.inbox) FROM case_history h JOIN inbox i ON i.id = h.inbox"
            " WHERE h.case_id = ? AND i.channel = ? AND i.chat = ?",
            case.id,
            case.channel,
            case.chat,
        )
        return (before[-1][0] if before else case.inbox), max(case.inbox, last[0][0] or 0)


def _where(wanted: Filter) -> tuple[str, list[Any]]:
    parts, values = ["1"], list[Any]()
    for column, value in (
        ("organisation", wanted.organisation),
        ("guide", wanted.guide),
        ("topic", wanted.topic),
        ("handler", wanted.handler),
    ):
        if value is not None:
            parts.append(f"{column} = ?")
            values.append(value)
    if wanted.states:
        column = "+state" if _reads_all(wanted) and len(wanted.states) > FEW else "state"
        parts.append(f"{column} IN ({', '.join('?' * len(wanted.states))})")
        values += [state.value for state in wanted.states]
    if wanted.overdue_at is not None:
        parts.append("due_at < ? AND due_at <> ?")
        values += [utc(wanted.overdue_at), NEVER]
    if wanted.escalated:
        parts.append("escalation >= ?")
        values.append(wanted.escalated)
    for column in ("about_guide", "wish_withdrawn"):
        if getattr(wanted, column):
            parts.append(f"{column} = 1")
    for word in wanted.search.split():
        condition, given = _contains(word)
        parts.append(condition)
        values += given
    return " AND ".join(parts), values


def _reads_all(wanted: Filter) -> bool:
    """Whether few cases are met: they are found faster by reading the table once than by index."""
    return bool(wanted.search or wanted.escalated or wanted.handler)


def _contains(word: str) -> tuple[str, list[str]]:
    """Whether number, story or answer holds a word, letters of ASCII in either case.

    LIKE takes long over what begins with a Chinese character. Where nothing is to be folded,
    `instr` finds the same for half the time; where something is, it goes first with the longest
    part that is not.
    """
    like, parts, values = f"%{_literal(word)}%", list[str](), list[str]()
    plain = max(_FOLDED.split(word), key=len)
    for column in ("text", "answer"):
        if plain == word and not word.isascii():
            parts.append(f"instr({column}, ?)")
            values.append(word)
        elif plain and not word[0].isascii():
            parts.append(f"(instr({column}, ?) AND {column} LIKE ? ESCAPE '\\')")
            values += [plain, like]
        else:
            parts.append(f"{column} LIKE ? ESCAPE '\\'")
            values.append(like)
    if _NUMBER.fullmatch(word):
        parts.append("instr(number, ?)")
        values.append(word)
    return f"({' OR '.join(parts)})", values


def _literal(text: str) -> str:
    for special in "\\%_":
        text = text.replace(special, f"\\{special}")
    return text
