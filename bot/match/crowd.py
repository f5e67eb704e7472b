"""The nearest examples of talk that is no question on a service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match import bm25, grams
from bot.match.matcher import Scores

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

NEAREST: Final = 3


class Crowd:
    """Examples in named groups; tells how near each group comes, by words and by meaning."""

    def __init__(self, texts: Sequence[str], groups: Sequence[str], vectors: Floats | None) -> None:
        self.groups = tuple(sorted(set(groups)))
        self._members = [
            np.array([i for i, g in enumerate(groups) if g == name]) for name in self.groups
        ]
        self._words = bm25.index([[text] for text in texts], grams.characters)
        self._vectors = vectors

    def gaps(self, text: str, scores: Scores, leave_out: int | None = None) -> Doubles:
        """For each group, how much nearer it is than the best document: words, then meaning.

        `leave_out` is the number of an example that is asked as if it were new.
        """
        words = self._words.scores(grams.characters(text))
        parts = [self._nearest(words, leave_out) - float(scores.words.lexical.max(initial=0))]
        if self._vectors is not None and (meaning := scores.meaning) is not None:
            near = self._nearest(self._vectors @ meaning.vector, leave_out)
            parts.append(near - float(meaning.examples.max(initial=-1)))
        return np.concatenate(parts)

    def _nearest(self, similar: Floats, leave_out: int | None) -> Doubles:
        if leave_out is not None:
            similar = similar.copy()
            similar[leave_out] = -1.0
        return np.array([np.sort(similar[members])[-NEAREST:].mean() for members in self._members])
