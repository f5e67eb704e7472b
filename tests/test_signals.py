"""bot/match/signals.py: what is set aside before a question is matched."""

import pytest

from bot.app import language_pack
from bot.match.signals import salutation
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
