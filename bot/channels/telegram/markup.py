"""Plain text to what Telegram takes: parts that fit, HTML that cannot break, buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.wording import split

# In UTF-16 units, after the markup is read.
LIMIT: Final = 4096
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def units(text: str) -> int:
    """Length as Telegram counts it: in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def escape(text: str) -> str:
    """Text that Telegram's HTML shows as it is."""
    return text.translate(_ESCAPES)


def parts(text: str, limit: int = LIMIT) -> list[str]:
    """Cuts a text between lines, else after a sentence, so that Telegram takes every part.

    A part of white space alone is left out: Telegram refuses it. Nothing else ever is.
    """
    pieces = [text] if units(text) <= limit else split(text, limit)
    # What is short enough in characters may still be too long in units; half as many never are.
    fitting = [
        part
        for piece in pieces
        for part in ([piece] if units(piece) <= limit else split(piece, limit // 2))
    ]
    return [part for part in fitting if part.strip()]


def reference(reply: int, position: int) -> str:
    """What stands on a button: which choice of which reply. A choice's own id may be too long."""
    return f"{reply}:{position}"


def dereference(data: str) -> tuple[int, int] | None:
    """The inverse of `reference`; None for what is none of ours."""
    reply, _, position = data.partition(":")
    if not (reply.isascii() and reply.isdigit() and position.isascii() and position.isdigit()):
        return None
    if len(reply) > 18 or len(position) > 4:
        return None
    return int(reply), int(position)


def buttons(reply: int, choices: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Label and data of each button, one a row: long labels stay readable on a narrow phone."""
    return [(label, reference(reply, i)) for i, (_, label) in enumerate(choices)]
