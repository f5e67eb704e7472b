"""The index's scores are those of the plain definition, whichever way a unit is kept."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.match import bm25
from bot.match.bm25 import COMMON, K1, MANY, TELLING, B, Bm25, Postings

# Enough documents that the most frequent units are rows of a large index, and the rare ones not.
SIZE = 4 * MANY
# More than are looked for at once.
ALPHABET = [chr(ord("一") + n) for n in range(TELLING + 16)]


def _corpus(seed: int) -> list[list[str]]:
    """Bags of units with repeats; the n-th unit is about n times rarer than the first."""
    chance = random.Random(seed)
    weights = [1 / (n + 1) for n in range(len(ALPHABET))]
    return [chance.choices(ALPHABET, weights, k=chance.randint(0, 30)) for _ in range(SIZE)]


CORPUS = _corpus(1)
SMALL = Bm25(Postings.of(CORPUS))


def _large() -> Bm25:
    """The same as if it were too large to keep every unit as a row."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bm25, "CELLS", 0)
        patch.setattr(bm25, "WIDE", 0)
        return Bm25(Postings.of(CORPUS))


LARGE = _large()
either = pytest.mark.parametrize("index", [SMALL, LARGE], ids=["small", "large"])


def _plain(corpus: Sequence[Sequence[str]], units: frozenset[str]) -> list[float]:
    """BM25 by its definition, over the idf of all the units; an unknown one is the rarest."""
    mean = sum(map(len, corpus)) / len(corpus)
    spread = {unit: sum(unit in document for document in corpus) for unit in units}
    idf = {u: math.log(1 + (len(corpus) - n + 0.5) / (n + 0.5)) for u, n in spread.items()}

    def weight(unit: str, document: Sequence[str]) -> float:
        times = document.count(unit)
        norm = K1 * (1 - B + B * len(document) / mean)
        return idf[unit] * times * (K1 + 1) / (times + norm) if times else 0.0

    total = sum(idf.values()) or 1.0
    return [sum(weight(unit, document) for unit in units) / total for document in corpus]


def test_the_corpus_holds_units_of_both_kinds() -> None:
    counts = [sum(unit in document for document in CORPUS) for unit in ALPHABET]
    least = max(COMMON * SIZE, MANY)
    assert min(counts) < least / 4
    assert max(counts) > 2 * least


@either
@given(units=st.sets(st.sampled_from([*ALPHABET, "unknown", "另"])))
def test_scores_are_those_of_the_definition(index: Bm25, units: set[str]) -> None:
    """But for the rounding of each weight to a whole number of steps, where there are steps."""
    asked = frozenset(sorted(units)[:TELLING])
    rounding = len(asked) * index.step / 2 / (index.total(asked) or 1) if index is LARGE else 0
    wanted = _plain(CORPUS, asked)
    np.testing.assert_allclose(index.scores(asked), wanted, rtol=1e-4, atol=1e-6 + rounding)


@either
def test_of_a_long_question_the_rarest_units_are_looked_for(index: Bm25) -> None:
    rarest = sorted(ALPHABET, key=index.idf)[-TELLING:]
    share = sum(map(index.idf, rarest)) / sum(map(index.idf, ALPHABET))
    whole, part = index.scores(frozenset(ALPHABET)), index.scores(frozenset(rarest))
    np.testing.assert_allclose(whole, part * share, rtol=1e-3, atol=1e-6)


@given(st.integers(0, SIZE - 1), st.frozensets(st.sampled_from(ALPHABET), min_size=1))
def test_a_score_without_a_text_is_that_of_the_shorter_document(
    number: int, units: frozenset[str]
) -> None:
    """The mean length and the idf stay those of the whole corpus."""
    document = list(CORPUS[number])
    text = units & set(document)
    if not text:
        return
    length = len(document)
    for unit in text:
        document.remove(unit)
    mean = sum(map(len, CORPUS)) / SIZE
    norm = K1 * (1 - B + B * (length - len(text)) / mean)
    left = {unit: document.count(unit) for unit in text}
    explained = sum(SMALL.idf(u) * n * (K1 + 1) / (n + norm) for u, n in left.items() if n)
    wanted = explained / sum(map(SMALL.idf, text))
    assert math.isclose(SMALL.score_without(number, text), wanted, rel_tol=1e-4, abs_tol=1e-6)


def test_no_document_and_no_unit_are_no_trouble() -> None:
    assert Bm25(Postings.of([])).scores(frozenset("x")).shape == (0,)
    assert not SMALL.scores(frozenset()).any()
    assert not LARGE.scores(frozenset()).any()


def test_the_largest_weights_of_a_question_add_up_without_overflow() -> None:
    """Sixteen bits must hold TELLING units of the largest weight there is."""
    held = [chr(ord("一") + n) for n in range(TELLING)]
    corpus = [[unit for unit in held for _ in range(9)], *[["另"]] * 40]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bm25, "WIDE", 0)
        found = Bm25(Postings.of(corpus)).scores(frozenset(held))
    np.testing.assert_allclose(found, _plain(corpus, frozenset(held)), rtol=1e-3)
