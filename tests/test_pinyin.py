"""What is typed in pinyin, in the city's own characters; what only looks like it stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.match.pinyin import Pinyin

READ = Pinyin(["我", "在", "哪里", "怎么", "办", "证", "丢了", "多少", "钱"], ["户口本", "身份证"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hukouben diule", "户口本丢了"),
        ("hu kou ben diu le", "户口本丢了"),
        ("shenfenzheng zai nali ban", "身份证在哪里办"),
        ("sengfenzeng diule", "身份证丢了"),  # as the south says it
        ("我hukouben丢了", "我户口本丢了"),
        ("补hukouben要duoshao钱", "补户口本要多少钱"),
        ("duo少钱", "多少钱"),  # characters on both sides of a word
    ],
)
def test_pinyin_is_read(typed: str, meant: str) -> None:
    text, changes = READ(typed)
    assert text == meant
    assert [now for _, now in changes]


@pytest.mark.parametrize(
    "text",
    [
        "户口本丢了",
        "how can i bang",  # not all of it is pinyin
        "offer拿到了",
        "app",
        "ban",  # one syllable makes no word
        "heating停了",  # he a ting: no words of the city
        "",
        "3 4",
    ],
)
def test_the_rest_stays(text: str) -> None:
    assert READ(text) == (text, ())


@given(st.text(max_size=80))
def test_any_text_comes_out(text: str) -> None:
    written, changes = READ(text)
    assert changes or written == text


def test_the_reader_says_what_it_read(words_app: App) -> None:
    ranking = words_app.reader.read("juzhuzheng zenme ban")
    assert ranking.ids[0] == "residence-permit"
    assert ranking.reasons == ("juzhuzheng zenme ban→居住证怎么办",)
