"""BM25 as the share of a question that a document explains."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

K1: Final = 1.2
B: Final = 0.75

Floats = NDArray[np.float32]


# A unit in so many of the documents is kept as a whole row: adding rows is quicker than adding at
# many positions once there are that many; below, a row costs more memory traffic than it saves.
COMMON: Final = 0.1
MANY: Final = 200


class Bm25:
    """An inverted index. Scores lie in 0..about 2.2: explained idf over the question's total idf.

    Query units are counted once, and an unknown one counts as the rarest (MATCHING: otherwise
    a question of unknown words looks well explained by the one word that is known).
    """

    def __init__(self, documents: Sequence[Iterable[str]]) -> None:
        """`documents` are bags of units, repeats counted."""
        self.size = len(documents)
        # A unit's number is how many were seen before it.
        numbered: defaultdict[str, int] = defaultdict()
        numbered.default_factory = numbered.__len__
        units: list[int] = []
        times: list[int] = []
        widths: list[int] = []
        for document in documents:
            counts = Counter(document)
            units.extend(map(numbered.__getitem__, counts))
            times.extend(counts.values())
            widths.append(len(counts))
        self._numbers = dict(numbered)
        numbers = np.array(units, dtype=np.int32)
        owners = np.repeat(np.arange(self.size, dtype=np.int32), widths)
        order = np.argsort(numbers, kind="stable")
        spread = np.bincount(numbers, minlength=len(self._numbers))
        # One unit's postings lie between two offsets, its documents ascending. As plain numbers:
        # a question looks up hundreds of them, and numpy hands out one number slowly.
        ends = np.cumsum(spread).tolist()
        self._spans = list(zip([0, *ends], ends, strict=False))
        self._owners = owners[order]
        self._times = np.array(times, dtype=np.float32)[order]
        idf = np.log(1 + (self.size - spread + 0.5) / (spread + 0.5)).astype(np.float32)
        self._idfs: list[float] = idf.tolist()
        self._largest = math.log(1 + (self.size + 0.5) / 0.5)
        self._lengths = np.bincount(
            self._owners, weights=self._times, minlength=max(self.size, 1)
        ).astype(np.float32)
        self._mean = max(float(self._lengths.mean()), 1e-9)
        norm: Floats = np.float32(K1) * (1 - B + B * self._lengths / np.float32(self._mean))
        self._weights: Floats = (
            np.repeat(idf, spread)
            * np.float32(K1 + 1)
            * self._times
            / (self._times + norm[self._owners])
        )
        self._rows = {
            int(number): self._row(int(number))
            for number in np.flatnonzero(spread > max(COMMON * self.size, MANY))
        }

    def _row(self, number: int) -> Floats:
        row = np.zeros(self.size, dtype=np.float32)
        start, end = self._spans[number]
        row[self._owners[start:end]] = self._weights[start:end]
        return row

    def idf(self, unit: str) -> float:
        """How much a unit tells; the largest value for one that no document holds."""
        number = self._numbers.get(unit)
        return self._largest if number is None else self._idfs[number]

    def __contains__(self, unit: str) -> bool:
        return unit in self._numbers

    def scores(self, units: Iterable[str]) -> Floats:
        """A score for every document."""
        result = np.zeros(self.size, dtype=np.float32)
        total = 0.0
        owners, weights = [], []
        for unit in units:
            number = self._numbers.get(unit)
            if number is None:
                total += self._largest
                continue
            total += self._idfs[number]
            row = self._rows.get(number)
            if row is not None:
                result += row
            else:
                start, end = self._spans[number]
                owners.append(self._owners[start:end])
                weights.append(self._weights[start:end])
        if owners:
            # All the rare units at once: most have so few documents that the call is the cost.
            np.add.at(result, np.concatenate(owners, dtype=np.intp), np.concatenate(weights))
        if total:
            result /= np.float32(total)
        return result

    def score_without(self, document: int, units: Iterable[str]) -> float:
        """The document's score if one of its texts, holding just `units`, were taken out."""
        units = set(units)
        length = float(self._lengths[document]) - len(units)
        norm = K1 * (1 - B + B * length / self._mean)
        explained = 0.0
        for unit in units:
            left = self._count(unit, document) - 1
            if left > 0:
                explained += self.idf(unit) * left * (K1 + 1) / (left + norm)
        total = sum(map(self.idf, units))
        return explained / total if total else 0.0

    def _count(self, unit: str, document: int) -> float:
        number = self._numbers.get(unit)
        if number is None:
            return 0.0
        start, end = self._spans[number]
        at = start + int(np.searchsorted(self._owners[start:end], document))
        found = at < end and self._owners[at] == document
        return float(self._times[at]) if found else 0.0


def index(texts: Sequence[Sequence[str]], units: Callable[[str], set[str]]) -> Bm25:
    """Indexes documents that consist of several texts; a unit counts once a text."""
    return Bm25([[unit for text in document for unit in units(text)] for document in texts])
