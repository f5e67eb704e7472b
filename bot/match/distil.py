"""Learns from the sentence model what words mean, for machines on which it cannot run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match.embed import Embedder, Progress
from bot.match.wordvectors import LONGEST, WordVectors, pieces

Floats = NDArray[np.float32]

# A row of characters that fewer texts hold says little of anything else.
LEAST: Final = 5
# What sentences differ by lies mostly in so many directions.
DIRECTIONS: Final = 128
# How far a word may move from what the model says of it alone, to explain whole sentences.
DAMPING: Final = 10.0
# Words that half of the texts hold weigh little (smooth inverse frequency, Arora et al. 2017).
RARE: Final = 0.01
# One Chinese character means many things, a longer word fewer.
CHARACTER: Final = 0.5
LONGER: Final = 0.3
STEPS: Final = 40


def distil(texts: Sequence[str], model: Embedder, progress: Progress | None = None) -> WordVectors:
    """Word vectors whose sums come near the model's vectors of these normalised texts.

    Where the model puts a word alone is the start; a ridge regression moves the words so that
    their sums fit. The model is asked for each new word: 15 ms each, some minutes together.
    """
    shares = vocabulary(texts)
    words = tuple(shares)
    weights = np.array([_weight(word, share) for word, share in shares.items()], dtype=np.float32)
    sentences = model.all(texts)
    sentences = sentences - sentences.mean(axis=0)
    _, directions = np.linalg.eigh(sentences.T @ sentences)
    turn = directions[:, -DIRECTIONS:]
    alone = model.all(words, progress)
    alone -= alone.mean(axis=0)
    alone /= np.maximum(np.linalg.norm(alone, axis=1, keepdims=True), 1e-9)
    return _packed(words, weights, _fitted(words, weights, texts, alone @ turn, sentences @ turn))


def vocabulary(texts: Sequence[str]) -> dict[str, float]:
    """The words of the texts, and all everyday characters; with the share of texts that hold each.

    Everyday characters are those of GB 2312: what is asked holds words that no example does.
    """
    counts = Counter(piece for text in texts for piece in pieces(text))
    found = dict.fromkeys(_everyday(), 0.0) if any(map(_is_chinese, counts)) else {}
    for word, count in sorted(counts.items()):
        if count >= LEAST or word in found:
            found[word] = count / len(texts)
    return found


def _everyday() -> Iterator[str]:
    for high, low in product(range(0xB0, 0xF8), range(0xA1, 0xFF)):
        try:
            yield bytes([high, low]).decode("gb2312")
        except UnicodeDecodeError:
            continue  # a place of the table that is empty


def _is_chinese(word: str) -> bool:
    return word >= "㐀"


def _weight(word: str, share: float) -> float:
    rarity = RARE / (RARE + share)
    if not _is_chinese(word):
        return rarity
    return rarity * (CHARACTER if len(word) == 1 else 1 + LONGER * (min(len(word), LONGEST) - 2))


def _fitted(
    words: tuple[str, ...], weights: Floats, texts: Sequence[str], start: Floats, wanted: Floats
) -> Floats:
    """The start, moved by ridge regression: conjugate gradients on its dual, a step a product."""
    empty = np.zeros((len(words), 0), dtype=np.int8)
    book = WordVectors(words, weights, np.ones(len(words), dtype=np.float32), empty)
    parts = [book.parts(text) for text in texts]

    def summed(rows: Floats) -> Floats:
        return np.stack([share @ rows[numbers] for numbers, share in parts])

    def spread(values: Floats) -> Floats:
        rows = np.zeros_like(start)
        for (numbers, share), value in zip(parts, values, strict=True):
            rows[numbers] += share[:, None] * value
        return rows

    said = summed(start)
    size = np.float32((said * wanted).sum() / (said * said).sum())
    rest = wanted - size * said
    dual, ahead = np.zeros_like(rest), rest.copy()
    square = np.square(rest).sum(axis=0)
    for _ in range(STEPS):
        image = summed(spread(ahead)) + np.float32(DAMPING) * ahead
        step = square / np.maximum((ahead * image).sum(axis=0), 1e-12)
        dual += step * ahead
        rest -= step * image
        before, square = square, np.square(rest).sum(axis=0)
        ahead = rest + square / np.maximum(before, 1e-12) * ahead
    moved: Floats = size * start + spread(dual)
    return moved


def _packed(words: tuple[str, ...], weights: Floats, rows: Floats) -> WordVectors:
    """A byte a number, a scale a word."""
    scales = np.maximum(np.abs(rows).max(axis=1) / 127, 1e-9).astype(np.float32)
    return WordVectors(words, weights, scales, np.round(rows / scales[:, None]).astype(np.int8))
