"""A city's guides and notices, as the matcher sees them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.city import City
from bot.guide import Guide
from bot.match.matcher import Document


def documents(city: City) -> list[Document]:
    """The city's guides and notices as the matcher sees them."""
    words: dict[str, list[str]] = {}
    for word in city.words:
        for guide in word.guides:
            words.setdefault(guide, []).append(word.everyday)
    found = [_document(guide, words.get(guide.id, [])) for guide in city.guides.values()]
    found += [
        Document(n.id, n.name, n.says, n.asks, f"{n.text}\n{n.who or ''}")
        for n in city.notices.values()
    ]
    return found


def _document(guide: Guide, words: Iterable[str]) -> Document:
    options = [option for s in guide.situations for option in s.options]
    body = [
        guide.official_name,
        *guide.summary,
        guide.who,
        *guide.conditions,
        # Not the materials: an ID card is asked for everywhere and tells nothing of the matter.
        *(s.text for s in guide.steps),
        guide.result.name,
        *guide.pitfalls,
        *(text for o in options for text in (o.label, o.note, o.condition) if text),
    ]
    names = tuple(dict.fromkeys([*guide.says, *words]))
    return Document(guide.id, guide.plain_name, names, guide.asks, "\n".join(body))
