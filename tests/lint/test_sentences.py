"""plain/long-sentence and plain/prose at their limits."""

import pytest

CARD = "services/id-card.yaml"
BOOK = "services/hukou-book.yaml"


def test_forty_characters_are_fine_and_forty_one_are_counted(town):
    town.change(CARD, "who: 丢了身份证的人", f"who: {'人' * 40}。{'人' * 40}")
    assert town.problems() == []
    town.change(CARD, f"。{'人' * 40}", f"。{'人' * 41}")
    problem = town.one()
    assert (problem.line, problem.rule) == (town.line(CARD, "who: "), "plain/long-sentence")
    assert problem.severity == "warning"
    assert "41 characters (人人人人人人人人人人…)" in problem.message


def test_a_long_ask_is_the_citizens_own_affair(town):
    town.change(CARD, "- 身份证坏了怎么换", f"- 身份证坏了怎么换{'啊' * 41}")
    assert town.problems() == []


@pytest.mark.parametrize(("count", "fine"), [(2, False), (3, True), (8, True), (9, False)])
def test_summary_and_pitfalls_hold_three_to_eight_sentences(town, count, fine):
    # The card's pitfalls hold one sentence more.
    town.change(
        CARD, "- 身份证丢了，到这里补。", f"- {'来。' * (count - 2)}好。" if count > 2 else "- 好"
    )
    town.change(CARD, "  - 材料齐了，15天办完。\n", "")
    expected = [] if fine else [(CARD, town.line(CARD, "summary:"), "plain/prose")]
    assert town.found() == expected


def test_prose_says_how_many_and_is_a_warning(town):
    town.change(BOOK, "当场拿到。不收照相费。", "当场拿到。")
    problem = town.one()
    assert problem.severity == "warning"
    assert problem.message == "and pitfalls hold 2 sentences; write 3 to 8 in all."
