"""bot/text.py: any writing of a question comes to one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import Normaliser, clean, has_words, number, to_simplified, to_traditional

PLAIN = Normaliser()
CANTONESE = Normaliser({"唔見咗": "丢了", "邊度": "哪里", "去边度": "去哪里", "几多钱": "多少钱"})


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("ＩＤ　卡", "id 卡"),
        ("  办证 \n\t 要啥  ", "办证 要啥"),
        ("﹙５０％﹚", "(50%)"),
        ("身份证？！", "身份证?!"),
        ("①号窗口", "1号窗口"),
        ("ﾊﾝｶｸ", "ハンカク"),
        ("", ""),
    ],
)
def test_width_case_and_space(written: str, text: str) -> None:
    assert PLAIN(written).text == text


@pytest.mark.parametrize(
    ("written", "text", "traditional"),
    [
        ("身份證丟了", "身份证丢了", True),
        ("我想辦理護照", "我想办理护照", True),
        ("身份证丢了", "身份证丢了", False),
        ("辦證", "办证", True),
        (
            "我家后面那个社区大厅里的人总说這样也没用",
            "我家后面那个社区大厅里的人总说这样也没用",
            False,
        ),
        ("ID card", "id card", False),
    ],
)
def test_traditional_characters_are_read_and_noticed(written, text, traditional) -> None:
    found = PLAIN(written)
    assert (found.text, found.traditional) == (text, traditional)


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("现在才关着门", "現在才關著門"),
        ("证还拿着，为什么", "證還拿著，為什麼"),
        ("著名的群众", "著名的群眾"),
        ("显著", "顯著"),
        ("要交么子证明", "要交麼子證明"),
    ],
)
def test_traditional_is_written_as_most_people_do(simplified: str, traditional: str) -> None:
    assert to_traditional(simplified) == traditional
    assert to_simplified(traditional) == simplified
    assert to_simplified(simplified) == simplified


def test_simplified_and_traditional_convert_both_ways() -> None:
    assert to_traditional("身份证丢了") == "身份證丟了"
    assert to_simplified("身份證丟了") == "身份证丢了"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("身份證唔見咗去邊度補辦", "身份证丢了去哪里补办"),
        ("补办身份证几多钱", "补办身份证多少钱"),
        ("邊度", "哪里"),
        ("身份证丢了", "身份证丢了"),
    ],
)
def test_dialect_is_rewritten_whatever_script_it_or_the_rule_uses(written: str, text: str) -> None:
    assert CANTONESE(written).text == text


def test_the_longest_rewrite_wins_and_marks_are_no_patterns() -> None:
    assert Normaliser({"甲": "x", "甲乙": "y", ".": "z"})("甲乙甲C.").text == "yxcz"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Tax怎么报", "税怎么报"),
        ("tax return", "申报 return"),
        ("taxi syntax", "taxi syntax"),
        ("my TAX", "my 税"),
    ],
)
def test_a_latin_word_is_rewritten_where_it_stands_alone(written: str, text: str) -> None:
    plain = Normaliser({"tax": "税", "tax return": "申报 return"})
    assert plain(written).text == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("三十五岁", "35岁"),
        ("六十周岁", "60周岁"),
        ("六十多岁", "60多岁"),
        ("一百零五岁", "105岁"),
        ("两年", "2年"),
        ("十个月", "10个月"),
        ("二十个工作日", "20个工作日"),
        ("第二十条", "第二十条"),
        ("三亚", "三亚"),
        ("等一下", "等一下"),
        ("六个证", "六个证"),
        ("半年", "半年"),
    ],
)
def test_numerals_of_age_and_time_become_digits_and_others_stay(written: str, text: str) -> None:
    assert PLAIN(written).text == text


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("二〇二六年", ("二〇二六年", "2026年")),
        ("一九六零年生", ("一九六零年生", "1960年生")),
        ("一千二百天", ("一千二百天", "1200天")),
        ("三四个月", ("三四个月", "3-4个月", "3、4个月")),
    ],
)
def test_a_numeral_that_is_no_plain_number_is_not_misread(written: str, right: tuple) -> None:
    assert PLAIN(written).text in right


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("零", 0),
        ("十", 10),
        ("十二", 12),
        ("两百", 200),
        ("一百零一", 101),
        ("九百九十九", 999),
        ("三四", None),
        ("三万", None),
        ("a", None),
    ],
)
def test_numerals(numeral: str, value: int | None) -> None:
    assert number(numeral) == value


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("\x00身份证\x00", "身份证"),
        ("身份证\x07", "身份证"),
        ("\u202e身份证\u202c", "身份证"),
        ("\ufeff身份证\u200b", "身份证"),
        ("身\u200b份\u2060证", "身份证"),  # hidden characters must not cut a word in two
        ("身份\u00ad证", "身份证"),
        ("身份证\ud800", "身份证"),
        ("身份证\ue000", "身份证"),
        ("两\n行", "两\n行"),
        ("👨‍👩‍👧身份证❤️", "👨👩👧身份证❤"),
    ],
)
def test_what_no_reader_sees_is_taken_away(written: str, text: str) -> None:
    assert clean(written) == text


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("身份证", True),
        ("a", True),
        ("7", True),
        ("？！。", False),
        ("👍🏻", False),
        (" \n", False),
        ("", False),
    ],
)
def test_has_words(text: str, has: bool) -> None:
    assert has_words(text) is has


# Lone surrogates too: a channel may hand over anything that json.loads makes.
ANY = st.text(st.characters(exclude_categories=()), max_size=60)
MIXED = st.text(
    "一二三十百零〇两岁年个月天工作日多周第條条İΣßﬁ①乾著後髮麵\u200b\u0307 　", max_size=20
)


@given(st.one_of(ANY, MIXED))
def test_any_text_is_normalised_and_twice_is_once(text: str) -> None:
    once = PLAIN(text).text
    assert PLAIN(once).text == once
    once.encode()


@given(ANY)
def test_nothing_hidden_is_left(text: str) -> None:
    kept = clean(text)
    kept.encode()
    assert not {"\x00", "\u202e", "\u200b", "\ufeff", "\x7f"} & set(kept)
