"""The nearest examples of talk that is no question on a service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match import bm25, grams
from bot.match.bm25 import Bm25
from bot.match.matcher import Scores

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

NEAREST: Final = 3


class Crowd:
    """Examples in named groups; tells how near each group comes, by words and by meaning."""

    def __init__(self, words: Bm25, owners: Sequence[str], vectors: Floats | None) -> None:
        """`words` indexes the examples, `owners` names the group of each.

        `vectors` are those of the examples in the space of comparison.
        """
        self.words, self.owners, self.vectors = words, tuple(owners), vectors
        self.groups = tuple(sorted(set(owners)))
        # The numbers of the texts group by group, and where each group ends.
        self._order = np.array(sorted(range(len(owners)), key=owners.__getitem__), dtype=np.intp)
        ends = np.cumsum([owners.count(name) for name in self.groups]).tolist()
        self._spans = list(zip([0, *ends], ends, strict=False))

    @classmethod
    def of(cls, texts: Sequence[str], owners: Sequence[str], vectors: Floats | None) -> Crowd:
        """Of normalised examples."""
        return cls(bm25.index([[text] for text in texts], grams.characters), owners, vectors)

    def gaps(self, text: str, scores: Scores, leave_out: int | None = None) -> Doubles:
        """For each group, how much nearer it is than the best document: words, then meaning.

        `leave_out` is the number of an example that is asked as if it were new.
        """
        words = self.words.scores(grams.characters(text))
        parts = [self._nearest(words, leave_out) - float(scores.words.lexical.max(initial=0))]
        if self.vectors is not None and (meaning := scores.meaning) is not None:
            near = self._nearest(self.vectors @ meaning.vector, leave_out)
            parts.append(near - float(meaning.examples.max(initial=-1)))
        return np.concatenate(parts)

    def _nearest(self, similar: Floats, leave_out: int | None) -> Doubles:
        if leave_out is not None:
            similar = similar.copy()
            similar[leave_out] = -1.0
        grouped = similar[self._order]
        return np.array([_mean_of_best(grouped[start:end]) for start, end in self._spans])


def _mean_of_best(similar: Floats) -> float:
    """`similar` is changed: to look for the largest three times is quicker than to sort."""
    keep, total = min(NEAREST, len(similar)), 0.0
    for _ in range(keep):
        at = similar.argmax()
        total += float(similar[at])
        similar[at] = -np.inf
    return total / keep
