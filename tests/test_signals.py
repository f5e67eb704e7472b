"""bot/match/signals.py: what is set aside before a question is matched."""

import pytest

from bot.app import language_pack
from bot.match.signals import Cues, heading, last_clause, salutation
from bot.text import Normaliser

PACK = language_pack("zh").talk
PLAIN = Normaliser(PACK.rewrites)
ADDRESS = salutation(PACK.salutations)


@pytest.mark.parametrize(
    ("letter", "rest"),
    [
        ("尊敬的市长：您好！我家漏水", "我家漏水"),
        ("领导，您好。我想退休", "我想退休"),
        ("教育局领导：孩子上学", "孩子上学"),
        ("12345的同志你好，卡丢了", "卡丢了"),
        ("领导打人了，我要投诉", "领导打人了,我要投诉"),
        ("我要投诉局长，他骂人", "我要投诉局长,他骂人"),
        ("公积金中心：怎么提取", "公积金中心:怎么提取"),
    ],
)
def test_a_salutation_is_what_addresses_somebody(letter: str, rest: str) -> None:
    text = PLAIN(letter).text
    opening = ADDRESS.match(text)
    assert text[opening.end() if opening else 0 :] == rest


def test_a_pack_without_salutations_has_none() -> None:
    assert salutation(()).match("Dear mayor: ") is None


@pytest.mark.parametrize("text", ["去社保局报销", "医保局报回来多少", "回头诉求怎么写", "空投速递"])
def test_a_misspelling_is_none_across_two_words(text: str) -> None:
    assert PLAIN(text).text == text


LETTER = (
    "我去年从外省来这里上班，一直住在公司的宿舍里，没有租房合同，也没有房产证，"
    "单位说可以开一张证明，不知道这样行不行，想问问该怎么办。"
)


@pytest.mark.parametrize(
    ("text", "above"),
    [
        (f"住宿舍办居住证\n{LETTER}", "住宿舍办居住证"),
        (f"住宿舍办居住证  {LETTER}", "住宿舍办居住证"),
        (f"居住证（宿舍） {LETTER}", "居住证（宿舍）"),
        (f"您好，{LETTER}", None),
        (f"问 {LETTER}", None),
        (f"我有 ID card 丢了要补，{LETTER}", None),
        ("居住证\n怎么办", None),
    ],
)
def test_a_heading_stands_above_a_letter(text: str, above: str | None) -> None:
    assert heading(text) == above


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("审车的日子忘了,这几天都不敢开,带啥去审", "带啥去审"),
        ("带啥去审", "带啥去审"),
        ("老房子漏雨,要钱不,急!", "要钱不,急!"),
        ("多久办完。", "多久办完。"),
    ],
)
def test_the_last_clause_says_what_is_asked_for(text: str, clause: str) -> None:
    assert last_clause(text) == clause


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("救命啊", "violence"),
        ("家里着火了", "fire"),
        ("听说能领几个月救命钱", None),
        ("这是我妈的救命药，医保报不报", None),
    ],
)
def test_a_call_for_help_is_none_that_only_names_it(text: str, danger: str | None) -> None:
    assert Cues(PACK).crisis(PLAIN(text).text) == danger
