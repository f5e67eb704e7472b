"""Recognises that a question is about the procedure of another place."""

from __future__ import annotations

import re
from typing import Final

from bot.language import Gazetteer

# In a longer story a place that opens a clause is mostly where somebody came from.
QUESTION: Final = 40
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
        self._names = re.compile("|".join(map(re.escape, usable)) or r"(?!)")
        self._not_places = tuple(word.lower() for word in gazetteer.not_places)
        self._elsewhere = tuple(p.lower() for p in gazetteer.elsewhere_patterns)
        self._ours = tuple(p.lower() for p in gazetteer.home_patterns)

    def elsewhere(self, text: str) -> str | None:
        """The place whose own procedure is asked for; None if the matter may be ours."""
        if self._home.removesuffix("市") in text:
            return None
        for word in self._not_places:
            text = text.replace(word, "□")
        for found in self._names.finditer(text):
            name = found[0]
            if _fits(self._ours, text, name):
                continue
            leads = len(text) <= QUESTION and _leads(text[: found.start()])
            if leads or _fits(self._elsewhere, text, name):
                return name
        return None


def _leads(before: str) -> bool:
    """Whether a name opens its clause: there it says whose matter it is (杭州摇号, 澳门身份证).

    After a verb of moving or staying (从, 在, 去, 嫁到) it only says where somebody was.
    """
    return _OPENING.search(before) is not None


def _fits(patterns: tuple[str, ...], text: str, name: str) -> bool:
    return any(pattern.replace("x", name) in text for pattern in patterns)
