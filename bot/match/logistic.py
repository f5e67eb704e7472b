"""Logistic regression on a handful of features: turns scores into probabilities."""

from __future__ import annotations

import math
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

    def probability(self, features: Doubles) -> float:
        """How probable it is for one row of features."""
        scaled = (features - self.mean) / self.spread
        logit = float(scaled @ self.weights[:-1]) + float(self.weights[-1])
        return 1 / (1 + math.exp(-min(max(logit, -30.0), 30.0)))


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
