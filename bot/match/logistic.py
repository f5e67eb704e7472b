"""Logistic regression on a handful of features: turns scores into probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

STEPS: Final = 30
SHRINK: Final = 1e-2


@dataclass(frozen=True)
class Logistic:
    """Weights for standardised features; the last weight is the constant."""

    mean: Doubles
    spread: Doubles
    weights: Doubles


class Gates:
    """Named regressions on the same features, asked together."""

    def __init__(self, gates: Mapping[str, Logistic]) -> None:
        self._names = tuple(gates)
        ones = tuple(gates.values())
        # Standardising is folded into the weights.
        self._slopes = np.stack([one.weights[:-1] / one.spread for one in ones])
        shifts = [slope @ one.mean for slope, one in zip(self._slopes, ones, strict=True)]
        self._constants = np.array([one.weights[-1] for one in ones]) - shifts

    def probabilities(self, features: Doubles) -> dict[str, float]:
        """How probable each is for one row of features."""
        logits = np.clip(self._slopes @ features + self._constants, -30, 30)
        return dict(zip(self._names, (1 / (1 + np.exp(-logits))).tolist(), strict=True))


def fit(features: Doubles, truth: NDArray[np.bool_], weight: Doubles) -> Logistic:
    """Fits by Newton's method with a little shrinkage, which keeps separable data finite."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    rows = np.hstack([(features - mean) / spread, np.ones((len(features), 1))])
    weight = weight / weight.mean()
    beta = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(rows @ beta, -30, 30)))
        slope = rows.T @ (weight * (truth - p)) - SHRINK * len(rows) * beta
        curve = (rows * (weight * p * (1 - p))[:, None]).T @ rows
        curve[np.diag_indices_from(curve)] += SHRINK * len(rows)
        beta = beta + np.linalg.solve(curve, slope)
    return Logistic(mean, spread, beta)
