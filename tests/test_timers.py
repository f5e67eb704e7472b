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
from tests.townsfolk import AT, CLERK, POLICE, STORY, City, opened


@pytest.fixture
def city(words_app: App, tmp_path: Path) -> Iterator[City]:
    with opened(words_app, tmp_path) as city:
        yield city


def events(city: City, number: str) -> list[str]:
    return [e.event for e in Cases(city.store).history(city.case(number))]


def test_an_answer_that_is_late_is_warned_of_then_escalated_twice(city: City) -> None:
    number = city.file()  # due on Tuesday, 1 December
    city.heard()
    assert city.tick("2026-12-01T08:59:59+08:00") == []
    assert [k for k, _ in city.tick("2026-12-01T09:00:00+08:00")] == ["warn"]
    assert city.heard() == []
    assert [k for k, _ in city.tick("2026-12-02T09:00:00+08:00")] == ["due"]
    assert "过了期限" in city.heard()[0]
    assert city.case(number).escalation == 1
    assert [k for k, _ in city.tick("2026-12-16T09:00:00+08:00")] == ["again"]
    assert city.case(number).escalation == 2
    assert city.tick("2028-01-01T00:00:00+08:00") == []
    assert events(city, number)[-3:] == ["warn", "escalate", "escalate"]


def test_who_answers_in_time_is_not_escalated(city: City) -> None:
    number = city.answered()
    city.say(f"track:verdict:{number}:solved", kind="choice")
    assert city.tick("2027-06-01T00:00:00+08:00") == []


def test_silence_closes_as_no_verdict(city: City) -> None:
    number = city.answered()
    city.heard()
    # 14 working days after 24 November end on 14 December.
    assert [k for k, _ in city.tick("2026-12-14T12:00:00+08:00")] == ["warn"]
    assert "提醒" in city.heard()[0]
    assert [k for k, _ in city.tick("2026-12-15T09:00:00+08:00")] == ["due"]
    case = city.case(number)
    assert (case.state, case.verdict, case.satisfaction) == (CaseState.closed, "none", None)
    assert "不算满意" in city.heard()[0]
    assert city.store.read("SELECT count(*) FROM case_verdicts") == [(0,)]
    # The citizen may still say so.
    city.say(f"track:verdict:{number}:solved", kind="choice", at="2026-12-16T10:00:00+08:00")
    assert (city.case(number).verdict, city.case(number).state) == ("solved", CaseState.closed)


def test_a_citizen_who_adds_nothing_stops_nobody(city: City) -> None:
    number = city.file()
    city.act(staff.take, POLICE, number)
    city.act(staff.ask_back, POLICE, number, question="哪天？")
    rang = city.tick("2026-12-02T09:00:00+08:00")
    assert [k for k, _ in rang] == ["warn", "due"]
    case = city.case(number)
    assert (case.state, case.clock) == (CaseState.in_progress, "answer")
    assert case.due_on == "2026-12-09"  # five working days were left


def test_a_form_that_was_left_is_dispatched_after_an_hour(city: City) -> None:
    city.say(STORY)
    (case,) = Cases(city.store).of_chat("test", "c")
    assert case.state is CaseState.registered
    city.heard()
    assert [k for k, _ in city.tick("2026-11-24T11:00:00+08:00")] == ["form"]
    assert city.case(case.number).state is CaseState.dispatched
    assert "转给了市公安局" in city.heard()[0]


def test_a_week_of_downtime_is_caught_up_in_order(city: City) -> None:
    late = city.file("a", STORY)
    waiting = city.file("b", "5号窗口办护照的人骂我，气死了")
    passport = Actor("qian", Role.handler, "exit-entry")
    city.act(staff.take, passport, waiting)
    city.act(staff.ask_back, passport, waiting, "2026-11-25T10:00:00+08:00", question="哪天？")
    rang = city.tick("2026-12-18T10:00:00+08:00")
    assert [at for _, at in rang] == sorted(at for _, at in rang)
    assert [k for k, _ in rang] == ["warn", "due", "warn", "due", "again"]
    assert city.case(late).escalation == 2
    assert city.case(waiting).state is CaseState.in_progress
    assert city.case(waiting).due_on == "2026-12-24"  # the office could do nothing before
    assert city.tick("2026-12-18T10:00:00+08:00") == []


def test_a_move_takes_its_alarms_back(city: City) -> None:
    number = city.file()
    city.act(staff.take, POLICE, number)
    city.act(staff.extend, POLICE, number, reason="要查档案")  # now due on 8 December
    assert city.tick("2026-12-08T08:00:00+08:00") == []
    assert [k for k, _ in city.tick("2026-12-09T09:00:00+08:00")] == ["warn", "due"]


def test_a_late_extension_ends_the_escalation_and_a_return_does_not(city: City) -> None:
    number = city.file()
    city.act(staff.take, POLICE, number)
    city.tick("2026-12-02T09:00:00+08:00")
    assert city.case(number).escalation == 1
    city.act(staff.extend, POLICE, number, "2026-12-02T10:00:00+08:00", reason="要查档案")
    assert city.case(number).escalation == 0


def test_cases_of_an_older_doorstep_get_their_clocks(city: City) -> None:
    number = city.file()
    with city.store.transaction():
        city.store.write(
            "UPDATE cases SET state = 'registered', clock = NULL, due_on = NULL, due_at = '9999'"
        )
        now = datetime.fromisoformat(AT)
        assert clockwork.wind_up(city.app.intake.desk, city.store, now) == 1
        assert clockwork.wind_up(city.app.intake.desk, city.store, now) == 0
    assert city.case(number).due_on == "2026-11-25"
    city.act(staff.dispatch, CLERK, number, organisation="health")


async def test_the_task_rings_through_the_worker_and_one_failure_stops_no_other(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = city.file("a"), city.file("b", "5号窗口办护照的人骂我，气死了")
    intake = city.app.intake
    worker = Worker(lambda: intake, city.store)
    now = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    whole = clockwork.fire

    def fragile(desk, store, timer, moment):  # type: ignore[no-untyped-def]
        if timer.case_id == city.case(first).id:
            raise OSError("planted")
        return whole(desk, store, timer, moment)

    monkeypatch.setattr(clockwork, "fire", fragile)
    rang = await timers.catch_up(worker, lambda: intake.desk, lambda: now)
    assert [t.case_id for t in rang] == [city.case(second).id]
    monkeypatch.undo()
    task = asyncio.create_task(timers.run(worker, lambda: intake.desk, lambda: now, pause=0.01))
    while "warn" not in await worker.write(lambda _: events(city, first)):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events(city, second).count("warn") == 1
    await worker.close()


def test_two_desks_never_ring_a_timer_twice(city: City) -> None:
    number = city.file()
    now = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    timer = Timers(city.store).ringing(now)
    assert timer is not None
    desk = replace(city.app.intake.desk)
    with city.store.transaction():
        assert clockwork.fire(desk, city.store, timer, now)
        assert not clockwork.fire(desk, city.store, timer, now)
    assert events(city, number).count("warn") == 1
