"""Masks ID-card and bank-card numbers before anything is stored."""

from __future__ import annotations

import re
from typing import Final

_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID: Final = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")
_CARD: Final = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){14,18}(?![0-9])")
MASK: Final = "▇▇▇▇"


def mask(text: str) -> str:
    """Replaces ID-card numbers (GB 11643) and bank-card numbers (Luhn) by a block."""
    text = _ID.sub(lambda m: MASK if _looks_like_id(m[0]) else m[0], text)
    return _CARD.sub(lambda m: MASK if _is_card(m[0]) else m[0], text)


def _looks_like_id(number: str) -> bool:
    """A mistyped check digit is still personal: a plausible birth date is enough."""
    month, day = int(number[10:12]), int(number[12:14])
    checks = sum(int(a) * b for a, b in zip(number, _ID_WEIGHTS, strict=False)) % 11
    return (1 <= month <= 12 and 1 <= day <= 31) or "10X98765432"[checks] == number[-1].upper()


def _is_card(number: str) -> bool:
    digits = [int(c) for c in number if c.isdigit()]
    doubled = [d * 2 - 9 * (d > 4) if i % 2 else d for i, d in enumerate(reversed(digits))]
    return len(digits) >= 15 and sum(doubled) % 10 == 0
