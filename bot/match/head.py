"""A linear head on a text's features: ridge regression, with exact leave-one-out scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match import grams
from bot.match.grams import Units

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Numbers = NDArray[np.intp]

# So many units a head looks at. Memory grows with the square, the time of a fit with the cube.
VOCABULARY: Final = 5120
# All that is heard of a text counts this much of what is written.
HEARD: Final = 0.8
_NOTHING: Final = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True)
class Features:
    """What a head sees of a text: which words it holds and how much each counts, and the rest."""

    places: Numbers
    values: Floats
    rest: Floats


@dataclass(frozen=True)
class Vocabulary:
    """The units of text that a head looks at, in the order of its weights.

    Pairs of syllables may stand beside what is written: who writes 条见 means 条件.
    """

    units: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[str], size: int = VOCABULARY, sounds: int = 0) -> Vocabulary:
        """Those that most texts hold, `sounds` heard ones among them; the rarer tell of few texts.

        Numbers in a hash's buckets did worse: of 60,000 units some always share one.
        """
        written = _most_held(map(grams.characters, texts), size - sounds)
        return cls((*written, *_most_held(map(_heard, texts), sounds)))

    def features(self, text: str, rest: Floats = _NOTHING) -> Features:
        """The text's known units and the rest as it is given.

        What is written has length 1 together, what is heard `HEARD`.
        """
        written = [unit for unit in grams.characters(text) if unit in self._places]
        heard = [unit for unit in _heard(text) if unit in self._places]
        places = np.array([self._places[u] for u in (*written, *heard)], dtype=np.intp)
        values = np.array([1.0 if len(unit) > 1 else 0.5 for unit in written], dtype=np.float32)
        if written:
            values /= np.sqrt(values @ values)
        aloud = np.full(len(heard), HEARD / np.sqrt(max(len(heard), 1)), dtype=np.float32)
        return Features(places, np.concatenate([values, aloud]), rest)

    def __len__(self) -> int:
        return len(self.units)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {unit: place for place, unit in enumerate(self.units)}


def _most_held(texts: Iterable[Units], size: int) -> list[str]:
    held = Counter(unit for units in texts for unit in units)
    return sorted(held, key=lambda unit: (-held[unit], unit))[:size]


def _heard(text: str) -> Units:
    """Pairs of syllables; the space between keeps them apart from what is written."""
    return tuple(unit for unit in grams.syllables(text) if " " in unit)


@dataclass(frozen=True)
class Space:
    """Puts words and meaning side by side. Vectors are centred: raw cosines all lie near .85."""

    vocabulary: Vocabulary
    centre: Floats | None
    scale: float

    @classmethod
    def of(cls, vocabulary: Vocabulary, vectors: Floats | None) -> Space:
        """With sentence vectors of mean 0 and mean length 1."""
        if vectors is None or not len(vectors):
            return cls(vocabulary, None, 1.0)
        centre = vectors.mean(axis=0)
        lengths = np.linalg.norm(vectors - centre, axis=1)
        return cls(vocabulary, centre, float(lengths.mean()) or 1.0)

    def features(self, text: str, vector: Floats | None, marks: Floats) -> Features:
        """One text's features: words, tell-tale marks, meaning where there is a vector."""
        if self.centre is None or vector is None:
            return self.vocabulary.features(text, marks)
        meaning = (vector - self.centre) / np.float32(self.scale)
        return self.vocabulary.features(text, np.concatenate([marks, meaning]))


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
class _Problem:
    """Ridge regression: `gram` @ weights is to be `wanted`.

    A text's words are few of many, so they stay a list (`places`, `values`); what all texts have,
    the constant too, is `rest` (texts, m). Both are damped already.

    Double precision: in single, a leverage near 1 carries the last digits of a sum, which differ
    from machine to machine, into the fourth digit of a gate.
    """

    classes: tuple[str, ...]
    places: list[Numbers]
    values: list[Doubles]
    rest: Doubles
    gram: Doubles
    wanted: Doubles

    @classmethod
    def of(
        cls, texts: Sequence[Features], labels: Sequence[str], words: int, damping: Damping
    ) -> _Problem:
        classes = tuple(sorted(set(labels)))
        place = {name: number for number, name in enumerate(classes)}
        index = np.array([place[label] for label in labels])
        weight = damping.weights(np.bincount(index, minlength=len(classes)))[index]
        places = [text.places for text in texts]
        values = [text.values * weight[i] for i, text in enumerate(texts)]
        constant = np.ones((len(texts), 1))
        rest = np.hstack([np.stack([t.rest for t in texts]), constant]) * weight[:, None]
        targets = np.eye(len(classes))[index] * weight[:, None]
        size = words + rest.shape[1]
        gram, wanted = np.zeros((size, size)), np.zeros((size, len(classes)))
        for i, (held, said) in enumerate(zip(places, values, strict=True)):
            gram[np.ix_(held, held)] += np.outer(said, said)
            gram[held, words:] += np.outer(said, rest[i])
            wanted[held] += np.outer(said, targets[i])
        gram[words:, :words] = gram[:words, words:].T
        gram[words:, words:] = rest.T @ rest
        wanted[words:] = rest.T @ targets
        gram[np.diag_indices_from(gram)] += 1
        return cls(classes, places, values, rest, gram, wanted)

    def leverage(self, inverse: NDArray[np.floating]) -> Doubles:
        """How much each text draws the head to itself, where `inverse` is that of `gram`."""
        words = len(inverse) - self.rest.shape[1]
        found: Doubles = np.einsum("ij,ij->i", self.rest @ inverse[words:, words:], self.rest)
        for i, (held, said) in enumerate(zip(self.places, self.values, strict=True)):
            across = inverse[held, words:] @ self.rest[i]
            found[i] += said @ (inverse[np.ix_(held, held)] @ said + 2 * across)
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


def fit(texts: Sequence[Features], labels: Sequence[str], words: int, damping: Damping) -> Head:
    """Ridge regression on texts whose words are numbers below `words`."""
    problem = _Problem.of(texts, labels, words, damping)
    weights = np.linalg.solve(problem.gram, problem.wanted)
    return Head(problem.classes, weights.astype(np.float32))


def fit_with_leverage(
    texts: Sequence[Features], labels: Sequence[str], words: int, damping: Damping
) -> Fitted:
    """The same head, and what it needs to tell of a text as if it had never seen it."""
    problem = _Problem.of(texts, labels, words, damping)
    inverse = np.linalg.inv(problem.gram)
    head = Head(problem.classes, (inverse @ problem.wanted).astype(np.float32))
    drawn = problem.leverage(inverse).astype(np.float32)
    return Fitted(head, np.minimum(drawn, np.float32(1 - 1e-6)))
