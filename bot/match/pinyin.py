"""Writes what is typed in pinyin in the characters that the city and its language use most."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.match.grams import CHINESE, sounds, spelled, syllable

# Characters and Latin words as they stand together, without a stop between them.
_BREATH: Final = re.compile(r"[㐀-鿿a-z]+(?:\s+[㐀-鿿a-z]+)*")
_LATIN: Final = re.compile(r"[a-z]+(?:\s+[a-z]+)*")
_LONGEST: Final = 6
# How much rarer than the most frequent word one must be before it costs noticeably more.
_EVEN: Final = 50

Changes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Place:
    """A place in a breath: what it sounds like, and what stands there if it was not typed so."""

    sound: str
    stands: str | None


@dataclass(frozen=True, order=True)
class _Reading:
    """How a breath may be meant so far: cost, text, and how many syllables are part of words."""

    cost: float
    text: str
    sure: int


class Pinyin:
    """Knows the words of the city and its language by their sound."""

    def __init__(self, units: Iterable[str], names: Iterable[str]) -> None:
        """`units` are characters and pairs, the most frequent ones first; `names` longer words."""
        self._words: dict[tuple[str, ...], list[tuple[float, str]]] = {}
        for name in names:
            self._learn(name, math.log(_EVEN))
        for rank, unit in enumerate(units):
            self._learn(unit, math.log(_EVEN + rank))

    def _learn(self, word: str, cost: float) -> None:
        if CHINESE.fullmatch(word) and len(word) <= _LONGEST:
            self._words.setdefault(sounds(word), []).append((cost, word))

    def __call__(self, text: str) -> tuple[str, Changes]:
        """The text in characters, and what was replaced: (as typed, as meant).

        Latin words side by side must all be pinyin, or they are English (`how can I ...`); and half
        of the syllables must make words of two or more, or they only look like it (`heating`).
        """
        if not _LATIN.search(text):
            return text, ()
        changes: list[tuple[str, str]] = []

        def written(breath: re.Match[str]) -> str:
            places = _places(breath[0])
            typed = sum(place.stands is None for place in places)
            meant = self._meant(places) if typed else None
            if meant is None or 2 * meant.sure < typed:
                return breath[0]
            changes.append((breath[0], meant.text))
            return meant.text

        return _BREATH.sub(written, text), tuple(changes)

    def _meant(self, places: list[_Place]) -> _Reading | None:
        """The cheapest words that sound so and hold the characters that stand there."""
        best: list[_Reading | None] = [_Reading(0.0, "", 0)]
        for end in range(1, len(places) + 1):
            found = [
                _Reading(before.cost + cost, before.text + word, before.sure + sure)
                for start in range(max(0, end - _LONGEST), end)
                if (before := best[start]) is not None
                for cost, word, sure in self._between(places[start:end])
            ]
            best.append(min(found, default=None))
        return best[-1]

    def _between(self, places: list[_Place]) -> Iterator[tuple[float, str, int]]:
        typed = sum(place.stands is None for place in places)
        if len(places) == 1 and places[0].stands is not None:
            yield 0.0, places[0].stands, 0
        elif typed:
            for cost, word in self._words.get(tuple(place.sound for place in places), ()):
                if all(p.stands in (None, own) for p, own in zip(places, word, strict=True)):
                    yield cost, word, typed if len(word) > 1 else 0
                    return


def _places(breath: str) -> list[_Place]:
    places: list[_Place] = []
    at = 0
    for run in _LATIN.finditer(breath):
        places += _standing(breath[at : run.start()])
        typed = [spelled(word) for word in run[0].split()]
        if all(typed):
            places += [_Place(sound, None) for word in typed for sound in word]
        else:
            places.append(_Place("", f" {run[0]} "))
        at = run.end()
    return places + _standing(breath[at:])


def _standing(characters: str) -> list[_Place]:
    return [_Place(syllable(char), char) for char in characters if char.strip()]
