"""levels/one-matter-one-level: one authority a matter; what is cancelled stays so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.lint.rule import Subject, key, place
from bot.source import Document, Location, Problem

_RULE = "levels/one-matter-one-level"


@dataclass(frozen=True)
class _Matter:
    """A matter as one file tells it: its official name and who decides."""

    name: str
    decides: str
    document: Document
    location: Location


def two_authorities(subject: Subject) -> Iterator[Problem]:
    """One official name, two deciding levels or bodies (一件事只能一级管)."""
    first: dict[str, _Matter] = {}
    for matter in _matters(subject):
        known = first.setdefault(key(matter.name), matter)
        if matter.decides != known.decides:
            yield matter.document.problem(
                matter.location,
                f"{matter.name} is decided by {matter.decides} here, but by {known.decides} in "
                f"{place(known.document, known.location)}; let one decide, or name them apart.",
                rule=_RULE,
            )


def _matters(subject: Subject) -> Iterator[_Matter]:
    for guide, document in subject.guides():
        decides = f"{guide.authority.organisation} ({guide.authority.level})"
        yield _Matter(guide.official_name, decides, document, ("authority",))
    for i, notice in enumerate(subject.city.notices.values()):
        # A notice says that the matter is not decided here, so it agrees with no guide.
        decides = f"{notice.who or 'nobody'} ({notice.kind})"
        yield _Matter(notice.name, decides, subject.notices, ("notices", i, "name"))


def cancelled_yet_guided(subject: Subject) -> Iterator[Problem]:
    """A cancelled matter under the name of a guide: one asks for it and is told both."""
    guides = {key(guide.plain_name): document for guide, document in subject.guides()}
    for i, notice in enumerate(subject.city.notices.values()):
        if notice.kind != "cancelled":
            continue
        for j, say in enumerate(notice.says):
            if document := guides.get(key(say)):
                yield subject.notices.problem(
                    ("notices", i, "says", j),
                    f"{say} is cancelled, but it is the plain_name of "
                    f"{place(document, ('plain_name',))}; drop it here, or drop the guide.",
                    rule=_RULE,
                )
