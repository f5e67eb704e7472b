"""Figures of complaints: every rate has its denominator, and every case is counted."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.figures import Facts, Rate, figures, total, trend, weeks

DAY = date(2026, 11, 24)  # a Tuesday
CASES = st.builds(
    Facts,
    organisation=st.sampled_from(["a", "b", None]),
    filed=st.dates(DAY - timedelta(days=80), DAY),
    accepted=st.booleans(),
    open=st.booleans(),
    overdue=st.booleans(),
    answered=st.booleans(),
    in_time=st.sampled_from([True, False, None]),
    judged=st.booleans(),
    verdict=st.sampled_from(["solved", "partly", "not", "none", None]),
    satisfaction=st.sampled_from([None, 1, 2, 3, 4, 5]),
)


def case(**given: object) -> Facts:
    known: dict[str, object] = {
        "organisation": "a", "filed": DAY, "accepted": True, "open": False, "overdue": False,
        "answered": True, "in_time": True, "judged": True, "verdict": "solved",
        "satisfaction": None,
    }  # fmt: skip
    return Facts(**known | given)  # type: ignore[arg-type]


def test_rates_of_a_small_office() -> None:
    found = total(
        [
            case(satisfaction=5),
            case(verdict="not", satisfaction=2, in_time=False, open=True),
            case(verdict="none"),
            case(verdict="partly", satisfaction=4),
            case(answered=False, in_time=None, judged=False, verdict=None, open=True, overdue=True),
            case(accepted=False, answered=False, in_time=None, judged=False, verdict=None),
        ]
    )
    assert (found.filed, found.not_accepted, found.open, found.overdue) == (6, 1, 2, 1)
    assert found.response == Rate(4, 5)
    assert found.timely == Rate(3, 4)
    assert found.judged == Rate(3, 4)
    assert found.solved == Rate(1, 3)
    assert found.partly == Rate(1, 3)
    assert found.silent == 1
    assert found.satisfied == Rate(2, 3)
    assert found.solved.percent == 33


def test_nothing_to_count_is_no_rate() -> None:
    assert total([]).response.percent is None
    assert total([case(verdict="none")]).solved.percent is None  # silence is no satisfaction


@given(st.lists(CASES, max_size=30))
def test_every_case_is_counted_once(cases: list[Facts]) -> None:
    rows, whole = figures(cases), total(cases)
    for name in ("filed", "not_accepted", "open", "overdue", "silent"):
        assert sum(getattr(row, name) for row in rows) == getattr(whole, name)
    for name in ("response", "timely", "judged", "solved", "partly", "satisfied"):
        rate: Rate = getattr(whole, name)
        assert 0 <= rate.part <= rate.whole <= len(cases)
        assert sum(getattr(row, name).part for row in rows) == rate.part
        assert sum(getattr(row, name).whole for row in rows) == rate.whole
    assert whole.filed == whole.response.whole + whole.not_accepted
    assert whole.judged.whole == whole.judged.part + whole.silent


def test_weeks_begin_on_monday_and_none_is_left_out() -> None:
    days = [DAY, DAY - timedelta(days=1), DAY - timedelta(days=2), DAY - timedelta(days=400)]
    found = weeks(days, DAY)
    assert [week.count for week in found] == [0, 0, 0, 0, 0, 0, 1, 2]
    assert all(week.monday.weekday() == 0 for week in found)
    assert found[-1].monday == date(2026, 11, 23)


def test_a_trend_looks_at_whole_weeks_only() -> None:
    mondays = [DAY - timedelta(days=1, weeks=n) for n in range(9)]
    found = weeks([*mondays, *[mondays[1]] * 3], DAY, 9)
    assert trend(found) == 3
