"""Recognises that a question is about the procedure of another place."""

from __future__ import annotations

import re
from typing import Final

from bot.language import Gazetteer

# In a longer story a place that opens a clause is mostly where somebody came from.
QUESTION: Final = 40
# What may follow the name of a city and belongs to it: two or three characters and 区 or 县.
_DISTRICT: Final = "(?:[一-鿿]{2,3}[区县])?"
_OPENING: Final = re.compile(
    r"(?:^|[\s,。.!?！？、;；:：]|申请|办理|办|请问|咨询|问下|问一下|查|了解)$"
)


class Places:
    """Finds another place's name, and tells `the card of X` from `someone from X`."""

    def __init__(self, gazetteer: Gazetteer, home: str) -> None:
        """`home` is our own city's name; what contains it is never elsewhere."""
        names = {*gazetteer.provinces, *gazetteer.cities, *gazetteer.countries}
        self._home = home.lower()
        short = self._home.removesuffix("市")
        usable = sorted((n.lower() for n in names if n.lower() not in short), key=len, reverse=True)
        either = "|".join(map(re.escape, usable)) or "(?!)"
        self._names = re.compile(f"({either}){_DISTRICT}")
        self._not_places = tuple(word.lower() for word in gazetteer.not_places)
        self._elsewhere = _split(gazetteer.elsewhere_patterns)
        self._ours = _split(gazetteer.home_patterns)

    def elsewhere(self, text: str) -> str | None:
        """The place whose own procedure is asked for; None if the matter may be ours."""
        if self._home.removesuffix("市") in text:
            return None
        for word in self._not_places:
            text = text.replace(word, "□")
        for found in self._names.finditer(text):
            # Each mention for itself: people from X may ask about X, or about us.
            if _fits(self._ours, text, found):
                continue
            leads = len(text) <= QUESTION and _leads(text[: found.start()])
            if leads or _fits(self._elsewhere, text, found):
                return found[1]
        return None


def _split(patterns: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    halves = (pattern.lower().partition("x") for pattern in patterns)
    return tuple((before, after) for before, _, after in halves)


def _leads(before: str) -> bool:
    """Whether a name opens its clause: there it says whose matter it is (杭州摇号, 澳门身份证).

    After a verb of moving or staying (从, 在, 去, 嫁到) it only says where somebody was.
    """
    return _OPENING.search(before) is not None


def _fits(patterns: tuple[tuple[str, str], ...], text: str, found: re.Match[str]) -> bool:
    """Whether one of the patterns, as what stands before the name and behind, fits around it."""
    before, after = text[: found.start()], text[found.end() :]
    return any(before.endswith(head) and after.startswith(rest) for head, rest in patterns)
