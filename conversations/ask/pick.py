"""Reads an answer against what was offered: a number, a name, an ordinal, a material."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from bot.talk import TRAILING

if TYPE_CHECKING:
    from bot.guide import Material

_NUMERALS: Final = {c: i for i, c in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_NUMBER: Final = re.compile(
    r"^(?:第|选|option |no\.? ?)?([0-9]{1,2}|[一二两三四五六七八九十])(?:个|号|项|条|样|\.)?$"
)
_ORDINAL: Final = re.compile(r"第([0-9]{1,2}|[一二三四五六七八九十])(?:个|样|项|条|种|件)")
_ENGLISH: Final = {
    word: str(i)
    for words in (("one", "two", "three", "four", "five"), ("first", "second", "third", "fourth"))
    for i, word in enumerate(words, 1)
}
_LATIN_ORDINAL: Final = re.compile(r"\b(first|second|third|fourth|fifth)\b")
_NONE: Final = ("都不是", "都不对", "没有我要的", "不是这些", "none", "none of these", "neither")
# So many characters in a row of a name are taken for it.
PART: Final = 3


def choice(text: str, offered: Iterable[Mapping[str, Any]]) -> str | None:
    """The id of the offered choice that a text picks: by its number, or by its name."""
    options = list(offered)
    if not options or not text:
        return None
    said = text.strip(TRAILING)
    said = _ENGLISH.get(said.removeprefix("the ").removesuffix(" one"), said)
    if found := _NUMBER.match(said):
        index = _value(found[1]) - 1
        return str(options[index]["id"]) if 0 <= index < len(options) else None
    if said in _NONE:
        return next((str(o["id"]) for o in options if o["id"] == "none"), None)
    return next((str(o["id"]) for o in options if o["label"] and said == o["label"].lower()), None)


def ordinal(text: str) -> int | None:
    """Index (from 0) of 第二样 or `the second one`; None if none is said."""
    if found := _ORDINAL.search(text):
        return _value(found[1]) - 1
    if latin := _LATIN_ORDINAL.search(text):
        return ("first", "second", "third", "fourth", "fifth").index(latin[1])
    return None


def material(text: str, materials: Iterable[Material]) -> Material | None:
    """The material whose name is said, the longest name winning; else one said in part."""
    known = list(materials)
    named = [m for m in known if any(part in text for part in _parts(m.name))]
    if named:
        return max(named, key=lambda m: len(m.name))
    said = [m for m in known if any(_said_in_part(part, text) for part in _parts(m.name))]
    # 户口本 is part of several: then nobody knows which is meant.
    return said[0] if len(said) == 1 else None


def names_any(text: str, materials: Iterable[Material]) -> bool:
    """Whether a material is spoken of, though it may be unclear which."""
    parts = [part for m in materials for part in _parts(m.name)]
    return any(part in text or _said_in_part(part, text) for part in parts)


def _said_in_part(name: str, text: str) -> bool:
    """火化证 for 火化证明, 身份证 for 死者身份证."""
    return any(name[at : at + PART] in text for at in range(len(name) - PART + 1))


def _parts(name: str) -> list[str]:
    """A material's name without what stands in brackets, and its everyday short forms."""
    plain = re.sub(r"[（(《].*?[）)》]", "", name).strip().lower()
    quoted = re.findall(r"《(.+?)》", name)
    parts = [p for p in (plain, *quoted) if len(p) >= 2]
    return parts + [p.replace("户口簿", "户口本") for p in parts if "户口簿" in p]


def _value(numeral: str) -> int:
    return int(numeral) if numeral.isdigit() else _NUMERALS[numeral]
