"""A linear head on a text's features: ridge regression, with exact leave-one-out scores."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match import grams

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Numbers = NDArray[np.intp]

HASHED: Final = 4096


@dataclass(frozen=True)
class Features:
    """A text's features that are not zero: their places, and their values. A place may repeat."""

    places: Numbers
    values: Floats


# A question's words are asked for by each head.
@lru_cache(maxsize=256)
def hashed(text: str) -> Features:
    """Character grams in 4,096 signed buckets, together of unit length."""
    found = [_place(gram) for gram in grams.characters(text)]
    if not found:
        return Features(np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.float32))
    places, weights = zip(*found, strict=True)
    values = np.array(weights, dtype=np.float32)
    values /= np.sqrt(values @ values)
    return Features(np.array(places, dtype=np.intp), values)


def dense(rows: Sequence[Features], width: int) -> Floats:
    """The features of texts, zeros included: shape (texts, width)."""
    found = np.zeros((len(rows), width), dtype=np.float32)
    for row, features in zip(found, rows, strict=True):
        np.add.at(row, features.places, features.values)
    return found


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

    def features(self, text: str, vector: Floats | None, marks: Floats) -> Features:
        """One text's features: words, tell-tale marks, meaning where there is a vector."""
        words = hashed(text)
        places = [words.places, np.arange(HASHED, HASHED + len(marks))]
        values = [words.values, marks]
        if self.centre is not None and vector is not None:
            first = HASHED + len(marks)
            places.append(np.arange(first, first + len(vector)))
            values.append((vector - self.centre) / np.float32(self.scale))
        return Features(np.concatenate(places), np.concatenate(values))

    def width(self, marks: int) -> int:
        """How many features a text has, zeros included."""
        return HASHED + marks + (0 if self.centre is None else len(self.centre))


@dataclass(frozen=True)
class Head:
    """Linear scores, near 1 for a text's own class and near 0 for the others.

    `weights` has shape (features + 1, classes).
    """

    classes: tuple[str, ...]
    weights: Floats

    def scores(self, features: Features) -> Floats:
        """A score for every class, in the order of `classes`."""
        found: Floats = features.values @ self.weights[features.places] + self.weights[-1]
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


@dataclass(frozen=True)
class _Problem:
    """Ridge regression of `targets` on `rows`: `gram` @ weights is to be `rows.T` @ `targets`.

    Double precision: in single, a leverage near 1 carries the last digits of a sum, which differ
    from machine to machine, into the fourth digit of a gate.
    """

    classes: tuple[str, ...]
    rows: Doubles
    targets: Doubles
    gram: Doubles

    @classmethod
    def of(cls, features: Floats, labels: Sequence[str], ridge: float, balance: float) -> _Problem:
        classes = tuple(sorted(set(labels)))
        place = {name: number for number, name in enumerate(classes)}
        index = np.array([place[label] for label in labels])
        counts = np.bincount(index, minlength=len(classes))
        # A class with many examples is damped by giving its rows less weight.
        weight = np.sqrt(1 / (ridge * (counts / counts.mean()) ** balance)[index])[:, None]
        rows = np.hstack([features, np.ones((len(features), 1))]) * weight
        targets = np.eye(len(classes))[index] * weight
        gram = rows.T @ rows
        gram[np.diag_indices_from(gram)] += 1
        return cls(classes, rows, targets, gram)


def fit(features: Floats, labels: Sequence[str], *, ridge: float, balance: float) -> Head:
    """Ridge regression. `ridge` damps; `balance` 0 counts examples, 1 weighs classes the same."""
    problem = _Problem.of(features, labels, ridge, balance)
    wanted = problem.rows.T @ problem.targets
    return Head(problem.classes, np.linalg.solve(problem.gram, wanted).astype(np.float32))


def fit_with_leverage(
    features: Floats, labels: Sequence[str], *, ridge: float, balance: float
) -> Fitted:
    """The same head, and what it needs to tell of a text as if it had never seen it."""
    problem = _Problem.of(features, labels, ridge, balance)
    inverse = np.linalg.inv(problem.gram)
    weights = inverse @ (problem.rows.T @ problem.targets)
    drawn = np.array([_leverage(row, inverse) for row in problem.rows], dtype=np.float32)
    head = Head(problem.classes, weights.astype(np.float32))
    return Fitted(head, np.minimum(drawn, np.float32(1 - 1e-6)))


def _leverage(row: Doubles, inverse: NDArray[np.floating]) -> float:
    # Most features are words that a text does not hold.
    held = np.flatnonzero(row)
    return float(row[held] @ inverse[np.ix_(held, held)] @ row[held])
