"""Recognises that a question is about the procedure of another place."""

from __future__ import annotations

import re

from bot.language import Gazetteer


class Places:
    """Finds another place's name, and tells `the card of X` from `someone from X`."""

    def __init__(self, gazetteer: Gazetteer, home: str) -> None:
        """`home` is our own city's name; what contains it is never elsewhere."""
        names = {*gazetteer.provinces, *gazetteer.cities, *gazetteer.countries}
        self._home = home.lower()
        short = self._home.removesuffix("市")
        usable = sorted((n.lower() for n in names if n.lower() not in short), key=len, reverse=True)
        self._names = re.compile("|".join(map(re.escape, usable)) or r"(?!)")
        self._not_places = tuple(word.lower() for word in gazetteer.not_places)
        self._elsewhere = tuple(p.lower() for p in gazetteer.elsewhere_patterns)
        self._ours = tuple(p.lower() for p in gazetteer.home_patterns)

    def elsewhere(self, text: str) -> str | None:
        """The place whose own procedure is asked for; None if the matter may be ours."""
        for word in (self._home, self._home.removesuffix("市"), *self._not_places):
            text = text.replace(word, "□")
        for found in self._names.finditer(text):
            name = found[0]
            if _fits(self._elsewhere, text, name) and not _fits(self._ours, text, name):
                return name
        return None


def _fits(patterns: tuple[str, ...], text: str, name: str) -> bool:
    return any(pattern.replace("x", name) in text for pattern in patterns)
