"""What a guide may not do: the rules, and the one function that runs them all."""

from __future__ import annotations

from datetime import date
from typing import Final

from bot.city import City
from bot.lint import (
    asks,
    basis,
    levels,
    names,
    officialese,
    places,
    review,
    sentences,
    situations,
)
from bot.lint.plain import PlainLanguage
from bot.lint.rule import Rule, Subject
from bot.source import Problem

__all__ = ["RULES", "PlainLanguage", "Rule", "Subject", "lint"]

RULES: Final[tuple[Rule, ...]] = (
    officialese.jargon,
    officialese.catch_all,
    sentences.too_long,
    sentences.too_few_or_many,
    basis.of_materials,
    basis.of_fees,
    basis.of_times,
    basis.of_power,
    levels.two_authorities,
    levels.cancelled_yet_guided,
    review.dates,
    asks.too_few,
    asks.repeated,
    names.shared,
    situations.unreachable,
    situations.idle,
    places.shopfront,
)


def lint(city: City, words: PlainLanguage, today: date) -> list[Problem]:
    """Every problem of every rule, sorted by file and line."""
    subject = Subject(city, words, today)
    return sorted({problem for rule in RULES for problem in rule(subject)})
