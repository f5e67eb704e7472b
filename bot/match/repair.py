"""Repairs misspelt words against the city's own vocabulary, and says what it repaired."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import add
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from bot.match.grams import CHINESE, sounds

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
        # How a word begins to sound: few windows begin like one.
        self._openings: set[tuple[str, ...]] = set()
        # By their length, then by their first half and by their second.
        self._by_start: dict[int, dict[str, tuple[str, ...]]] = {}
        self._by_end: dict[int, dict[str, tuple[str, ...]]] = {}
        for word in words:
            if not CHINESE.fullmatch(word) or not 2 <= len(word) <= _LONGEST:
                continue
            sound = sounds(word)
            self._by_sound.setdefault(sound, word)
            self._openings.add(sound[:2])
            if len(word) < _SHORTEST_BY_SIGHT:
                continue
            for halves, half in zip((self._by_start, self._by_end), _halves(word), strict=True):
                known = halves.setdefault(len(word), {})
                known[half] = (*known.get(half, ()), word)

    def __call__(self, text: str) -> Repaired:
        """Replaces windows that hold a pair of characters nobody here writes."""
        changes: list[tuple[str, str]] = []
        result = text
        for run in CHINESE.findall(text):
            fixed = self._run(run, changes)
            if fixed != run:
                result = result.replace(run, fixed, 1)
        return Repaired(result, tuple(changes))

    def _run(self, run: str, changes: list[tuple[str, str]]) -> str:
        strange = self._strange(run)
        spoken = sounds(run) if strange else ()
        at = 0
        while strange and at <= strange[-1]:
            # A shorter window would hold no strange pair, or be too short to be known.
            least = strange[bisect_left(strange, at)] - at + 2
            if spoken[at : at + 2] not in self._openings:
                least = max(least, _SHORTEST_BY_SIGHT)
            for length in range(min(_LONGEST, len(run) - at), least - 1, -1):
                window = run[at : at + length]
                meant = self._meant(window, spoken[at : at + length])
                if meant:
                    changes.append((window, meant))
                    run = run[:at] + meant + run[at + length :]
                    strange, spoken = self._strange(run), sounds(run)
                    at += length - 1
                    break
            at += 1
        return run

    def _strange(self, run: str) -> list[int]:
        """Where pairs of characters begin that nobody here writes, in order."""
        return [at for at, pair in enumerate(map(add, run, run[1:])) if not self._is_known(pair)]

    def _meant(self, window: str, spoken: tuple[str, ...]) -> str | None:
        heard = self._by_sound.get(spoken)
        if heard:
            # 盖新 sounds like 改姓 and means another thing; a slip keeps one character at least.
            slip = any(a == b for a, b in zip(heard, window, strict=True))
            return heard if slip and heard != window else None
        size = len(window)
        if size < _SHORTEST_BY_SIGHT:
            return None
        # One wrong character leaves one half as it was; few words share it.
        start, end = _halves(window)
        near = self._by_start.get(size, {}).get(start, ()) + self._by_end.get(size, {}).get(end, ())
        if not near:
            return None
        seen = process.extractOne(window, near, scorer=Levenshtein.distance, score_cutoff=1)
        return seen[0] if seen else None


def _halves(word: str) -> tuple[str, str]:
    middle = len(word) // 2
    return word[:middle], word[middle:]
