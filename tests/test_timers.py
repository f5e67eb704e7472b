"""Timers of cases: warn, escalate, close in silence; once each, in order, after any downtime."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot import timers
from bot.app import App
from bot.cases import Actor, CaseState, Role
from bot.desk import clockwork, staff
from bot.store.case_timers import Timers
from bot.store.cases import Cases
from bot.worker import Worker
from tests.townsfolk import AT, CLERK, POLICE, STORY, Town, opened


@pytest.fixture
def town(words_app: App, tmp_path: Path) -> Iterator[Town]:
    with opened(words_app, tmp_path) as town:
        yield town


def events(town: Town, number: str) -> list[str]:
    return [e.event for e in Cases(town.store).history(town.case(number))]


def test_an_answer_that_is_late_is_warned_of_then_escalated_twice(town: Town) -> None:
    number = town.file()  # due on Tuesday, 1 December
    town.heard()
    assert town.tick("2026-12-01T08:59:59+08:00") == []
    assert [k for k, _ in town.tick("2026-12-01T09:00:00+08:00")] == ["warn"]
    assert town.heard() == []
    assert [k for k, _ in town.tick("2026-12-02T09:00:00+08:00")] == ["due"]
    assert "过了期限" in town.heard()[0]
    assert town.case(number).escalation == 1
    assert [k for k, _ in town.tick("2026-12-16T09:00:00+08:00")] == ["again"]
    assert town.case(number).escalation == 2
    assert town.tick("2028-01-01T00:00:00+08:00") == []
    assert events(town, number)[-3:] == ["warn", "escalate", "escalate"]


def test_a_late_dispatch_is_the_desks_own_matter(town: Town) -> None:
    number = town.file(text="我要投诉，大厅的人骂我，太差了")
    town.heard()
    rang = town.tick("2026-11-26T09:00:00+08:00")
    assert [k for k, _ in rang] == ["form", "warn", "due"]
    assert town.case(number).escalation == 1
    assert town.heard() == []


def test_who_answers_in_time_is_not_escalated(town: Town) -> None:
    number = town.answered()
    town.say(f"track:verdict:{number}:solved", kind="choice")
    assert town.tick("2027-06-01T00:00:00+08:00") == []


def test_silence_closes_as_no_verdict(town: Town) -> None:
    number = town.answered()
    town.heard()
    # 14 working days after 24 November end on 14 December.
    assert [k for k, _ in town.tick("2026-12-14T12:00:00+08:00")] == ["warn"]
    assert "提醒" in town.heard()[0]
    assert [k for k, _ in town.tick("2026-12-15T09:00:00+08:00")] == ["due"]
    case = town.case(number)
    assert (case.state, case.verdict, case.satisfaction) == (CaseState.closed, "none", None)
    assert "不算满意" in town.heard()[0]
    assert town.store.read("SELECT count(*) FROM case_verdicts") == [(0,)]
    # The citizen may still say so.
    town.say(f"track:verdict:{number}:solved", kind="choice", at="2026-12-16T10:00:00+08:00")
    assert (town.case(number).verdict, town.case(number).state) == ("solved", CaseState.closed)


def test_a_citizen_who_adds_nothing_stops_nobody(town: Town) -> None:
    number = town.file()
    town.act(staff.take, POLICE, number)
    town.act(staff.ask_back, POLICE, number, question="哪天？")
    rang = town.tick("2026-12-02T09:00:00+08:00")
    assert [k for k, _ in rang] == ["warn", "due"]
    case = town.case(number)
    assert (case.state, case.clock) == (CaseState.in_progress, "answer")
    assert case.due_on == "2026-12-09"  # five working days were left


def test_a_form_that_was_left_is_dispatched_after_an_hour(town: Town) -> None:
    town.say(STORY)
    (case,) = Cases(town.store).of_chat("test", "c")
    assert case.state is CaseState.registered
    town.heard()
    assert [k for k, _ in town.tick("2026-11-24T11:00:00+08:00")] == ["form"]
    assert town.case(case.number).state is CaseState.dispatched
    assert "转给了市公安局" in town.heard()[0]


def test_a_week_of_downtime_is_caught_up_in_order(town: Town) -> None:
    late = town.file("a", STORY)
    waiting = town.file("b", "我要投诉，5号窗口办护照的人骂我，气死了")
    passport = Actor("qian", Role.handler, "exit-entry")
    town.act(staff.take, passport, waiting)
    town.act(staff.ask_back, passport, waiting, "2026-11-25T10:00:00+08:00", question="哪天？")
    rang = town.tick("2026-12-18T10:00:00+08:00")
    assert [at for _, at in rang] == sorted(at for _, at in rang)
    assert [k for k, _ in rang] == ["warn", "due", "warn", "due", "again"]
    assert town.case(late).escalation == 2
    assert town.case(waiting).state is CaseState.in_progress
    assert town.case(waiting).due_on == "2026-12-24"  # the office could do nothing before
    assert town.tick("2026-12-18T10:00:00+08:00") == []


def test_a_move_takes_its_alarms_back(town: Town) -> None:
    number = town.file()
    town.act(staff.take, POLICE, number)
    town.act(staff.extend, POLICE, number, reason="要查档案")  # now due on 8 December
    assert town.tick("2026-12-08T08:00:00+08:00") == []
    assert [k for k, _ in town.tick("2026-12-09T09:00:00+08:00")] == ["warn", "due"]


def test_a_late_extension_ends_the_escalation_and_a_return_does_not(town: Town) -> None:
    number = town.file()
    town.act(staff.take, POLICE, number)
    town.tick("2026-12-02T09:00:00+08:00")
    assert town.case(number).escalation == 1
    town.act(staff.extend, POLICE, number, "2026-12-02T10:00:00+08:00", reason="要查档案")
    assert town.case(number).escalation == 0


def test_cases_of_an_older_doorstep_get_their_clocks(town: Town) -> None:
    number = town.file()
    with town.store.transaction():
        town.store.write(
            "UPDATE cases SET state = 'registered', clock = NULL, due_on = NULL, due_at = '9999'"
        )
        now = datetime.fromisoformat(AT)
        assert clockwork.wind_up(town.app.intake.desk, town.store, now) == 1
        assert clockwork.wind_up(town.app.intake.desk, town.store, now) == 0
    assert town.case(number).due_on == "2026-11-25"
    town.act(staff.dispatch, CLERK, number, organisation="health")


async def test_the_task_rings_through_the_worker_and_one_failure_stops_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = town.file("a"), town.file("b", "我要投诉，5号窗口办护照的人骂我，气死了")
    intake = town.app.intake
    worker = Worker(lambda: intake, town.store)
    now = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    whole = clockwork.fire

    def fragile(desk, store, timer, moment):  # type: ignore[no-untyped-def]
        if timer.case_id == town.case(first).id:
            raise OSError("planted")
        return whole(desk, store, timer, moment)

    monkeypatch.setattr(clockwork, "fire", fragile)
    rang = await timers.catch_up(worker, lambda: intake.desk, lambda: now)
    assert [t.case_id for t in rang] == [town.case(second).id]
    monkeypatch.undo()
    task = asyncio.create_task(timers.run(worker, lambda: intake.desk, lambda: now, pause=0.01))
    while "warn" not in await worker.write(lambda _: events(town, first)):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events(town, second).count("warn") == 1
    await worker.close()


def test_two_desks_never_ring_a_timer_twice(town: Town) -> None:
    number = town.file()
    now = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    timer = Timers(town.store).ringing(now)
    assert timer is not None
    desk = replace(town.app.intake.desk)
    with town.store.transaction():
        assert clockwork.fire(desk, town.store, timer, now)
        assert not clockwork.fire(desk, town.store, timer, now)
    assert events(town, number).count("warn") == 1
