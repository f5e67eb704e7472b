"""names/shared: a word of two guides is marked ambiguous, or it is an oversight."""

import pytest

CARD = "services/id-card.yaml"
BOOK = "services/hukou-book.yaml"
TEMPORARY = "services/temporary-card.yaml"


def test_a_shared_word_names_both_files(town):
    town.change(TEMPORARY, "- 临时身份证", "- 户口簿")
    problem = town.one()
    assert (problem.file, problem.line) == (f"city/{TEMPORARY}", town.line(TEMPORARY, "- 户口簿"))
    assert (problem.rule, problem.severity) == ("names/shared", "warning")
    assert problem.field == "says.1"
    assert f"city/{BOOK}:{town.line(BOOK, 'says:')}" in problem.message
    assert "hukou-book and temporary-card in words.yaml" in problem.message


@pytest.mark.parametrize(
    "marked",
    [
        "[hukou-book, temporary-card]",
        "[hukou-book]}\n  - {everyday: 户口簿, official: 户口簿, guides: [temporary-card]",
    ],
)
def test_a_word_marked_with_both_guides_is_fine(town, marked):
    town.change(TEMPORARY, "- 临时身份证", "- 户口簿")
    town.change(
        "words.yaml",
        "words:\n",
        f"words:\n  - {{everyday: 户口簿, official: 户口簿, guides: {marked}}}\n",
    )
    assert town.problems() == []


def test_a_word_marked_with_one_of_them_is_not_enough(town):
    # 挂失 is marked for the card and the book only.
    town.change(TEMPORARY, "- 临时身份证", "- 挂失")
    assert town.found() == [(TEMPORARY, town.line(TEMPORARY, "- 挂失"), "names/shared")]


def test_a_mark_that_is_taken_away_is_missed(town):
    town.change("words.yaml", "[id-card, hukou-book]", "[id-card]")
    assert town.found() == [(CARD, town.line(CARD, "- 挂失"), "names/shared")]
