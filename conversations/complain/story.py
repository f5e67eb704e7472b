"""What a citizen's own words tell for the form: place, service, day, amount, contact."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from bot import privacy
from bot.talk import Json, Ranking
from conversations.complain import dates

if TYPE_CHECKING:
    from bot.book import Book
    from bot.language import ComplaintTalk

# From this probability on a guide is taken to be the matter complained of.
LIKELY: Final = 0.5
# ... if it thinks at least so probable that any guide is meant at all.
SURE: Final = 0.3
# From this one on it is offered.
HINT: Final = 0.1
# A shorter text (上周三) says too little to name a matter unasked.
TELLING: Final = 6
# A mobile number, a number with an area code, or an e-mail address.
_CONTACT: Final = re.compile(
    r"(?<![\d-])(?:\+?\d{1,3}[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"
    r"|(?<![\d-])0\d{2,3}[ -]?\d{7,8}(?!\d)"
    r"|(?<!\d)\+\d{1,3}[ -]?\d[\d -]{5,14}\d"
    r"|[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z0-9]"
)


def read(
    text: str, ranking: Ranking | None, book: Book, at: str, words: ComplaintTalk
) -> dict[str, Any]:
    """The fields that a text tells, and the text itself without what must not be kept in it."""
    # `Nobody answers at 0999-...` names the city's own phone, not the citizen's.
    contacts = [c for c in _CONTACT.findall(text) if not book.publishes(c)]
    told: dict[str, Any] = {"text": privacy.hide(text, contacts)}
    if contacts:
        told["contact"] = contacts[0]
    if place := place_in(text, book, words):
        told |= place
    if found := dates.day(text, datetime.fromisoformat(at).date()):
        told["day"] = found.isoformat()
    if amount := _amount(text, words):
        told["amount"] = amount
    if len(text) >= TELLING and (guide := guide_in(ranking, book)):
        told["guide"] = guide
    return told


def place_in(text: str, book: Book, words: ComplaintTalk) -> Json:
    """The place that a text names, in the words of the case's fields; None if none."""
    found = book.place_named(text, words.place_prefixes)
    if not found:
        return None
    named = {"place": found["place"], "place_name": found["name"]}
    return named | ({"suggested": found["organisation"]} if found["organisation"] else {})


def guide_in(ranking: Ranking | None, book: Book) -> str | None:
    """The guide that the matcher thinks likely."""
    top = ranking.candidates[0] if ranking and ranking.candidates else None
    if ranking is None or top is None or not book.has_guide(top.id):
        return None
    # An angry text is no clear question, but it may name the matter all the same.
    sure = ranking.confidence >= SURE or book.says(top.id, ranking.text)
    return top.id if top.probability >= LIKELY and sure else None


def of_guide(text: str, guide: str, book: Book, words: ComplaintTalk) -> dict[str, Any]:
    """Whose matter a guide is, and whether the guide itself is complained of, and which material.

    `网上写3样，窗口要5样`: then whoever minds the guide must read it.
    """
    told: dict[str, Any] = {"guide": guide, "suggested": book.organisation(guide)}
    if blames_guide(text, words):
        told["about_guide"] = True
        named = [m for m in book.materials(guide, {}) if _bare(m.name) in text]
        if named:
            told["material"] = max(named, key=lambda m: len(m.name)).id
    return told


def blames_guide(text: str, words: ComplaintTalk) -> bool:
    """Whether a text complains of what a guide says."""
    return any(cue in text.lower() for cue in words.guide_said)


def contact_in(text: str) -> str | None:
    """What may be a contact where one was asked for."""
    if found := _CONTACT.search(text):
        return found[0]
    digits = sum(c.isdigit() for c in text)
    return text.strip() if 5 <= digits <= 20 and len(text) <= 40 else None


def _amount(text: str, words: ComplaintTalk) -> str | None:
    units = "|".join(re.escape(w) for w in sorted(words.currency, key=len, reverse=True))
    number = r"\d[\d,]*(?:\.\d+)?|[一二两三四五六七八九十百千万]{1,6}"
    found = re.search(rf"(?:{number}) ?(?:{units})", text)
    return found[0] if found else None


def _bare(name: str) -> str:
    return re.sub(r"[（(].*?[）)]", "", name).strip()
