"""How people steer the form, in the words of the language pack."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.talk import TRAILING

if TYPE_CHECKING:
    from bot.language import ComplaintTalk

# A text no longer than this answers a question in the citizen's own words.
SHORT: Final = 30
# A correction names its field near the beginning: a longer text tells more of the story.
CORRECTION: Final = 40


def is_one_of(text: str, phrases: Iterable[str]) -> bool:
    """Whether a whole text is one of the phrases, whatever particles follow."""
    said = text.strip().lower()
    return said in phrases or said.strip(TRAILING) in phrases


def command(text: str, words: ComplaintTalk) -> str | None:
    """finish, skip, back or leave; None if it is none of them."""
    for name in ("finish", "skip", "back", "leave"):
        if is_one_of(text, getattr(words, name)):
            return name
    return None


def corrected(text: str, words: ComplaintTalk) -> str | None:
    """The field that a text corrects (`时间不对`, `改地点`), or None."""
    said = text.lower()
    if len(said) > CORRECTION or not any(word in said for word in words.correct):
        return None
    named = [
        (said.index(name), field)
        for field, names in words.fields.items()
        for name in names
        if name in said
    ]
    return min(named)[1] if named else None


def asks(text: str, words: ComplaintTalk) -> bool:
    """Whether a text is worded as a question, or as small talk."""
    said = text.lower()
    return any(cue in said for cue in words.question)


def free(field: str, text: str) -> dict[str, Any] | None:
    """A short answer in the citizen's own words, where the field may hold any."""
    if sum(c.isdigit() for c in text) > 4:  # rather a number than a place or a day
        return None
    if field == "where" and any(map(str.isalpha, text)):
        return {"place": None, "place_name": text.strip()}
    if field == "day":
        return {"day": text.strip()}
    return None


def days_ago(at: str, count: str) -> str:
    """The date so many days before a moment."""
    days = int(count) if count.isdecimal() and len(count) < 4 else 0
    return (datetime.fromisoformat(at).date() - timedelta(days=days)).isoformat()
