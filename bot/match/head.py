"""A linear head on a text's features: ridge regression, with exact leave-one-out scores."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match import grams

Floats = NDArray[np.float32]

HASHED: Final = 2048


def hashed(text: str) -> Floats:
    """Character grams in 2,048 signed buckets, unit length: shape (2048,)."""
    places = [_place(gram) for gram in grams.characters(text)]
    if not places:
        return np.zeros(HASHED, dtype=np.float32)
    buckets, weights = zip(*places, strict=True)
    vector = np.bincount(buckets, weights, minlength=HASHED).astype(np.float32)
    norm = math.sqrt(float(vector @ vector))
    return vector / np.float32(norm) if norm else vector


@lru_cache(maxsize=1 << 16)
def _place(gram: str) -> tuple[int, float]:
    """The bucket of a gram, and with which sign and weight it counts there."""
    code = zlib.crc32(gram.encode())
    return code % HASHED, (1 if code >> 20 & 1 else -1) * (1.0 if len(gram) > 1 else 0.5)


@dataclass(frozen=True)
class Space:
    """Puts words and meaning side by side. Vectors are centred: raw cosines all lie near .85."""

    centre: Floats | None
    scale: float

    @classmethod
    def of(cls, vectors: Floats | None) -> Space:
        """The space in which the given sentence vectors have mean 0 and mean length 1."""
        if vectors is None or not len(vectors):
            return cls(None, 1.0)
        centre = vectors.mean(axis=0)
        lengths = np.linalg.norm(vectors - centre, axis=1)
        return cls(centre, float(lengths.mean()) or 1.0)

    def features(self, text: str, vector: Floats | None, marks: Floats) -> Floats:
        """One text's features: meaning where there is a vector, words, tell-tale marks."""
        words = np.concatenate([hashed(text), marks])
        if self.centre is None or vector is None:
            return words
        return np.concatenate([(vector - self.centre) / np.float32(self.scale), words])


@dataclass(frozen=True)
class Head:
    """Linear scores, near 1 for a text's own class and near 0 for the others.

    `weights` has shape (features + 1, classes).
    """

    classes: tuple[str, ...]
    weights: Floats

    def scores(self, features: Floats) -> Floats:
        """A score for every class, in the order of `classes`."""
        # Most features are words that a text does not hold.
        held = np.flatnonzero(features)
        found: Floats = features[held] @ self.weights[held] + self.weights[-1]
        return found


@dataclass(frozen=True)
class Fitted:
    """A head, and how much each text that it learnt from drew it to itself: `leverage` (texts,)."""

    head: Head
    leverage: Floats

    def unseen(self, number: int, label: int, scores: Floats) -> Floats:
        """What a head that never saw text `number` would make of the whole head's `scores`.

        `label` is the number of the text's class. It needs no refit: a row's residual grows by
        its leverage (Allen's PRESS).
        """
        target = np.zeros(len(scores), dtype=np.float32)
        target[label] = 1
        found: Floats = target - (target - scores) / (1 - self.leverage[number])
        return found


def fit(features: Floats, labels: Sequence[str], *, ridge: float, balance: float) -> Fitted:
    """Ridge regression. `ridge` damps; `balance` 0 counts examples, 1 weighs classes the same."""
    classes = tuple(sorted(set(labels)))
    place = {name: number for number, name in enumerate(classes)}
    index = np.array([place[label] for label in labels])
    counts = np.bincount(index, minlength=len(classes))
    # A class with many examples is damped by giving its rows less weight.
    weight = 1 / (ridge * (counts / counts.mean()) ** balance)[index]
    rows = np.hstack([features, np.ones((len(features), 1), np.float32)]).astype(np.float64)
    scaled = rows * np.sqrt(weight)[:, None]
    targets = np.eye(len(classes))[index] * np.sqrt(weight)[:, None]
    gram = scaled.T @ scaled
    gram[np.diag_indices_from(gram)] += 1
    factor = np.linalg.cholesky(gram)
    whitened = np.linalg.solve(factor, scaled.T)
    weights = np.linalg.solve(factor.T, whitened @ targets)
    leverage = np.minimum(np.square(whitened).sum(axis=0), 1 - 1e-6)
    return Fitted(Head(classes, weights.astype(np.float32)), leverage.astype(np.float32))
