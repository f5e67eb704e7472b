"""bot/calendar.py: golden due dates, and what holds for every start and count."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calendar import Calendar
from bot.guide import Time, Unit

CHINA = Calendar("CN", "zh_CN")


def after(start: str, unit: Unit, value: int | None = None):
    return CHINA.due(date.fromisoformat(start), Time(value=value, unit=unit))


# From the State Council's notices: 2025 and 2026 with their make-up days.
@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-01-26", True),  # make-up Sunday
        ("2025-01-28", False),  # first day of Spring Festival
        ("2025-02-04", False),
        ("2025-02-08", True),  # make-up Saturday
        ("2025-09-28", True),  # make-up Sunday
        ("2025-10-08", False),
        ("2025-10-11", True),  # make-up Saturday
        ("2026-01-02", False),  # moved from a Sunday
        ("2026-01-04", True),
        ("2026-02-14", True),  # make-up Saturday
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-09-20", True),
        ("2026-10-10", True),
        ("2026-10-11", False),  # an ordinary Sunday
    ],
)
def test_make_up_days_work_and_moved_days_do_not(day: str, works: bool) -> None:
    assert CHINA.is_working_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2025-01-24", 1, "2025-01-26"),  # Friday; the next Sunday is worked
        ("2025-01-24", 3, "2025-02-05"),  # Sunday, Monday, then eight days off
        ("2025-01-27", 5, "2025-02-10"),  # make-up Saturday 8 February counts
        ("2026-02-13", 1, "2026-02-14"),  # make-up Saturday before Spring Festival
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-02-13", 6, "2026-02-28"),  # make-up Saturday after it
        ("2025-09-26", 1, "2025-09-28"),  # make-up Sunday before National Day
        ("2025-09-30", 1, "2025-10-09"),
        ("2025-09-30", 3, "2025-10-11"),  # make-up Saturday
        ("2026-09-18", 1, "2026-09-20"),  # make-up Sunday
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-09-30", 4, "2026-10-12"),
        ("2024-12-31", 1, "2025-01-02"),
        ("2025-12-31", 1, "2026-01-04"),  # make-up Sunday after New Year
        ("2026-06-01", 1, "2026-06-02"),
        ("2026-10-03", 1, "2026-10-08"),  # handed in on a holiday
    ],
)
def test_golden_due_dates(start: str, count: int, due: str) -> None:
    found = after(start, Unit.working_days, count)
    assert (found.on.isoformat(), found.working_days, found.provisional) == (due, count, False)


@pytest.mark.parametrize(
    ("start", "unit", "value", "due"),
    [
        ("2026-02-13", Unit.days, 5, "2026-02-18"),  # calendar days run on through a holiday
        ("2026-12-30", Unit.days, 3, "2027-01-02"),
        ("2026-06-01", Unit.hours, 8, "2026-06-01"),
        ("2026-06-01", Unit.hours, 24, "2026-06-02"),
        ("2026-06-05", Unit.hours, 24, "2026-06-08"),  # Saturday becomes Monday
        ("2026-06-01", Unit.minutes, 30, "2026-06-01"),
        ("2026-06-01", Unit.on_the_spot, None, "2026-06-01"),
        ("2026-02-17", Unit.on_the_spot, None, "2026-02-24"),  # a holiday: the next working day
        ("2026-02-21", Unit.minutes, 30, "2026-02-24"),
        ("2026-09-20", Unit.on_the_spot, None, "2026-09-20"),  # a make-up Sunday is worked
    ],
)
def test_other_units(start: str, unit: Unit, value: int | None, due: str) -> None:
    assert after(start, unit, value).on.isoformat() == due


@pytest.mark.parametrize(
    ("start", "unit", "value", "provisional"),
    [
        ("2026-12-25", Unit.working_days, 4, False),
        ("2026-12-25", Unit.working_days, 5, True),
        ("2026-12-31", Unit.days, 1, True),
        ("2026-12-30", Unit.days, 1, False),
        ("2027-03-01", Unit.on_the_spot, None, True),
    ],
)
def test_an_unpublished_year_is_provisional(start, unit, value, provisional) -> None:
    assert after(start, unit, value).provisional is provisional


def test_a_country_without_moved_days_is_never_provisional() -> None:
    assert not Calendar("DE", "de").is_provisional(2040)


@pytest.mark.parametrize(
    ("start", "count", "skipped"),
    [
        ("2026-06-01", 3, ()),
        ("2026-02-13", 5, ("农历除夕", "春节")),
        ("2025-09-30", 1, ("国庆节", "中秋节")),
        ("2026-09-30", 1, ("国庆节",)),
    ],
)
def test_the_holidays_passed_over_are_named(start: str, count: int, skipped: tuple) -> None:
    assert after(start, Unit.working_days, count).skipped == skipped


@given(st.dates(date(2024, 1, 1), date(2026, 9, 1)), st.integers(1, 60))
def test_n_working_days_lie_after_the_start_and_the_last_is_due(start: date, count: int) -> None:
    due = CHINA.due(start, Time(value=count, unit=Unit.working_days)).on
    days = [start + timedelta(days=i + 1) for i in range((due - start).days)]
    assert sum(map(CHINA.is_working_day, days)) == count
    assert CHINA.is_working_day(due)
