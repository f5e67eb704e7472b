"""Random walks: whoever does whatever whenever, a case is never where the table does not lead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.app import App, assemble
from bot.cases import CLOCKS, MOVES, OPEN, Actor, CaseError, CaseState, Role, onward
from bot.desk import clockwork, staff
from bot.store import Store
from bot.store.case_timers import Timers
from bot.store.cases import Case, Cases
from tests.townsfolk import Town

ORGANISATIONS = ("public-security", "health")
ACTORS = [
    Actor(f"{role}-{name}", role, organisation)
    for role in Role
    for name, organisation in zip("ab", ORGANISATIONS, strict=True)
    if role not in (Role.citizen, Role.system)
] + [Actor("handler-c", Role.handler, "public-security")]
MOST = [CaseState.in_progress, CaseState.answered, CaseState.dispatched, CaseState.reopened]

app_of: list[App] = []


@pytest.fixture(autouse=True, scope="module")
def prepared(words_app: App) -> Iterator[None]:
    app_of.append(words_app)
    yield
    app_of.clear()


class Walk(RuleBasedStateMachine):
    """A few cases, staff of every role, citizens and the clock."""

    @initialize()
    def begin(self) -> None:
        one, store = app_of[0], Store()
        self.city = Town(assemble(one.settings, one.city, one.language, one.reader, store), store)
        self.now = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
        self.filed = 0
        self.file(True, "3号窗口")

    def teardown(self) -> None:
        self.city.store.close()

    @property
    def at(self) -> str:
        return self.now.isoformat(timespec="seconds")

    def cases(self) -> list[Case]:
        rows = self.city.store.read("SELECT id FROM cases ORDER BY id")
        return [Cases(self.city.store).by_id(row[0]) for row in rows]

    @rule(finished=st.booleans(), office=st.sampled_from(["3号窗口", "大厅"]))
    def file(self, finished: bool, office: str) -> None:
        if self.filed == 3:
            return
        chat = f"chat{self.filed}"
        self.filed += 1
        self.city.say(f"我要投诉，{office}的人骂我，气死了", chat, at=self.at)
        if finished:
            self.city.say("就这些", chat, at=self.at)

    @rule(
        which=st.integers(0, 2),
        actor=st.sampled_from(ACTORS),
        to=st.sampled_from([*CaseState, *MOST, *MOST]),
        reason=st.sampled_from(["", "因为"]),
        other=st.integers(0, 2),
        organisation=st.sampled_from(ORGANISATIONS),
        days=st.integers(-1, 40),
        late=st.booleans(),
    )
    def move(
        self,
        which: int,
        actor: Actor,
        to: CaseState,
        reason: str,
        other: int,
        organisation: str,
        days: int,
        late: bool,
    ) -> None:
        found = self.cases()
        if which >= len(found):
            return
        case = found[which]
        moved = self.moved(case, actor, to, reason, other, organisation, days, int(late))
        assert moved is None or not late

    @rule(
        which=st.integers(0, 2),
        way=st.integers(0, 6),
        who=st.integers(0, len(ACTORS)),
        days=st.integers(1, 40),
    )
    def work(self, which: int, way: int, who: int, days: int) -> None:
        """A move that the table allows, by somebody who may: walks would not get far without."""
        found = self.cases()
        if which >= len(found) or not (ways := onward(found[which].state)):
            return
        case, move = found[which], ways[way % len(ways)]
        able = [
            actor
            for actor in (*ACTORS[who:], *ACTORS[:who])
            if actor.role in move.roles
            and (actor.role is not Role.handler or actor.organisation == case.organisation)
        ]
        if able:
            self.moved(case, able[0], move.target, "因为", 0, ORGANISATIONS[who % 2], days, 0)

    def moved(
        self,
        case: Case,
        actor: Actor,
        to: CaseState,
        reason: str,
        other: int,
        organisation: str,
        days: int,
        late: int,
    ) -> Case | None:
        """What became of the case; None, and nothing changed, if it was refused."""
        found, store = self.cases(), self.city.store
        given = {
            CaseState.dispatched: {"organisation": organisation},
            CaseState.not_accepted: {"channel": "12345"},
            CaseState.merged: {"into": found[other % len(found)].number},
            CaseState.deferred: {"plan": self.now.date() + timedelta(days=days)},
        }.get(to, {})
        try:
            with store.transaction():
                moved = staff.move(
                    self.city.app.intake.desk, store, actor, case.number, case.version - late, to,
                    self.at, reason=reason, **given,
                )  # fmt: skip
        except (CaseError, ValueError):
            assert Cases(store).by_id(case.id) == case
            return None
        assert actor.role in MOVES[case.state, to].roles
        assert actor.role is not Role.handler or case.organisation == actor.organisation
        assert moved.version > case.version
        return moved

    @rule(
        which=st.integers(0, 2),
        act=st.sampled_from(["verdict:{}:not", "verdict:{}:solved", "withdraw:{}", "rate:{}:1"]),
        stranger=st.booleans(),
    )
    def tap(self, which: int, act: str, stranger: bool) -> None:
        found = self.cases()
        if which < len(found):
            case = found[which]
            chat = "stranger" if stranger else case.chat
            self.city.say("track:" + act.format(case.number), chat, "choice", self.at)
            assert not stranger or Cases(self.city.store).by_id(case.id) == case

    @rule(hours=st.sampled_from([1, 20, 30, 24 * 7, 24 * 30]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        store, last = self.city.store, ""
        while timer := Timers(store).ringing(self.now):
            with store.transaction():
                clockwork.fire(self.city.app.intake.desk, store, timer, self.now)
            assert timer.due_at >= last
            last = timer.due_at

    @invariant()
    def every_step_is_in_the_table(self) -> None:
        if not hasattr(self, "city"):
            return
        repository = Cases(self.city.store)
        for case in self.cases():
            stands = None
            for entry in repository.history(case):
                if entry.target is None:
                    continue
                if entry.source is not None:
                    move = MOVES[CaseState(entry.source), CaseState(entry.target)]
                    assert (entry.source, entry.event) == (stands, move.name)
                    assert Role(entry.role) in move.roles
                    assert "reason" not in move.needs or entry.reason
                stands = entry.target
            assert case.state == stands

    @invariant()
    def who_waits_has_a_clock_and_no_one_else(self) -> None:
        if not hasattr(self, "city"):
            return
        for case in self.cases():
            clock = CLOCKS.get(case.state)
            assert case.clock == (clock.value if clock else None)
            assert (case.due_at == "9999") == (case.state not in OPEN)
            waiting = self.city.store.read(
                "SELECT clock, kind FROM case_timers WHERE case_id = ? AND fired_at IS NULL"
                " AND cancelled_at IS NULL AND kind <> 'form'",
                case.id,
            )
            assert clock is not None or not waiting
            assert all(one == case.clock for one, _ in waiting)
            assert len({kind for _, kind in waiting}) == len(waiting)
            # Silence is never satisfied.
            assert case.verdict != "none" or case.satisfaction is None or case.round > 1


Walk.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestWalk = Walk.TestCase
