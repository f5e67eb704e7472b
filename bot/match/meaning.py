"""What the sentence model says of every document, in a space turned to the corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# With fewer repeats (examples beyond the first of each document) there is too little to learn
# from, and plain cosines found more (docs/matching.md).
ENOUGH: Final = 1500
# How many repeats the assumption of an even spread is worth.
PRIOR: Final = 4000
NEAREST_EXAMPLES: Final = 3


@dataclass(frozen=True)
class Metric:
    """Puts vectors where their dot product tells how alike two texts are.

    `words` and `body` are the weights of the word channels and of a document's body beside the
    mean cosine of its nearest examples; plain cosines span about .15, turned ones about 1.
    """

    centre: Floats | None = None
    turn: Floats | None = None
    words: float = 1.0
    body: float = 0.5

    @property
    def learnt(self) -> bool:
        """Whether it turns at all: then similarities span about 1, else about .15."""
        return self.turn is not None

    @classmethod
    def of(cls, vectors: Floats, owner: NDArray[np.intp]) -> Metric:
        """Learns how examples of one document differ, and lets such differences count less.

        Within-class covariance normalisation, shrunk towards an even spread: shape of `vectors`
        (n, d), `owner` the document of each.
        """
        documents = int(owner.max(initial=-1)) + 1
        repeats = len(vectors) - documents
        if repeats < ENOUGH:
            return cls()
        centre = vectors.mean(axis=0)
        sums = np.zeros((documents, vectors.shape[1]), dtype=np.float32)
        np.add.at(sums, owner, vectors)
        means = sums / np.maximum(np.bincount(owner, minlength=documents), 1)[:, None]
        within = (vectors - means[owner]).astype(np.float64)
        spread = float(np.square(vectors - centre).sum(axis=1).mean()) / vectors.shape[1]
        scatter = within.T @ within
        scatter[np.diag_indices_from(scatter)] += PRIOR * spread
        values, directions = np.linalg.eigh(scatter / (repeats + PRIOR))
        turn = (directions / np.sqrt(values)) @ directions.T
        return cls(centre, turn.astype(np.float32), words=3.0, body=0.25)

    def __call__(self, vectors: Floats) -> Floats:
        """Unit vectors in the space of comparison: one (d,) or many (n, d)."""
        if self.centre is None or self.turn is None:
            return vectors
        turned = (vectors - self.centre) @ self.turn
        length = np.linalg.norm(turned, axis=-1, keepdims=True)
        result: Floats = (turned / np.maximum(length, 1e-9)).astype(np.float32)
        return result


@dataclass(frozen=True)
class Meaning:
    """Similarity of one question to every document: to the nearest examples, and to the body.

    `vector` is the question's, in the space of comparison.
    """

    examples: Floats
    body: Floats
    vector: Floats


class MeaningIndex:
    """The vectors of a corpus in the space of comparison."""

    def __init__(
        self, metric: Metric, examples: Floats, owner: NDArray[np.intp], bodies: Floats
    ) -> None:
        """Vectors that `metric` has turned: (examples, d), each one's document, (documents, d)."""
        self.metric, self.examples, self.bodies = metric, examples, bodies
        self._shelves = _shelves(owner, len(bodies))

    @classmethod
    def of(cls, examples: Floats, owner: NDArray[np.intp], bodies: Floats) -> MeaningIndex:
        """Of the model's own vectors."""
        metric = Metric.of(examples, owner)
        return cls(metric, metric(examples), owner, metric(bodies))

    def compare(self, vector: Floats, left_out: int | None = None) -> Meaning:
        """Compares a question's own vector; `left_out` is an example asked as if it were new."""
        turned = self.metric(vector)
        similar = self.examples @ turned
        if left_out is not None:
            similar[left_out] = -np.inf
        examples = _nearest_mean(similar, self._shelves, len(self.bodies))
        return Meaning(examples, self.bodies @ turned, turned)


@dataclass(frozen=True)
class _Shelf:
    """Documents with about as many examples: row i holds those of document `owners[i]`.

    Rows are padded with the number past the last example.
    """

    owners: NDArray[np.intp]
    slots: NDArray[np.intp]


def _shelves(owner: NDArray[np.intp], size: int) -> list[_Shelf]:
    """By powers of two, so that few documents with many examples do not widen all the rows."""
    counts = np.bincount(owner, minlength=size)
    starts = np.cumsum(counts) - counts
    widths = 1 << np.ceil(np.log2(np.maximum(counts, 1))).astype(np.intp)
    shelves = []
    for width in np.unique(widths):
        owners = np.flatnonzero(widths == width)
        column = np.arange(width)
        slots = starts[owners, None] + column
        slots[column >= counts[owners, None]] = len(owner)
        shelves.append(_Shelf(owners, slots))
    return shelves


def _nearest_mean(similar: Floats, shelves: list[_Shelf], size: int) -> Floats:
    """Mean of the three largest similarities of each document; fewer where there are fewer."""
    padded = np.append(similar, np.float32(-np.inf))
    result = np.zeros(size, dtype=np.float32)
    for shelf in shelves:
        rows = padded[shelf.slots]
        keep = min(NEAREST_EXAMPLES, rows.shape[1])
        top = np.partition(rows, -keep, axis=1)[:, -keep:]
        real = np.isfinite(top)
        sums = np.where(real, top, 0).sum(axis=1)
        result[shelf.owners] = sums / np.maximum(real.sum(axis=1), 1)
    return result
