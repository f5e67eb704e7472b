"""review/overdue: a guide that nobody checked in time may tell the law of last year."""

from __future__ import annotations

from collections.abc import Iterator

from bot.lint.rule import Subject
from bot.source import Problem

_RULE = "review/overdue"


def dates(subject: Subject) -> Iterator[Problem]:
    """review_by must lie ahead, reviewed_on must not, and the one must follow the other."""
    for guide, document in subject.guides():
        if guide.review_by < subject.today:
            message = (
                f"was due for review on {guide.review_by}; "
                "check it against the law and move reviewed_on."
            )
            yield document.problem(("review_by",), message, rule=_RULE)
        if guide.reviewed_on > subject.today:
            message = f"is {guide.reviewed_on}, after today; write the day it was checked."
            yield document.problem(("reviewed_on",), message, rule=_RULE)
        if guide.review_by <= guide.reviewed_on:
            message = f"is not after reviewed_on {guide.reviewed_on}; write when to check again."
            yield document.problem(("review_by",), message, rule=_RULE)
