"""Word vectors stand in for the sentence model; they are distilled from it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.match.distil import distil, vocabulary
from bot.match.wordvectors import FILE, WordVectors, pieces

TEXTS = [
    f"{wish} {thing}"
    for wish, thing in product(
        (
            "how do i renew",
            "where can i get",
            "i have lost",
            "what does it cost to replace",
            "is it free to have",
        ),
        ("my library card", "my passport", "my driving licence", "my tax return", "my garbage bin"),
    )
]


@pytest.fixture(scope="module")
def shipped(words_app: App) -> WordVectors:
    found = WordVectors.load(words_app.language.folder / FILE)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def distilled(meaning_app: App) -> WordVectors:
    model = meaning_app.reader.matcher.embedder
    assert model is not None
    return distil(TEXTS, model)


def test_pieces_are_short_rows_of_characters_and_whole_latin_words() -> None:
    assert set(pieces("补ID卡，快")) == {"补", "id", "卡", "快"}
    assert set(pieces("身份证丢")) == {
        *"身份证丢",
        "身份",
        "份证",
        "证丢",
        "身份证",
        "份证丢",
        "身份证丢",
    }
    assert set(pieces("12 月")) == {"月"}


def test_the_vocabulary_is_what_several_texts_hold_and_every_everyday_character() -> None:
    found = vocabulary(["我要投诉你们"] * 5 + ["别的"] * 5 + ["只有一次"])
    assert (found["投诉"], found["投"]) == (5 / 11, 5 / 11)
    assert (found["鼠"], "只有" in found) == (0.0, False)
    assert "鼠" not in vocabulary(["english only"] * 9)


@given(st.text())
def test_any_text_has_a_vector(shipped: WordVectors, text: str) -> None:
    vector = shipped.question(text)
    assert vector.shape == (shipped.rows.shape[1],)
    assert np.isfinite(vector).all()


def test_a_text_without_a_known_word_is_nowhere(shipped: WordVectors) -> None:
    assert not shipped.question("12 ؟").any()
    assert shipped.all(["12", "投诉"]).any(axis=1).tolist() == [False, True]


def test_the_order_of_words_does_not_matter_but_the_words_do(shipped: WordVectors) -> None:
    one, same, other = shipped.all(["要钱 不", "不 要钱", "要带 不"])
    assert np.allclose(one, same)
    assert not np.allclose(one, other)


def test_the_shipped_words_are_those_of_the_language_pack(
    words_app: App, shipped: WordVectors
) -> None:
    """Stale ones only cost hits, but then they should be made anew."""
    normalise = words_app.reader.matcher.normalise
    needed = set(vocabulary([normalise(text).text for text in words_app.language.examples()]))
    assert len(needed & set(shipped.words)) > 0.9 * len(needed), "run: doorstep distil"


def test_a_file_gives_back_what_was_saved(tmp_path: Path, distilled: WordVectors) -> None:
    distilled.save(tmp_path / FILE)
    found = WordVectors.load(tmp_path / FILE)
    assert found is not None
    assert (found.words, len(found.mark)) == (distilled.words, 32)
    assert np.array_equal(found.question(TEXTS[0]), distilled.question(TEXTS[0]))


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off"])
def test_without_a_readable_file_there_are_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    assert WordVectors.load(tmp_path / FILE) is None


def test_sums_of_words_tell_texts_apart_as_the_model_does(distilled: WordVectors) -> None:
    """A new text lies nearest to those that mean the same, though it shares no verb with them."""
    vectors = distilled.all(TEXTS)
    for thing in ("library card", "passport", "driving licence", "tax return", "garbage bin"):
        nearest = np.argsort(-(vectors @ distilled.question(f"the {thing}")))[:5]
        assert {TEXTS[i].split(" my ")[1] for i in nearest} == {thing}
