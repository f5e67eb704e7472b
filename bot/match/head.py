"""A linear head on a text's features: ridge regression, with exact leave-one-out scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match.space import Features

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Numbers = NDArray[np.intp]

# Where the residual is this small a part of what was wanted, weights no longer move a decision.
SETTLED: Final = 1e-5
# Sixty steps are usual; a fit that has not settled by then stays what it is.
STEPS: Final = 1000


@dataclass(frozen=True)
class Head:
    """Linear scores, near 1 for a text's own class and near 0 for the others.

    `weights` has shape (words + rest + 1, classes); the last row is the constant.
    """

    classes: tuple[str, ...]
    weights: Floats

    def scores(self, features: Features) -> Floats:
        """A score for every class, in the order of `classes`."""
        found: Floats = features.values @ self.weights[features.places] + self.weights[-1]
        if len(features.rest):
            found += features.rest @ self.weights[-1 - len(features.rest) : -1]
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
class Damping:
    """`ridge` damps; `balance` 0 counts examples, 1 weighs classes the same."""

    ridge: float
    balance: float

    def weights(self, counts: NDArray[np.intp]) -> Doubles:
        """A class with many examples is damped by giving its texts less weight."""
        found: Doubles = np.sqrt(1 / (self.ridge * (counts / counts.mean()) ** self.balance))
        return found


@dataclass(frozen=True)
class _Texts:
    """Ridge regression: weights on the texts' features are to give `targets` (texts, classes).

    A text's words are few of many, so they stay a list (`places`, `values`); what all texts have,
    the constant too, is `rest` (texts, m). All are damped already.

    Double precision: in single, a leverage near 1 carries the last digits of a sum, which differ
    from machine to machine, into the fourth digit of a gate.
    """

    classes: tuple[str, ...]
    places: list[Numbers]
    values: list[Doubles]
    rest: Doubles
    targets: Doubles

    @classmethod
    def of(cls, texts: Sequence[Features], labels: Sequence[str], damping: Damping) -> _Texts:
        classes = tuple(sorted(set(labels)))
        place = {name: number for number, name in enumerate(classes)}
        index = np.array([place[label] for label in labels])
        weight = damping.weights(np.bincount(index, minlength=len(classes)))[index]
        constant = np.ones((len(texts), 1))
        return cls(
            classes,
            [text.places for text in texts],
            [text.values * weight[i] for i, text in enumerate(texts)],
            np.hstack([np.stack([t.rest for t in texts]), constant]) * weight[:, None],
            np.eye(len(classes))[index] * weight[:, None],
        )

    def equations(self, words: int) -> tuple[Doubles, Doubles]:
        """The normal equations: a square matrix, and what it is to give."""
        size = words + self.rest.shape[1]
        gram, wanted = np.zeros((size, size)), np.zeros((size, len(self.classes)))
        for i, (held, said) in enumerate(zip(self.places, self.values, strict=True)):
            gram[np.ix_(held, held)] += np.outer(said, said)
            gram[held, words:] += np.outer(said, self.rest[i])
            wanted[held] += np.outer(said, self.targets[i])
        gram[words:, :words] = gram[:words, words:].T
        gram[words:, words:] = self.rest.T @ self.rest
        wanted[words:] = self.rest.T @ self.targets
        gram[np.diag_indices_from(gram)] += 1
        return gram, wanted

    def leverage(self, inverse: NDArray[np.floating]) -> Doubles:
        """How much each text draws the head to itself; `inverse` is that of the equations."""
        words = len(inverse) - self.rest.shape[1]
        found: Doubles = np.einsum("ij,ij->i", self.rest @ inverse[words:, words:], self.rest)
        for i, (held, said) in enumerate(zip(self.places, self.values, strict=True)):
            across = inverse[held, words:] @ self.rest[i]
            found[i] += said @ (inverse[np.ix_(held, held)] @ said + 2 * across)
        return found


class _Matrix:
    """All texts' features, sparse: `times` weights, and `back` from what came out to weights."""

    def __init__(self, texts: _Texts, words: int) -> None:
        held = np.array([len(places) for places in texts.places])
        self._words, self._rest = words, texts.rest
        self._places, self._values = np.concatenate(texts.places), np.concatenate(texts.values)
        self._worded = held > 0
        self._rows = (np.cumsum(held) - held)[self._worded]
        # The same numbers once more in the order of the words.
        order = np.argsort(self._places, kind="stable")
        places = self._places[order]
        self._columns = np.flatnonzero(np.diff(places, prepend=-1))
        self._known = places[self._columns]
        self._texts = np.repeat(np.arange(len(held)), held)[order]
        self._sorted = self._values[order]

    def times(self, weights: Doubles) -> Doubles:
        sums: Doubles = self._rest @ weights[self._words :]
        said = self._values[:, None] * weights[self._places]
        sums[self._worded] += np.add.reduceat(said, self._rows, axis=0)
        return sums

    def back(self, sums: Doubles) -> Doubles:
        weights = np.zeros((self._words + self._rest.shape[1], sums.shape[1]))
        said = self._sorted[:, None] * sums[self._texts]
        weights[self._known] = np.add.reduceat(said, self._columns, axis=0)
        weights[self._words :] = self._rest.T @ sums
        return weights

    def diagonal(self) -> Doubles:
        """That of the normal equations, as a column."""
        found = np.ones((self._words + self._rest.shape[1], 1))
        found[self._known, 0] += np.add.reduceat(self._sorted**2, self._columns)
        found[self._words :, 0] += (self._rest**2).sum(axis=0)
        return found


def fit(texts: Sequence[Features], labels: Sequence[str], words: int, damping: Damping) -> Head:
    """Ridge regression on texts whose words are numbers below `words`, however many these are.

    Conjugate gradients on the normal equations, which are never written down: a step takes every
    word of every text once.
    """
    problem = _Texts.of(texts, labels, damping)
    matrix = _Matrix(problem, words)
    wanted, diagonal = matrix.back(problem.targets), matrix.diagonal()
    weights, left = np.zeros_like(wanted), wanted
    ahead = towards = left / diagonal
    slope = (left * ahead).sum(axis=0)
    enough = SETTLED * np.linalg.norm(wanted, axis=0)
    for _ in range(STEPS):
        if (np.linalg.norm(left, axis=0) <= enough).all():
            break
        along = matrix.back(matrix.times(towards)) + towards
        step = _ratio(slope, (towards * along).sum(axis=0))
        weights, left = weights + step * towards, left - step * along
        ahead, before = left / diagonal, slope
        slope = (left * ahead).sum(axis=0)
        towards = ahead + _ratio(slope, before) * towards
    return Head(problem.classes, weights.astype(np.float32))


def _ratio(part: Doubles, whole: Doubles) -> Doubles:
    """A class that has settled to the last digit has neither."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def fit_with_leverage(
    texts: Sequence[Features], labels: Sequence[str], words: int, damping: Damping
) -> Fitted:
    """The same head, and what it needs to tell of a text as if it had never seen it."""
    problem = _Texts.of(texts, labels, damping)
    gram, wanted = problem.equations(words)
    inverse = np.linalg.inv(gram)
    head = Head(problem.classes, (inverse @ wanted).astype(np.float32))
    drawn = problem.leverage(inverse).astype(np.float32)
    return Fitted(head, np.minimum(drawn, np.float32(1 - 1e-6)))
