"""Repairs misspelt words against the city's own vocabulary, and says what it repaired."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import add
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from bot.match.grams import syllable

_CJK: Final = re.compile(r"[㐀-鿿]+")
_LONGEST: Final = 6
# One wrong character in a word of three leaves too little to know it by; sound must agree then.
_SHORTEST_BY_SIGHT: Final = 4


@dataclass(frozen=True)
class Repaired:
    """A text with misspelt words replaced; `changes` are (as written, as meant)."""

    text: str
    changes: tuple[tuple[str, str], ...]


class Repairer:
    """Knows the city's words, by their characters and by their sound."""

    def __init__(self, words: Iterable[str], is_known: Callable[[str], bool]) -> None:
        """`is_known` tells whether a pair of characters occurs in the city's texts at all."""
        self._is_known = is_known
        self._by_sound: dict[tuple[str, ...], str] = {}
        self._by_half: dict[tuple[int, str, bool], list[str]] = {}
        for word in words:
            if not _CJK.fullmatch(word) or not 2 <= len(word) <= _LONGEST:
                continue
            self._by_sound.setdefault(tuple(map(syllable, word)), word)
            if len(word) >= _SHORTEST_BY_SIGHT:
                for half in _halves(word):
                    self._by_half.setdefault(half, []).append(word)

    def __call__(self, text: str) -> Repaired:
        """Replaces windows that hold a pair of characters nobody here writes."""
        changes: list[tuple[str, str]] = []
        result = text
        for run in _CJK.findall(text):
            fixed = self._run(run, changes)
            if fixed != run:
                result = result.replace(run, fixed, 1)
        return Repaired(result, tuple(changes))

    def _run(self, run: str, changes: list[tuple[str, str]]) -> str:
        strange = self._strange(run)
        at = 0
        while strange and at <= strange[-1]:
            first = strange[bisect_left(strange, at)]
            # A shorter window would hold no strange pair.
            for length in range(min(_LONGEST, len(run) - at), first - at + 1, -1):
                window = run[at : at + length]
                meant = self._meant(window)
                if meant:
                    changes.append((window, meant))
                    run = run[:at] + meant + run[at + length :]
                    strange = self._strange(run)
                    at += length - 1
                    break
            at += 1
        return run

    def _strange(self, run: str) -> list[int]:
        """Where pairs of characters begin that nobody here writes, in order."""
        return [at for at, pair in enumerate(map(add, run, run[1:])) if not self._is_known(pair)]

    def _meant(self, window: str) -> str | None:
        heard = self._by_sound.get(tuple(map(syllable, window)))
        if heard:
            # 盖新 sounds like 改姓 and means another thing; a slip keeps one character at least.
            slip = any(a == b for a, b in zip(heard, window, strict=True))
            return heard if slip and heard != window else None
        if len(window) < _SHORTEST_BY_SIGHT:
            return None
        # One wrong character leaves one half as it was; few words share it.
        near = [word for half in _halves(window) for word in self._by_half.get(half, ())]
        if not near:
            return None
        seen = process.extractOne(window, near, scorer=Levenshtein.distance, score_cutoff=1)
        return seen[0] if seen else None


def _halves(word: str) -> tuple[tuple[int, str, bool], tuple[int, str, bool]]:
    """The word's length with its first half, and with its second."""
    middle = len(word) // 2
    return (len(word), word[:middle], True), (len(word), word[middle:], False)
