"""basis/*: nothing is asked, charged, promised or decided without naming what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from bot.guide import Guide, PowerKind, Time
from bot.lint.rule import Subject
from bot.source import Location, Problem

_NAME_ONE = "name an entry of legal_basis or a document of city.yaml"


def of_materials(subject: Subject) -> Iterator[Problem]:
    """basis/material: a material that no law or published list asks for is not to be asked for.

    From the city's report: 非必须的前置件一律取消.
    """
    for guide, document in subject.guides():
        for i, material in enumerate(guide.materials):
            if not material.basis:
                yield document.problem(
                    ("materials", i, "basis"),
                    f"is missing for {material.name}; {_NAME_ONE}, or drop the material.",
                    rule="basis/material",
                )


def of_fees(subject: Subject) -> Iterator[Problem]:
    """basis/fee: a fee needs its rule, and so does the promise that there is none (收费清单)."""
    for guide, document in subject.guides():
        for i, fee in enumerate(guide.fees):
            if not fee.basis:
                yield document.problem(
                    ("fees", i, "basis"),
                    f"is missing for {fee.name}; {_NAME_ONE}, or drop the fee.",
                    rule="basis/fee",
                )
        if not guide.fees and guide.free_basis is None:
            yield document.problem(
                ("free_basis",),
                f"is missing, and there are no fees; {_NAME_ONE} by which it is free.",
                rule="basis/fee",
            )


def of_times(subject: Subject) -> Iterator[Problem]:
    """basis/time: who promised these days, or which law sets them."""
    for guide, document in subject.guides():
        for location, time in _times(guide):
            if time.basis is None:
                yield document.problem(
                    (*location, "basis"), f"is missing; {_NAME_ONE}.", rule="basis/time"
                )


def _times(guide: Guide) -> Iterator[tuple[Location, Time]]:
    if guide.statutory_time:
        yield ("statutory_time",), guide.statutory_time
    yield ("promised_time",), guide.promised_time
    for i, situation in enumerate(guide.situations):
        for j, option in enumerate(situation.options):
            if option.promised_time:
                at = ("situations", i, "options", j, "promised_time")
                yield at, option.promised_time


def of_power(subject: Subject) -> Iterator[Problem]:
    """basis/power: no power without a law (没有法律法规依据的行政职权一律取消).

    A public service takes nothing from anyone and may go without, but the author is told.
    """
    for guide, document in subject.guides():
        if guide.legal_basis:
            continue
        if guide.power.kind is PowerKind.public_service:
            message, severity = "no law cited; cite one if there is one.", "warning"
        else:
            message = (
                f"is empty for a power ({guide.power.kind}); cite law and article, "
                "or make it a public_service."
            )
            severity = "error"
        yield document.problem(("legal_basis",), message, rule="basis/power", severity=severity)
