"""Normalises a citizen's text: width, script, case, numerals, controls, dialect and filler."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

_SPACE: Final = re.compile(r"\s+")
_CJK: Final = re.compile(r"[㐀-鿿]")
_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
# Only before a unit of age or time: 第二十条, 一下 and 三亚 are no quantities.
_NUMERAL: Final = re.compile(
    r"([零〇一二两三四五六七八九十百千]{1,8})(?=(?:多)?(?:周岁|岁|个月|年|天|个工作日))"
)
_QUOTES: Final = str.maketrans("‘’“”", "''\"\"")
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
# In Taiwan the particle 着 is written like the 著 of a book; opencc's own table takes 么 for 幺.
_PARTICLE: Final = re.compile(r"(?<![显土名专巨原编合论译])著(?![名作者称述])")
_EMOJI_PARTS: Final = "\u200d\ufe0e\ufe0f"


@lru_cache(maxsize=4)
def _converter(config: str) -> Any:
    import opencc  # noqa: PLC0415 - loads dictionaries

    return opencc.OpenCC(config)


def to_simplified(text: str) -> str:
    """Traditional characters to simplified ones."""
    return _PARTICLE.sub("着", str(_converter("t2s").convert(text)))


def to_traditional(text: str) -> str:
    """Simplified characters to those traditional ones that most people write (才, not 纔)."""
    return str(_converter("s2tw").convert(text))


def clean(text: str) -> str:
    """Takes away what no reader sees: controls, NUL, lone surrogates, direction marks."""
    if text.isprintable() and not any(part in text for part in _EMOJI_PARTS):
        return text.strip()
    return "".join(map(_visible, text)).strip()


def _visible(char: str) -> str:
    if char in "\n\t" or char in _EMOJI_PARTS:
        return "" if char in _EMOJI_PARTS else char
    category = unicodedata.category(char)
    # A format character stands within a word, a control or a broken character between words.
    if category == "Cf":
        return ""
    return " " if category in ("Cc", "Cs", "Co") else char


def number(numeral: str) -> int | None:
    """A Chinese numeral as a number: 三十五 -> 35, 二〇二六 -> 2026; None if it is none.

    Digits without a unit are a year if there are four (二〇二六), else an estimate (三四个月).
    """
    if all(char in _DIGITS for char in numeral):
        digits = [_DIGITS[char] for char in numeral]
        return int("".join(map(str, digits))) if len(digits) in (1, 4) else None
    total, digit = 0, 0
    for char in numeral:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[char], 0
        else:
            return None
    return total + digit


def _arabic(match: re.Match[str]) -> str:
    value = number(match[1])
    return match[1] if value is None else str(value)


@dataclass(frozen=True)
class Normal:
    """A normalised text, and whether it was written in traditional characters."""

    text: str
    traditional: bool


def _any_of(rules: Iterable[str]) -> str:
    """A pattern of rewrites, the longest first; a Latin word must stand alone: no tax in a taxi."""
    longest_first = sorted(filter(None, rules), key=len, reverse=True)
    if not longest_first:
        return r"(?!)"
    # Seen first whether any begins here: else every place of a text would try them all.
    beginnings = "".join(sorted({re.escape(rule[0]) for rule in longest_first}))
    return f"(?=[{beginnings}])(?:{'|'.join(map(_whole, longest_first))})"


def _whole(rule: str) -> str:
    latin = rule.isascii() and rule[0].isalpha() and rule[-1].isalpha()
    return rf"(?<![a-z]){re.escape(rule)}(?![a-z])" if latin else re.escape(rule)


class Normaliser:
    """Brings any writing of a question to one form; `rewrites` turn dialect into standard words."""

    def __init__(self, rewrites: Mapping[str, str] | None = None) -> None:
        rewrites = {to_simplified(k).lower(): v for k, v in (rewrites or {}).items()}
        self._rewrites = rewrites
        self._pattern = re.compile(_any_of(rewrites))

    def __call__(self, text: str) -> Normal:
        """Normalises; never raises, whatever the text holds."""
        wide = unicodedata.normalize("NFKC", clean(text)).translate(_QUOTES)
        simplified = to_simplified(wide)
        changed = sum(a != b for a, b in zip(wide, simplified, strict=False))
        traditional = changed >= 2 or (changed == 1 and len(_CJK.findall(wide)) <= 6)
        plain = self._pattern.sub(lambda m: self._rewrites[m[0]], simplified.lower())
        plain = _NUMERAL.sub(_arabic, plain)
        return Normal(_SPACE.sub(" ", plain).strip(), traditional)


def has_words(text: str) -> bool:
    """Whether anything is left to read: a letter or digit of any script."""
    return any(char.isalnum() for char in text)
