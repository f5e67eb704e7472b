"""A linear head on sentence vectors: ridge regression, with exact leave-one-out scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RIDGE: Final = 0.3


@dataclass(frozen=True)
class Head:
    """`weights` (d+1, classes) give a score near 1 for a vector's own class and 0 for others.

    `held_out` (n, classes) are each training row's scores by a head that never saw that row.
    """

    weights: Floats
    held_out: Floats

    def scores(self, vector: Floats) -> Floats:
        """A score for every class."""
        return vector @ self.weights[:-1] + self.weights[-1]


def fit(vectors: Floats, classes: NDArray[np.intp], size: int, ridge: float = RIDGE) -> Head:
    """Fits by the normal equations, each class weighing the same whatever its examples.

    Leave-one-out needs no refit: the residual is divided by one minus the row's leverage.
    """
    rows = np.hstack([vectors - 0, np.ones((len(vectors), 1), np.float32)]).astype(np.float64)
    targets = np.zeros((len(rows), size))
    targets[np.arange(len(rows)), classes] = 1.0
    counts = np.maximum(np.bincount(classes, minlength=size), 1)
    weight = (counts.mean() / counts)[classes][:, None]
    gram = rows.T @ (rows * weight)
    gram[np.diag_indices(len(gram) - 1)] += ridge
    inverse = np.linalg.inv(gram)
    weights = inverse @ (rows.T @ (targets * weight))
    fitted = rows @ weights
    leverage = np.einsum("ij,jk,ik->i", rows, inverse, rows)[:, None] * weight
    held_out = targets - (targets - fitted) / np.maximum(1 - leverage, 1e-6)
    return Head(weights.astype(np.float32), held_out.astype(np.float32))
