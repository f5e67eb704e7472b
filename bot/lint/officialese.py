"""plain/jargon and plain/catch-all: words of the offices, and phrases that leave things open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.lint.plain import PlainLanguage, Term
from bot.lint.prose import passages, untitled
from bot.lint.rule import Subject
from bot.source import Problem

Hit = re.Match[str]


def jargon(subject: Subject) -> Iterator[Problem]:
    """plain/jargon: officialese, with what people say instead (jargon.tsv of the language pack)."""
    names = _names(subject)
    for passage in passages(subject):
        for hit, term in _terms(untitled(passage.text), subject.words):
            if term.severity == "info" or _in_name(passage.text, hit, names):
                continue
            yield passage.document.problem(
                passage.location,
                f"says {hit[0]!r}, which is officialese; better: {term.plain}",
                rule="plain/jargon",
                severity=term.severity,
            )


def _terms(text: str, words: PlainLanguage) -> Iterator[tuple[Hit, Term]]:
    """The terms in a text; one inside a longer one (办结 in 办结时限) is not meant itself."""
    found = [(hit, term) for term in words.terms for hit in term.pattern.finditer(text)]
    for hit, term in found:
        if not any(_inside(hit, other) for other, _ in found):
            yield hit, term


def _inside(hit: Hit, other: Hit) -> bool:
    same = hit.span() == other.span()
    return not same and other.start() <= hit.start() and hit.end() <= other.end()


def catch_all(subject: Subject) -> Iterator[Problem]:
    """plain/catch-all: 兜底 phrases, which the law named in banned_phrases.tsv forbids."""
    for passage in passages(subject):
        text = untitled(passage.text)
        for phrase in subject.words.phrases:
            for found in phrase.pattern.finditer(text):
                said = passage.text[found.start() : found.end()]
                yield passage.document.problem(
                    passage.location,
                    f"says {said!r} ({phrase.why}); write out what exactly, how many days or "
                    f"which phone. Source: {phrase.source}",
                    rule="plain/catch-all",
                )


def _names(subject: Subject) -> tuple[str, ...]:
    """Names that may be written as they are.

    The city's own papers, bodies and places bear them; and a name by which people ask for a
    matter themselves (`says`, such as 异地就医备案) is no officialese, whatever stands in it.
    """
    city = subject.city
    return (
        *city.about.documents.values(),
        city.about.centre.name,
        *(organisation.name for organisation in city.organisations.values()),
        *(window.name for window in city.windows.values()),
        *(office.name for office in city.offices.values()),
        *(hall.name for hall in city.halls.values()),
        *(say for guide in city.guides.values() for say in guide.says),
    )


def _in_name(text: str, hit: Hit, names: tuple[str, ...]) -> bool:
    """Whether a hit is part of a longer name; a name that is nothing but the word is none."""
    return any(
        text.startswith(name, at)
        for name in names
        if hit[0] in name and name != hit[0]
        for at in range(max(0, hit.end() - len(name)), hit.start() + 1)
    )
