"""review/overdue: the three dates, at the day before, the day and the day after."""

from datetime import date

CARD = "services/id-card.yaml"


def test_due_today_is_in_time_and_a_day_later_it_is_overdue(town):
    # The mended card is due on 2026-12-01.
    assert town.found(date(2026, 12, 1)) == []
    line = town.line(CARD, "review_by")
    assert (CARD, line, "review/overdue") in town.found(date(2026, 12, 2))
    problem = next(p for p in town.problems(date(2026, 12, 2)) if p.field == "review_by")
    assert problem.severity == "error"
    assert problem.message == (
        "was due for review on 2026-12-01; check it against the law and move reviewed_on."
    )


def test_reviewed_today_is_possible_and_tomorrow_is_not(town):
    town.change(CARD, "reviewed_on: 2026-06-01", "reviewed_on: 2026-12-01")
    town.change(CARD, "review_by: 2026-12-01", "review_by: 2027-12-01")
    assert town.problems() == []
    town.change(CARD, "reviewed_on: 2026-12-01", "reviewed_on: 2026-12-02")
    problem = town.one()
    assert (problem.line, problem.rule) == (town.line(CARD, "reviewed_on"), "review/overdue")
    assert (problem.field, problem.severity) == ("reviewed_on", "error")


def test_the_next_review_comes_after_the_last(town):
    town.change(CARD, "reviewed_on: 2026-06-01", "reviewed_on: 2026-12-01")
    problem = town.one()
    assert (problem.line, problem.rule) == (town.line(CARD, "review_by"), "review/overdue")
    assert problem.message.startswith("is not after reviewed_on 2026-12-01; ")
    town.change(CARD, "reviewed_on: 2026-12-01", "reviewed_on: 2026-11-30")
    assert town.problems() == []
