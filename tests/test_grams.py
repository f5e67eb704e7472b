"""The units that texts are compared by: characters, and how they sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.match.grams import characters, spelled, syllable, syllables


def test_chinese_is_cut_into_characters_and_pairs_and_latin_into_words() -> None:
    assert characters("补ID卡") == ("补", "id", "卡")
    assert characters("身份证，份证") == ("身", "份", "证", "身份", "份证")


def test_what_sounds_nearly_alike_is_alike() -> None:
    assert syllable("证") == syllable("真") == "zen"
    assert syllables("地保") == syllables("低保") == ("di", "bao", "di bao")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("shengyu jintie", "生育津贴"),
        ("shengyujintie", "生育津贴"),
        ("办个 getihu", "办个个体户"),
        ("LVSHI", "律师"),
    ],
)
def test_what_is_typed_in_pinyin_sounds_like_the_characters(typed: str, meant: str) -> None:
    assert syllables(typed) == syllables(meant)


@pytest.mark.parametrize("word", ["passport", "renew", "hr", "ng", "", "getihux"])
def test_other_latin_words_have_no_sound(word: str) -> None:
    assert spelled(word) == ()


def test_a_word_parts_the_sounds_around_it() -> None:
    assert syllables("换passport照") == ("huan", "zao")


@given(st.text())
@pytest.mark.parametrize("prefix", ["", "a" * 5000, "xi" * 30, "ang" * 20 + "q"])
def test_any_text_has_its_sounds(prefix: str, text: str) -> None:
    assert all(unit.count(" ") <= 1 for unit in syllables(prefix + text))
