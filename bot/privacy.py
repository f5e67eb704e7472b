"""Masks ID-card and bank-card numbers before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# \d is any script's digit: a full-width number is as personal as another. People write an ID
# number in groups of 6, 8 and 4, and a card number in groups of 4.
_ID: Final = re.compile(r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXxＸｘ](?!\d)")
_CARD: Final = re.compile(r"(?<!\d)(?:\d{15,19}|\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?)(?!\d)")
MASK: Final = "▇▇▇▇"


def mask(text: str) -> str:
    """Replaces ID-card numbers (GB 11643) and bank-card numbers (Luhn) by a block."""
    text = _ID.sub(lambda m: MASK if _looks_like_id(m[0]) else m[0], text)
    return _CARD.sub(lambda m: MASK if _is_card(m[0]) else m[0], text)


def hide(text: str, parts: Iterable[str]) -> str:
    """Replaces parts of a text, such as a phone number, by a block."""
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, MASK)
    return text


def _looks_like_id(written: str) -> bool:
    """A mistyped check digit is still personal: a plausible birth date is enough."""
    signs = [c for c in written if c not in " -"]
    digits = [int(c) for c in signs if c.isdecimal()]
    month, day = digits[10] * 10 + digits[11], digits[12] * 10 + digits[13]
    check = sum(a * b for a, b in zip(digits, _ID_WEIGHTS, strict=False)) % 11
    last = str(digits[17]) if len(digits) > 17 else "X"
    return (1 <= month <= 12 and 1 <= day <= 31) or "10X98765432"[check] == last


def _is_card(written: str) -> bool:
    digits = [int(c) for c in written if c.isdecimal()]
    doubled = [d * 2 - 9 * (d > 4) if i % 2 else d for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0
