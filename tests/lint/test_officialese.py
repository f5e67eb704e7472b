"""plain/jargon and plain/catch-all: what is reported, and what is none of it."""

import pytest

CARD = "services/id-card.yaml"
BOOK = "services/hukou-book.yaml"


def say(town, text):
    """Lets a guide say `text` in its one-line `who`."""
    town.change(CARD, "who: 丢了身份证的人", f"who: {text}")


def test_jargon_names_the_word_and_its_replacement(town):
    say(town, "要办结的人")
    problem = town.one()
    assert (problem.file, problem.line) == (f"city/{CARD}", town.line(CARD, "who: "))
    assert (problem.field, problem.rule, problem.severity) == ("who", "plain/jargon", "warning")
    assert problem.message == "says '办结', which is officialese; better: 办完"


def test_the_table_decides_how_bad_a_word_is(town):
    say(town, "行政相对人")
    assert town.one().severity == "error"


def test_an_info_word_is_not_reported(town):
    say(town, "申请人")
    assert town.problems() == []


@pytest.mark.parametrize(("longer", "plain"), [("办结时限", "多久办完"), ("即时办结", "当场办完")])
def test_only_the_longer_of_two_terms_is_meant(town, longer, plain):
    say(town, f"看{longer}的人")
    assert town.one().message == f"says '{longer}', which is officialese; better: {plain}"


def test_two_words_in_one_text_are_two_problems_and_one_word_twice_is_one(town):
    say(town, "办结后要公示，办结前也要公示的人")
    assert [p.message.split("'")[1] for p in town.problems()] == ["公示", "办结"]


@pytest.mark.parametrize("text", ["办结婚证的人", "给出具体日子的人"])
def test_a_term_may_say_where_it_is_none(town, text):
    say(town, text)
    assert town.problems() == []


@pytest.mark.parametrize("text", ["看《办结公示备案办法》的人", "看小城公示材料清单的人"])
def test_titles_and_names_of_the_city_are_exempt(town, text):
    say(town, text)
    assert town.problems() == []


@pytest.mark.parametrize(
    ("file", "old", "name"),
    [
        ("organisations.yaml", "小城交通局", "小城公示局"),
        ("places.yaml", "name: 公交卡", "name: 信息公示窗"),
        ("places.yaml", "name: 派出所", "name: 公示服务站"),
        ("halls.yaml", "东城大厅", "东城公示大厅"),
        ("city.yaml", "小城政务服务中心", "小城公示中心"),
    ],
)
def test_names_of_bodies_and_places_are_exempt(town, file, old, name):
    bare = name.removeprefix("name: ")
    say(town, f"到{bare}去的人")
    assert [p.rule for p in town.problems()] == ["plain/jargon"]
    town.change(file, old, name)
    assert town.problems() == []


def test_a_name_excuses_only_its_own_letters(town):
    say(town, "看小城公示材料清单，再看公示的人")
    assert town.one().message == "says '公示', which is officialese; better: 贴出来让大家看"


def test_a_word_in_a_name_that_people_say_is_exempt_and_the_bare_word_is_not(town):
    say(town, "办了异地就医备案的人")
    assert [p.rule for p in town.problems()] == ["plain/jargon"]
    town.change(BOOK, "says: [户口本,", "says: [异地就医备案, 备案, 户口本,")
    assert town.problems() == []
    town.change(CARD, "办了异地就医备案的人", "要备案的人")
    assert town.one().message == "says '备案', which is officialese; better: 登记一下"


def test_catch_all_cites_what_forbids_it(town):
    say(town, "带了其他材料的人")
    problem = town.one()
    assert (problem.line, problem.field) == (town.line(CARD, "who: "), "who")
    assert (problem.rule, problem.severity) == ("plain/catch-all", "error")
    assert problem.message.startswith("says '其他材料' (让人不知道带什么); ")
    assert problem.message.endswith("Source: 示例条例第31条")


def test_catch_all_reports_each_phrase_of_a_text(town):
    say(town, "原则上带其他材料和其他证件的人")
    assert sorted(p.message.split("'")[1] for p in town.problems()) == [
        "其他材料",
        "其他证件",
        "原则上",
    ]


def test_catch_all_leaves_titles_alone(town):
    say(town, "看《其他材料原则上怎么交》的人")
    assert town.problems() == []
