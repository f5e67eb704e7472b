"""asks/count: enough example questions to find a guide by, and each in one place only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from bot.lint.rule import Subject, key, place
from bot.source import Document, Location, Problem

_RULE: Final = "asks/count"
# Fewer leave the matcher guessing at words that it has not seen.
FEWEST: Final = 12


def too_few(subject: Subject) -> Iterator[Problem]:
    """A guide needs 12 different questions in citizens' own words."""
    for guide, document in subject.guides():
        count = len({key(ask) for ask in guide.asks})
        if count < FEWEST:
            yield document.problem(
                ("asks",),
                f"holds {count} different questions; write {FEWEST} or more as citizens ask them.",
                rule=_RULE,
            )


def repeated(subject: Subject) -> Iterator[Problem]:
    """A word twice in one guide is a slip; a question in two guides has two answers."""
    asked: dict[str, tuple[Document, Location]] = {}
    for document, at, asks, says in _lists(subject):
        yield from _twice(document, (*at, "says"), says, {})
        yield from _twice(document, (*at, "asks"), asks, asked)


def _lists(
    subject: Subject,
) -> Iterator[tuple[Document, Location, tuple[str, ...], tuple[str, ...]]]:
    for guide, document in subject.guides():
        yield document, (), guide.asks, guide.says
    for i, notice in enumerate(subject.city.notices.values()):
        yield subject.notices, ("notices", i), notice.asks, notice.says


def _twice(
    document: Document,
    at: Location,
    texts: Iterable[str],
    seen: dict[str, tuple[Document, Location]],
) -> Iterator[Problem]:
    for i, text in enumerate(texts):
        here = (document, (*at, i))
        first = seen.setdefault(key(text), here)
        if first is not here:
            yield document.problem(
                (*at, i),
                f"{text!r} stands in {place(*first)} already; keep one of the two.",
                rule=_RULE,
            )
