"""bot/match/phrases.py: what one pass finds is what a search for each phrase would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.match.phrases import Phrases

LETTERS = st.text("身份证a ", max_size=12)


@given(st.sets(st.text("身份证a ", min_size=1, max_size=4)), LETTERS)
def test_every_phrase_that_stands_in_the_text_is_found(phrases: set[str], text: str) -> None:
    assert Phrases(phrases).said(text) == {phrase for phrase in phrases if phrase in text}


def test_phrases_that_overlap_or_begin_alike_are_all_found() -> None:
    known = Phrases(["证", "身份", "身份证", "份证", "护照"])
    assert known.said("身份证丢了") == {"证", "身份", "身份证", "份证"}
    assert known.said("") == set()
