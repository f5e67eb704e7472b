"""Finds which of many phrases a text says, in one pass over the text."""

from __future__ import annotations

from collections.abc import Iterable
from operator import add


class Phrases:
    """A set of phrases, found by their first two characters and lengths."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = frozenset(phrases)
        self._singles = frozenset(phrase for phrase in self._phrases if len(phrase) == 1)
        self._lengths: dict[str, set[int]] = {}
        for phrase in self._phrases - self._singles:
            self._lengths.setdefault(phrase[:2], set()).add(len(phrase))

    def said(self, text: str) -> set[str]:
        """The phrases that stand in a text."""
        found = set(self._singles.intersection(text))
        for start, pair in enumerate(map(add, text, text[1:])):
            for length in self._lengths.get(pair, ()):
                if (phrase := text[start : start + length]) in self._phrases:
                    found.add(phrase)
        return found
