"""Pure measures of one ranked list against graded judgements."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

Grades = Mapping[str, float]


def success_at(k: int, ranked: Sequence[str], grades: Grades) -> float:
    """1 if any of the first k is right, else 0."""
    return float(any(_right(item, grades) for item in ranked[:k]))


def reciprocal_rank(ranked: Sequence[str], grades: Grades) -> float:
    """One over the place of the first right item; 0 if there is none."""
    places = (place for place, item in enumerate(ranked, 1) if _right(item, grades))
    return 1 / next(places, math.inf)


def average_precision(ranked: Sequence[str], grades: Grades) -> float:
    """Mean, over all right items, of the precision at each one's place; 0 for one not ranked."""
    found, total = 0, 0.0
    for place, item in enumerate(ranked, 1):
        if _right(item, grades):
            found += 1
            total += found / place
    return total / _count(grades) if _count(grades) else 0.0


def precision_at(k: int, ranked: Sequence[str], grades: Grades) -> float:
    """Share of the first k places that hold a right item; an empty place counts as wrong."""
    return sum(_right(item, grades) for item in ranked[:k]) / k


def ndcg_at(k: int, ranked: Sequence[str], grades: Grades) -> float:
    """Discounted gain over the best possible one; the gain is the grade itself, as in trec_eval."""
    best = _gain(sorted(grades.values(), reverse=True)[:k])
    return _gain(grades.get(item, 0.0) for item in ranked[:k]) / best if best else 0.0


def mean(values: Iterable[float]) -> float:
    """The mean; 0 of nothing."""
    kept = list(values)
    return math.fsum(kept) / len(kept) if kept else 0.0


def _gain(grades: Iterable[float]) -> float:
    return sum(max(g, 0.0) / math.log2(place + 1) for place, g in enumerate(grades, 1))


def _right(item: str, grades: Grades) -> bool:
    return grades.get(item, 0.0) > 0


def _count(grades: Grades) -> int:
    return sum(grade > 0 for grade in grades.values())
