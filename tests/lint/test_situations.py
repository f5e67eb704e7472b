"""situations/unreachable: answers settle what is conditional, and each question has a point."""

import pytest

CARD = "services/id-card.yaml"
BOOK = "services/hukou-book.yaml"
RULE = "situations/unreachable"
MATERIAL = "    issuer: 你自己写\n"
FEE = "    name: 加急费\n    amount: 10\n"


def conditional_material(town):
    town.change(CARD, MATERIAL, f"{MATERIAL}    when: 别人来时\n")


def conditional_fee(town):
    town.change(CARD, FEE, f"{FEE}    when: 急用时\n")


def option(town, change):
    """Lets an answer change one thing more."""
    town.change(CARD, "note: 没有红的。}", f"note: 没有红的。, {change}}}")


def test_a_conditional_material_that_no_answer_settles(town):
    conditional_material(town)
    problem = town.one()
    assert (problem.line, problem.field) == (town.line(CARD, "when: 别人来时"), "materials.2.when")
    assert (problem.rule, problem.severity) == (RULE, "hint")


@pytest.mark.parametrize(
    "change",
    [
        "needs: [proxy-letter]",
        "drops: [proxy-letter]",
        "replaces: {proxy-letter: photo}",
        "replaces: {photo: proxy-letter}",
    ],
)
def test_an_answer_may_settle_a_material_in_four_ways(town, change):
    conditional_material(town)
    option(town, change)
    assert town.problems() == []


def test_a_conditional_fee_that_no_answer_settles(town):
    conditional_fee(town)
    problem = town.one()
    assert (problem.line, problem.field) == (town.line(CARD, "when: 急用时"), "fees.2.when")
    assert (problem.rule, problem.severity) == (RULE, "hint")


@pytest.mark.parametrize("change", ["fees: [urgent]", "free: true"])
def test_an_answer_may_settle_a_fee_in_two_ways(town, change):
    conditional_fee(town)
    option(town, change)
    assert town.problems() == []


def test_settling_another_fee_does_not_settle_this_one(town):
    conditional_fee(town)
    option(town, "fees: [reissue]")
    assert town.found() == [(CARD, town.line(CARD, "when: 急用时"), RULE)]


def test_a_guide_without_situations_may_leave_conditions_to_the_reader(town):
    town.change(BOOK, "issuer: 公安局,", "issuer: 公安局, when: 户主来时,")
    assert town.problems() == []


def test_a_question_whose_answers_change_nothing(town):
    town.change(CARD, ", note: 没有红的。", ", cues: [红], age: {min: 3}, proxy: true")
    problem = town.one()
    assert (problem.line, problem.field) == (town.line(CARD, "- id: colour"), "situations.1")
    assert (problem.rule, problem.severity) == (RULE, "error")
    assert "喜欢什么颜色？" in problem.message


def test_a_question_whose_answers_change_the_same(town):
    town.change(CARD, "label: 蓝的}", "label: 蓝的, note: 没有红的。}")
    assert town.found() == [(CARD, town.line(CARD, "- id: colour"), RULE)]


@pytest.mark.parametrize(
    "change",
    [
        "needs: [hukou]",
        "drops: [hukou]",
        "replaces: {photo: hukou}",
        "fees: [reissue]",
        "free: true",
        "promised_time: {value: 1, unit: days, basis: catalogue}",
        "place: {window: deciding}",
        "condition: 要红的。",
    ],
)
def test_anything_that_one_answer_changes_gives_the_question_a_point(town, change):
    town.change(CARD, "note: 没有红的。}", f"{change}}}")
    assert town.problems() == []
