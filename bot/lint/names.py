"""names/shared: a word that means two services must be known to, so that the bot asks back."""

from __future__ import annotations

from collections.abc import Iterator

from bot.lint.rule import Subject, key, place
from bot.source import Document, Location, Problem


def shared(subject: Subject) -> Iterator[Problem]:
    """The same word in `says` of two guides, and words.yaml does not tell of both."""
    ambiguous: dict[str, set[str]] = {}
    for word in subject.city.words:
        ambiguous.setdefault(key(word.everyday), set()).update(word.guides)
    first: dict[str, tuple[str, Document, Location]] = {}
    for guide, document in subject.guides():
        for i, say in enumerate(guide.says):
            at = ("says", i)
            other, elsewhere, location = first.setdefault(key(say), (guide.id, document, at))
            if other == guide.id or {other, guide.id} <= ambiguous.get(key(say), set()):
                continue
            yield document.problem(
                at,
                f"{say} also means {place(elsewhere, location)}; give it the guides "
                f"{other} and {guide.id} in words.yaml, or drop it from one.",
                rule="names/shared",
                severity="warning",
            )
