"""asks/count: enough questions, none twice."""

CARD = "services/id-card.yaml"
BOOK = "services/hukou-book.yaml"
NOTICES = "notices.yaml"


def test_twelve_questions_are_enough_and_eleven_are_not(town):
    town.change(BOOK, "  - 户口本周末能补吗\n", "")
    problem = town.one()
    assert (problem.line, problem.rule) == (town.line(BOOK, "asks:"), "asks/count")
    assert (problem.field, problem.severity) == ("asks", "error")
    assert problem.message.startswith("holds 11 different questions; ")


def test_a_repeated_question_does_not_count_towards_the_twelve(town):
    town.change(BOOK, "- 户口本周末能补吗", "- 户口本丢了咋补？")
    assert town.found() == [
        (BOOK, town.line(BOOK, "asks:"), "asks/count"),
        (BOOK, town.line(BOOK, "- 户口本丢了咋补？"), "asks/count"),
    ]


def test_a_question_twice_in_a_guide_names_the_first(town):
    first = town.line(CARD, "- 身份证丢了怎么办")
    town.change(CARD, "- 补证要照相吗", "- 身份证丢了怎么办？")
    problem = town.one()
    assert (problem.line, problem.field) == (town.line(CARD, "身份证丢了怎么办？"), "asks.12")
    assert f"city/{CARD}:{first} already" in problem.message


def test_a_word_twice_in_a_guide(town):
    town.change(CARD, "- 二代证", "- 挂失。")
    problem = town.one()
    assert (problem.line, problem.field) == (town.line(CARD, "- 挂失。"), "says.3")
    assert (problem.rule, problem.severity) == ("asks/count", "error")


def test_a_question_may_be_a_word_that_people_say(town):
    town.change(CARD, "- 补证要照相吗", "- 补身份证")
    assert town.problems() == []


def test_the_same_question_in_two_guides_names_both(town):
    town.change(CARD, "- 补证要照相吗", "- 户口本坏了怎么换")
    problem = town.one()
    assert (problem.file, problem.line) == (f"city/{CARD}", town.line(CARD, "户口本坏了怎么换"))
    assert f"city/{BOOK}:{town.line(BOOK, '户口本坏了怎么换')} already" in problem.message


def test_the_same_question_in_a_guide_and_a_notice(town):
    town.change(NOTICES, "- 粮本丢了咋补", "- 户口本坏了怎么换")
    problem = town.one()
    assert (problem.file, problem.line) == (
        f"city/{NOTICES}",
        town.line(NOTICES, "户口本坏了怎么换"),
    )
    assert problem.field == "notices.1.asks.0"


def test_a_notice_may_have_few_questions_but_none_twice(town):
    town.change(NOTICES, "[婚育证明还要办吗]", "[婚育证明还要办吗, 婚育证明还要办吗]")
    problem = town.one()
    assert problem.field == "notices.0.asks.1"
