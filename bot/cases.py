"""A complaint's states and legal moves: one table that everything else reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class CaseState(StrEnum):
    """Where a complaint stands (工单状态)."""

    registered = "registered"
    dispatched = "dispatched"
    returned = "returned"
    not_accepted = "not_accepted"
    merged = "merged"
    withdrawn = "withdrawn"
    in_progress = "in_progress"
    awaiting_citizen = "awaiting_citizen"
    extended = "extended"
    deferred = "deferred"
    answered = "answered"
    closed = "closed"
    reopened = "reopened"


class Role(StrEnum):
    """Who acts. A handler acts for the own organisation only; an auditor reads only."""

    clerk = "clerk"
    handler = "handler"
    reviewer = "reviewer"
    admin = "admin"
    auditor = "auditor"
    citizen = "citizen"
    system = "system"


class ClosureCode(StrEnum):
    """How a complaint ended, which is not its state (办结方式)."""

    solved = "solved"
    partly = "partly"
    explained = "explained"
    withdrawn = "withdrawn"
    merged = "merged"
    unreachable = "unreachable"


class Verdict(StrEnum):
    """What the citizen says of the answer. Silence is `none`, and never counts as satisfied."""

    solved = "solved"
    partly = "partly"
    not_solved = "not"
    none = "none"


class Clock(StrEnum):
    """What is waited for; the city sets how many working days (see bot.case_clock)."""

    dispatch = "dispatch"
    answer = "answer"
    addition = "addition"
    verdict = "verdict"


class Guard(StrEnum):
    """What a move asks of the case itself, beside who moves it and what is given."""

    once = "once"  # no extension before
    return_window = "return_window"  # soon after the dispatch
    reopen_window = "reopen_window"  # counted from the answer, not from the last edit
    other_handler = "other_handler"  # nobody who answered before


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: an account's name, its role, and the id of a handler's organisation."""

    name: str
    role: Role
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One legal move. `needs` names what must be given with it; the citizen reads the reason."""

    name: str
    source: CaseState
    target: CaseState
    roles: frozenset[Role]
    needs: frozenset[str] = frozenset()
    guards: frozenset[Guard] = frozenset()


class CaseError(ValueError):
    """Something cannot be done with a case. `code` names why, for wording and tests."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class IllegalMoveError(CaseError):
    """A move that the table does not allow."""


class StaleError(CaseError):
    """Somebody else changed the case since it was read."""


def _moves() -> dict[tuple[CaseState, CaseState], Move]:
    s, r = CaseState, Role
    desk = frozenset({r.clerk, r.admin})
    office = frozenset({r.handler, r.admin})
    again = frozenset({r.citizen, r.reviewer, r.admin})
    reason = frozenset({"reason"})
    table = [
        Move(
            "dispatch", s.registered, s.dispatched, desk | {r.system}, frozenset({"organisation"})
        ),
        Move("refuse", s.registered, s.not_accepted, desk, reason | {"channel"}),
        Move("merge", s.registered, s.merged, desk, reason | {"into"}),
        Move("withdraw", s.registered, s.withdrawn, frozenset({r.citizen})),
        Move("unmerge", s.merged, s.registered, desk, reason),
        Move("take", s.dispatched, s.in_progress, office),
        Move("return", s.dispatched, s.returned, office, reason, frozenset({Guard.return_window})),
        Move("dispatch", s.returned, s.dispatched, desk, frozenset({"organisation"})),
        Move("answer", s.in_progress, s.answered, office, reason),
        Move("ask_back", s.in_progress, s.awaiting_citizen, office, reason),
        Move("extend", s.in_progress, s.extended, office, reason, frozenset({Guard.once})),
        Move("defer", s.in_progress, s.deferred, office, reason | {"plan"}),
        Move("resume", s.extended, s.in_progress, office | {r.system}),
        Move("answer", s.extended, s.answered, office, reason),
        Move("resume", s.awaiting_citizen, s.in_progress, office | {r.citizen, r.system}),
        Move("resume", s.deferred, s.in_progress, office | {r.system}),
        Move(
            "close",
            s.answered,
            s.closed,
            frozenset({r.citizen, r.reviewer, r.admin, r.system}),
            frozenset({"verdict"}),
        ),
        Move("reopen", s.answered, s.reopened, again, reason, frozenset({Guard.reopen_window})),
        Move("reopen", s.closed, s.reopened, again, reason, frozenset({Guard.reopen_window})),
        Move("take", s.reopened, s.in_progress, office, guards=frozenset({Guard.other_handler})),
    ]
    return {(move.source, move.target): move for move in table}


