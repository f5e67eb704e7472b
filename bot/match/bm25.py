"""BM25 as the share of a question that a document explains."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match.grams import Units

K1: Final = 1.2
B: Final = 0.75

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]
Weights = NDArray[np.uint16] | Floats


# A unit in so many of the documents is kept as a whole row: adding rows is quicker than adding at
# many positions once there are that many; below, a row costs more memory traffic than it saves.
COMMON: Final = 0.1
MANY: Final = 200
# So many cells are rows in any case: 16 MB, and a small corpus needs nothing but rows.
CELLS: Final = 1 << 22
# Rows of this length are added one by one; shorter ones are gathered first, which copies them.
WIDE: Final = 2500
# From WIDE documents on weights are whole numbers, so small that those of TELLING units add up
# within sixteen bits: half of what floats take, and memory is what a large corpus waits for.
STEPS: Final = 1023
# Of a long question only so many units are looked for, the rarest first: what stands in every
# other document tells them apart no more, but each unit costs a walk through its documents.
TELLING: Final = 64


@dataclass(frozen=True)
class Postings:
    """Which document holds which unit how many times: all that an index is made of.

    `spread` tells how many documents hold each of `units`; `owners` and `times` list these
    documents unit after unit, ascending, and how often each holds it.
    """

    size: int
    units: tuple[str, ...]
    spread: NDArray[np.int32]
    owners: NDArray[np.int32]
    times: NDArray[np.int32]

    @classmethod
    def of(cls, documents: Sequence[Iterable[str]]) -> Postings:
        """Of documents that are bags of units, repeats counted."""
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
        numbers = np.array(units, dtype=np.int32)
        owners = np.repeat(np.arange(len(documents), dtype=np.int32), widths)
        order = np.argsort(numbers, kind="stable")
        return cls(
            size=len(documents),
            units=tuple(numbered),
            spread=np.bincount(numbers, minlength=len(numbered)).astype(np.int32),
            owners=owners[order],
            times=np.array(times, dtype=np.int32)[order],
        )


class Bm25:
    """An inverted index. Scores lie in 0..about 2.2: explained idf over the question's total idf.

    Query units are counted once, and an unknown one counts as the rarest (MATCHING: otherwise
    a question of unknown words looks well explained by the one word that is known). `step` is
    what one of its whole numbers is worth; 1 where it keeps floats.
    """

    def __init__(self, postings: Postings) -> None:
        self.postings = postings
        # A question's units are asked for more than once.
        self._known = lru_cache(maxsize=16)(self._look_up)
        self.size, spread = postings.size, postings.spread
        self._wide = self.size >= WIDE
        self._numbers = dict(zip(postings.units, range(len(spread)), strict=True))
        # One unit's postings begin here, its documents ascending.
        self._starts = np.cumsum(spread, dtype=np.intp) - spread
        # As numpy indexes: else each look-up would convert its part anew.
        self._owners = postings.owners.astype(np.intp)
        self._times = postings.times.astype(np.float32)
        self._idf: Floats = np.log(1 + (self.size - spread + 0.5) / (spread + 0.5)).astype(
            np.float32
        )
        self._largest = math.log(1 + (self.size + 0.5) / 0.5)
        self._lengths = np.bincount(
            self._owners, weights=self._times, minlength=max(self.size, 1)
        ).astype(np.float32)
        self._mean = max(float(self._lengths.mean()), 1e-9)
        norm: Floats = np.float32(K1) * (1 - B + B * self._lengths / np.float32(self._mean))
        weights: Floats = (
            np.repeat(self._idf, spread)
            * np.float32(K1 + 1)
            * self._times
            / (self._times + norm[self._owners])
        )
        self.step = 1.0
        self._weights: Weights = weights
        if self._wide:
            self.step = float(weights.max(initial=0)) / STEPS or 1.0
            self._weights = np.round(weights / np.float32(self.step)).astype(np.uint16)
        # The row of each unit that has one, else -1.
        self._row_of = np.full(len(spread), -1, dtype=np.intp)
        self._rows = self._common(spread)

    def _common(self, spread: NDArray[np.int32]) -> Weights:
        least = max(COMMON * self.size, MANY) if self.size * len(spread) > CELLS else 0
        common = np.flatnonzero(spread > least)
        self._row_of[common] = np.arange(len(common))
        found: Weights = np.zeros((len(common), self.size), dtype=self._weights.dtype)
        rows = np.repeat(self._row_of, spread)
        kept = rows >= 0
        found[rows[kept], self._owners[kept]] = self._weights[kept]
        return found

    def idf(self, unit: str) -> float:
        """How much a unit tells; the largest value for one that no document holds."""
        number = self._numbers.get(unit)
        return self._largest if number is None else float(self._idf[number])

    def total(self, units: Units) -> float:
        """How much all units tell together."""
        return self._known(units)[1]

    def __contains__(self, unit: str) -> bool:
        return unit in self._numbers

    def scores(self, units: Units) -> Floats:
        """A score for every document."""
        known, total = self._known(units)
        telling = self._telling(known)
        rows = self._row_of[telling]
        result = self._sum(rows[rows >= 0])
        rare = telling[rows < 0]
        if len(rare):
            # All of them at once: most have so few documents that each call would be the cost.
            counts = self.postings.spread[rare]
            ends = np.cumsum(counts)
            at = np.arange(ends[-1]) + np.repeat(self._starts[rare] - ends + counts, counts)
            np.add.at(result, self._owners[at], self._weights[at])
        found: Floats = result * np.float32(self.step / total if total else 0)
        return found

    def _sum(self, rows: Numbers) -> Weights:
        if not self._wide:
            short: Weights = np.add.reduce(self._rows[rows], axis=0, dtype=self._weights.dtype)
            return short
        result = np.zeros(self.size, dtype=self._weights.dtype)
        for row in rows:
            result += self._rows[row]
        return result

    def _look_up(self, units: Units) -> tuple[Numbers, float]:
        """The numbers of those units that some document holds, and the idf of all."""
        found = [number for number in map(self._numbers.get, units) if number is not None]
        known = np.array(found, dtype=np.intp)
        strange = self._largest * (len(units) - len(found))
        return known, strange + float(np.add.reduce(self._idf[known]))

    def _telling(self, known: Numbers) -> Numbers:
        if len(known) <= TELLING:
            return known
        rarest: Numbers = np.argsort(-self._idf[known], kind="stable")[:TELLING]
        return known[rarest]

    def score_without(self, document: int, units: Units) -> float:
        """The document's score if one of its texts, holding just `units`, were taken out."""
        length = float(self._lengths[document]) - len(units)
        norm = K1 * (1 - B + B * length / self._mean)
        known, total = self._known(units)
        explained = 0.0
        for number in self._telling(known).tolist():
            left = self._count(number, document) - 1
            if left > 0:
                explained += float(self._idf[number]) * left * (K1 + 1) / (left + norm)
        return explained / total if total else 0.0

    def _count(self, number: int, document: int) -> float:
        start = int(self._starts[number])
        end = start + int(self.postings.spread[number])
        at = start + int(np.searchsorted(self._owners[start:end], document))
        found = at < end and self._owners[at] == document
        return float(self._times[at]) if found else 0.0


def index(texts: Sequence[Sequence[str]], units: Callable[[str], Units]) -> Bm25:
    """Indexes documents that consist of several texts; a unit counts once a text."""
    bags = [[unit for text in document for unit in units(text)] for document in texts]
    return Bm25(Postings.of(bags))
