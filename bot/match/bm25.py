"""BM25 as the share of a question that a document explains."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

K1: Final = 1.2
B: Final = 0.75

Floats = NDArray[np.float32]


class Bm25:
    """An inverted index. Scores lie in 0..about 2.2: explained idf over the question's total idf.

    Query units are counted once, and an unknown one counts as the rarest (MATCHING: otherwise
    a question of unknown words looks well explained by the one word that is known).
    """

    def __init__(self, documents: Sequence[Iterable[str]]) -> None:
        """`documents` are bags of units, repeats counted."""
        self.size = len(documents)
        counts = [Counter(document) for document in documents]
        lengths = np.array([sum(c.values()) for c in counts], dtype=np.float32)
        mean = float(lengths.mean()) if self.size else 1.0
        postings: dict[str, tuple[list[int], list[int]]] = {}
        for i, count in enumerate(counts):
            for unit, times in count.items():
                ids, tfs = postings.setdefault(unit, ([], []))
                ids.append(i)
                tfs.append(times)
        norm: Floats = np.float32(K1) * (1 - B + B * lengths / np.float32(max(mean, 1e-9)))
        self._postings: dict[str, tuple[NDArray[np.intp], Floats]] = {}
        self._idf: dict[str, float] = {}
        for unit, (ids, tfs) in postings.items():
            idf = math.log(1 + (self.size - len(ids) + 0.5) / (len(ids) + 0.5))
            index = np.array(ids, dtype=np.intp)
            tf = np.array(tfs, dtype=np.float32)
            weight: Floats = np.float32(idf * (K1 + 1)) * tf / (tf + norm[index])
            self._postings[unit] = (index, weight)
            self._idf[unit] = idf
        self._counts, self._norm = counts, norm
        self._lengths, self._mean = lengths, max(mean, 1e-9)
        self._largest = math.log(1 + (self.size + 0.5) / 0.5)

    def idf(self, unit: str) -> float:
        """How much a unit tells; the largest value for one that no document holds."""
        return self._idf.get(unit, self._largest)

    def __contains__(self, unit: str) -> bool:
        return unit in self._idf

    def scores(self, units: Iterable[str]) -> Floats:
        """A score for every document."""
        result = np.zeros(self.size, dtype=np.float32)
        total = 0.0
        for unit in units:
            total += self.idf(unit)
            found = self._postings.get(unit)
            if found is not None:
                # Each document stands once in a posting list, so plain indexed addition is safe.
                result[found[0]] += found[1]
        return result / np.float32(total) if total else result

    def score_without(self, document: int, units: Iterable[str]) -> float:
        """The document's score if one of its texts, holding just `units`, were taken out."""
        units = set(units)
        count = self._counts[document]
        length = float(self._lengths[document]) - len(units)
        norm = K1 * (1 - B + B * length / self._mean)
        explained = sum(
            self.idf(unit) * tf * (K1 + 1) / (tf + norm)
            for unit in units
            if (tf := count[unit] - 1) > 0
        )
        total = sum(self.idf(unit) for unit in units)
        return explained / total if total else 0.0

    def known_share(self, units: Iterable[str]) -> float:
        """Share of the units' total idf that any document holds (0..1)."""
        weights = [(self.idf(unit), unit in self._idf) for unit in units]
        total = sum(weight for weight, _ in weights)
        return sum(weight for weight, known in weights if known) / total if total else 0.0


def index(texts: Sequence[Sequence[str]], units: Callable[[str], set[str]]) -> Bm25:
    """Indexes documents that consist of several texts; a unit counts once a text."""
    return Bm25([[unit for text in document for unit in units(text)] for document in texts])