MOVES: Final[Mapping[tuple[CaseState, CaseState], Move]] = _moves()

# Which clock runs while a case is in a state. The answer clock runs on through several states.
CLOCKS: Final[Mapping[CaseState, Clock]] = {
    CaseState.registered: Clock.dispatch,
    CaseState.returned: Clock.dispatch,
    CaseState.dispatched: Clock.answer,
    CaseState.in_progress: Clock.answer,
    CaseState.extended: Clock.answer,
    CaseState.deferred: Clock.answer,
    CaseState.reopened: Clock.answer,
    CaseState.awaiting_citizen: Clock.addition,
    CaseState.answered: Clock.verdict,
}

# Where the system moves a case whose clock ran out; the other clocks escalate instead.
RUN_OUT: Final[Mapping[Clock, CaseState]] = {
    Clock.addition: CaseState.in_progress,
    Clock.verdict: CaseState.closed,
}

OPEN: Final[frozenset[CaseState]] = frozenset(CLOCKS)
STAFF: Final[frozenset[Role]] = frozenset({Role.clerk, Role.handler, Role.reviewer, Role.admin})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at. The moments are None where nothing of the kind has happened."""

    now: datetime
    extended: bool = False
    returnable_until: datetime | None = None
    reopenable_until: date | None = None
    answered_by: frozenset[str] = frozenset()


def allow(
    source: CaseState, target: CaseState, actor: Actor, given: Mapping[str, object], facts: Facts
) -> Move:
    """The move from `source` to `target`, if `actor` may make it with what is `given`.

    Raises IllegalMoveError, whose code is one of no_such_move, role, missing, once,
    return_window, reopen_window, other_handler.
    """
    move = MOVES.get((source, target))
    if move is None:
        ways = ", ".join(m.target.value for m in onward(source)) or "nothing"
        raise IllegalMoveError(
            "no_such_move", f"a case that is {source} cannot become {target}; it can: {ways}"
        )
    if actor.role not in move.roles:
        who = ", ".join(sorted(move.roles))
        raise IllegalMoveError("role", f"{actor.role} may not {move.name} a case; {who} may")
    if missing := sorted(name for name in move.needs if not given.get(name)):
        raise IllegalMoveError("missing", f"to {move.name} a case give: {', '.join(missing)}")
    for guard in sorted(move.guards):
        if refusal := _refusal(guard, actor, facts):
            raise IllegalMoveError(guard.value, refusal)
    return move


def onward(source: CaseState, role: Role | None = None) -> list[Move]:
    """The moves out of a state (that a role may make), in the table's order."""
    return [m for m in MOVES.values() if m.source is source and (role is None or role in m.roles)]


def _refusal(guard: Guard, actor: Actor, facts: Facts) -> str | None:
    """Why a guard does not let the move pass; None if it does."""
    if guard is Guard.once:
        return "the time was extended before; it can be extended once" if facts.extended else None
    if guard is Guard.return_window:
        until = facts.returnable_until
        late = until is None or facts.now > until
        return f"a case can be returned until {until}; ask the clerk instead" if late else None
    if guard is Guard.reopen_window:
        last = facts.reopenable_until
        late = last is None or facts.now.date() > last
        return f"the case could be re-opened until {last}; file a new one" if late else None
    if actor.name in facts.answered_by:
        return f"{actor.name} answered this case before; another handler must take it"
    return None
