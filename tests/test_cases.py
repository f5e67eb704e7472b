"""The table of a complaint's states: every pair, every role, and exactly what the design says."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from bot.cases import (
    CLOCKS,
    MOVES,
    OPEN,
    RUN_OUT,
    Actor,
    CaseState,
    Facts,
    IllegalMoveError,
    Role,
    allow,
    onward,
)

NOW = datetime(2026, 11, 24, 10, tzinfo=timezone(timedelta(hours=8)))
FREE = Facts(now=NOW, returnable_until=NOW, reopenable_until=NOW.date())
EVERYTHING = {
    "reason": "x",
    "organisation": "health",
    "channel": "12345",
    "into": "1",
    "plan": date(2026, 12, 1),
    "verdict": "solved",
}

# The design's section 4, written out a second time on purpose; merged -> registered is un-merging.
DESIGN = """
registered dispatched not_accepted merged withdrawn
dispatched in_progress returned
returned dispatched
in_progress answered awaiting_citizen extended deferred
extended in_progress answered
awaiting_citizen in_progress
deferred in_progress
answered closed reopened
closed reopened
reopened in_progress
merged registered
"""


def test_the_moves_are_those_of_the_design() -> None:
    rows = [line.split() for line in DESIGN.strip().splitlines()]
    wanted = {(source, target) for source, *targets in rows for target in targets}
    assert {(s.value, t.value) for s, t in MOVES} == wanted


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("source", CaseState)
def test_every_state_and_role(source: CaseState, role: Role) -> None:
    """A move is allowed exactly if the table holds it for the role, with all that it needs."""
    actor = Actor("somebody", role, "health")
    for target in CaseState:
        move = MOVES.get((source, target))
        if move and role in move.roles:
            assert allow(source, target, actor, EVERYTHING, FREE) is move
            for missing in move.needs:
                given = {k: v for k, v in EVERYTHING.items() if k != missing}
                with pytest.raises(IllegalMoveError, match=missing):
                    allow(source, target, actor, given, FREE)
        else:
            with pytest.raises(IllegalMoveError) as refused:
                allow(source, target, actor, EVERYTHING, FREE)
            assert refused.value.code == ("role" if move else "no_such_move")


def test_who_reads_only_moves_nothing() -> None:
    assert not any(Role.auditor in move.roles for move in MOVES.values())


def test_an_office_never_closes_its_own_case() -> None:
    assert Role.handler not in MOVES[CaseState.answered, CaseState.closed].roles
    assert Role.handler not in MOVES[CaseState.answered, CaseState.reopened].roles


def test_every_reason_the_citizen_reads_is_required() -> None:
    told = {"refuse", "merge", "return", "answer", "ask_back", "extend", "defer", "reopen"}
    assert all("reason" in move.needs for move in MOVES.values() if move.name in told)


def test_every_open_state_is_waited_for_and_leads_on() -> None:
    for state in CaseState:
        assert (state in OPEN) == (state in CLOCKS)
        assert state not in OPEN or onward(state)
    for clock, target in RUN_OUT.items():
        sources = [state for state, one in CLOCKS.items() if one is clock]
        assert all(Role.system in MOVES[source, target].roles for source in sources)


@pytest.mark.parametrize(
    ("source", "target", "facts", "code"),
    [
        ("in_progress", "extended", Facts(NOW, extended=True), "once"),
        ("dispatched", "returned", Facts(NOW), "return_window"),
        (
            "dispatched",
            "returned",
            Facts(NOW, returnable_until=NOW - timedelta(seconds=1)),
            "return_window",
        ),
        ("closed", "reopened", Facts(NOW, reopenable_until=date(2026, 11, 23)), "reopen_window"),
        ("answered", "reopened", Facts(NOW), "reopen_window"),
        ("reopened", "in_progress", Facts(NOW, answered_by=frozenset({"li"})), "other_handler"),
    ],
)
def test_guards(source: str, target: str, facts: Facts, code: str) -> None:
    actor = Actor("li", Role.admin)
    with pytest.raises(IllegalMoveError) as refused:
        allow(CaseState(source), CaseState(target), actor, EVERYTHING, facts)
    assert refused.value.code == code


def test_a_refusal_says_what_is_possible() -> None:
    with pytest.raises(IllegalMoveError, match="it can: dispatched, not_accepted, merged"):
        allow(CaseState.registered, CaseState.closed, Actor("x", Role.admin), {}, FREE)
