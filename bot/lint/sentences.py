"""plain/long-sentence and plain/prose: how long a sentence and a guide's prose may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.lint.prose import length, passages, sentences
from bot.lint.rule import Subject
from bot.source import Problem

LONGEST: Final = 40
FEWEST_SENTENCES: Final = 3
MOST_SENTENCES: Final = 8


def too_long(subject: Subject) -> Iterator[Problem]:
    """plain/long-sentence: over 40 characters, nobody hears the end of it on the phone."""
    for passage in passages(subject):
        for sentence in sentences(passage.text):
            count = length(sentence)
            if count > LONGEST:
                yield passage.document.problem(
                    passage.location,
                    f"has a sentence of {count} characters ({sentence[:10]}…); "
                    f"split it, at most {LONGEST}.",
                    rule="plain/long-sentence",
                    severity="warning",
                )


def too_few_or_many(subject: Subject) -> Iterator[Problem]:
    """plain/prose: summary and pitfalls tell what matters, and no more than one reads at once."""
    for guide, document in subject.guides():
        count = sum(len(sentences(text)) for text in (*guide.summary, *guide.pitfalls))
        if not FEWEST_SENTENCES <= count <= MOST_SENTENCES:
            yield document.problem(
                ("summary",),
                f"and pitfalls hold {count} sentences; "
                f"write {FEWEST_SENTENCES} to {MOST_SENTENCES} in all.",
                rule="plain/prose",
                severity="warning",
            )
