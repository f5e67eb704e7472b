"""places/halls: no one is sent to a shopfront alone."""

import pytest

CARD = "services/id-card.yaml"
BOOK = "services/hukou-book.yaml"


def test_a_window_that_cannot_decide_as_the_only_place(town):
    town.change(BOOK, "- {window: deciding}", "- {window: passing-on}")
    problem = town.one()
    assert (problem.file, problem.line) == (f"city/{BOOK}", town.line(BOOK, "places:"))
    assert (problem.field, problem.rule, problem.severity) == ("places", "places/halls", "warning")
    assert "shopfront: passing-on cannot decide" in problem.message


def test_two_such_windows_are_no_better(town):
    town.change(
        BOOK, "- {window: deciding}", "- {window: passing-on}\n  - {window: passing-on, note: 也行}"
    )
    assert town.found() == [(BOOK, town.line(BOOK, "places:"), "places/halls")]


@pytest.mark.parametrize("other", ["{window: deciding}", "{office: station}", "{halls: true}"])
def test_beside_a_place_that_decides_it_is_fine(town, other):
    town.change(BOOK, "- {window: deciding}", f"- {{window: passing-on}}\n  - {other}")
    assert town.problems() == []


def test_an_answer_must_not_send_one_there_either(town):
    town.change(CARD, "note: 没有红的。}", "place: {window: passing-on}}")
    problem = town.one()
    assert problem.line == town.line(CARD, "label: 红的")
    assert (problem.field, problem.rule) == ("situations.1.options.0.place", "places/halls")
