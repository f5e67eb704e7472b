"""Due dates of complaints on real calendars: Spring Festival, make-up Sundays, year end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.calendar import Calendar
from bot.case_clock import CaseClock, Rules
from bot.cases import Clock

ZONE = ZoneInfo("Asia/Shanghai")
CLOCK = CaseClock(Rules(), Calendar("CN", "zh_CN"), ZONE)
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("since", "clock", "due"),
    [
        # An ordinary week.
        ("2026-11-24", Clock.answer, "2026-12-01"),
        ("2026-11-24", Clock.dispatch, "2026-11-25"),
        ("2026-11-27", Clock.dispatch, "2026-11-30"),
        # Spring Festival 2026: 15 to 23 February off, work on Saturday 14 and Saturday 28.
        ("2026-02-13", Clock.dispatch, "2026-02-14"),
        ("2026-02-13", Clock.answer, "2026-02-27"),
        ("2026-02-14", Clock.answer, "2026-02-28"),
        ("2026-02-12", Clock.verdict, "2026-03-10"),
        # National Day 2026: 1 to 7 October off, work on Sunday 20 September and Saturday 10 October.
        ("2026-09-18", Clock.dispatch, "2026-09-20"),
        ("2026-09-29", Clock.answer, "2026-10-12"),
        ("2026-09-30", Clock.dispatch, "2026-10-08"),
        # Year end: 1 to 3 January 2026 off, work on Sunday 4.
        ("2025-12-30", Clock.answer, "2026-01-07"),
        ("2025-12-31", Clock.dispatch, "2026-01-04"),
    ],
)
def test_golden_due_dates(since: str, clock: Clock, due: str) -> None:
    running = CLOCK.start(clock, date.fromisoformat(since))
    assert running.on.isoformat() == due
    assert not running.provisional


def test_a_year_without_a_calendar_is_provisional() -> None:
    assert CLOCK.start(Clock.answer, date(2027, 3, 1)).provisional
    assert CLOCK.start(Clock.answer, date(2026, 12, 30)).provisional
    assert CLOCK.until(Clock.answer, date(2026, 12, 1), date(2027, 2, 1)).provisional


def test_holidays_passed_over_are_named() -> None:
    assert CLOCK.start(Clock.answer, date(2026, 9, 30)).skipped == ("国庆节",)


def test_extension_goes_on_from_the_same_start() -> None:
    running = CLOCK.start(Clock.answer, date(2026, 11, 24))
    extended = CLOCK.extend(running)
    assert (extended.since, extended.days) == (running.since, 10)
    assert extended.on == date(2026, 12, 8)


def test_a_pause_keeps_the_days_that_are_left() -> None:
    running = CLOCK.start(Clock.answer, date(2026, 11, 23))  # due Monday 30
    assert CLOCK.left(running, date(2026, 11, 25)) == 3
    assert CLOCK.left(running, date(2026, 12, 9)) == 1


@pytest.mark.parametrize(
    ("dispatched", "until"),
    [
        ("2026-11-24T16:00", "2026-11-25T16:00"),
        ("2026-11-27T16:00", "2026-11-30T16:00"),  # a weekend does not count
        ("2026-11-28T16:00", "2026-12-01T00:00"),  # as if dispatched when Monday begins
        ("2026-02-14T09:00", "2026-02-24T09:00"),  # Spring Festival
    ],
)
def test_return_window(dispatched: str, until: str) -> None:
    moment = datetime.fromisoformat(dispatched).replace(tzinfo=ZONE)
    assert CLOCK.returnable_until(moment) == datetime.fromisoformat(until).replace(tzinfo=ZONE)


def test_alarms_ring_in_the_morning_in_their_order() -> None:
    running = CLOCK.start(Clock.answer, date(2026, 11, 24))
    rings = [(a.kind, a.at.isoformat(timespec="minutes")) for a in CLOCK.alarms(running)]
    assert rings == [
        ("warn", "2026-12-01T09:00+08:00"),
        ("due", "2026-12-02T09:00+08:00"),
        ("again", "2026-12-16T09:00+08:00"),
    ]


@given(since=DAYS, clock=st.sampled_from(list(Clock)))
def test_promises_of_every_clock(since: date, clock: Clock) -> None:
    running = CLOCK.start(clock, since)
    assert CLOCK.between(since, running.on) == running.days == CLOCK.rules.days(clock)
    assert CLOCK.calendar.is_working_day(running.on)
    warn, due, again = (a.at for a in CLOCK.alarms(running))
    assert datetime.combine(since, datetime.min.time(), ZONE) < warn < due <= again
    assert due > CLOCK.end_of(running.on)
    assert CLOCK.left(running, since) == running.days


@given(since=DAYS, days=st.integers(1, 365))
def test_plans_run_to_their_date(since: date, days: int) -> None:
    on = since + timedelta(days=days)
    running = CLOCK.until(Clock.answer, since, on)
    assert running.on == on
    assert all(a.at.date() > since for a in CLOCK.alarms(running))


@pytest.mark.parametrize("on", [date(2026, 11, 24), date(2026, 1, 1), date(2028, 1, 1)])
def test_a_plan_must_lie_ahead_within_a_year(on: date) -> None:
    with pytest.raises(ValueError, match="within a year"):
        CLOCK.until(Clock.answer, date(2026, 11, 24), on)


def test_a_city_may_set_its_own_days_but_not_none() -> None:
    clock = CaseClock(Rules(answer=10), Calendar("CN", "zh_CN"), ZONE)
    assert clock.start(Clock.answer, date(2026, 11, 24)).on == date(2026, 12, 8)
    with pytest.raises(ValidationError):
        Rules(answer=0)
