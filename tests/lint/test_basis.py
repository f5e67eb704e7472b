"""basis/*: what is asked, charged, promised or decided names what it rests on."""

import pytest

from bot.guide import PowerKind

CARD = "services/id-card.yaml"
BOOK = "services/hukou-book.yaml"
TEMPORARY = "services/temporary-card.yaml"


@pytest.mark.parametrize("left", ["", ", basis: []"])
def test_a_material_without_basis(town, left):
    town.change(BOOK, "issuer: 公安局, basis: [catalogue]", f"issuer: 公安局{left}")
    problem = town.one()
    assert (problem.line, problem.field) == (town.line(BOOK, "issuer: 公安局"), "materials.0.basis")
    assert (problem.rule, problem.severity) == ("basis/material", "error")
    assert problem.message.startswith("is missing for 身份证; ")


def test_a_fee_without_basis(town):
    town.change(CARD, "    amount: 40\n    basis: [fee-list]\n", "    amount: 40\n")
    problem = town.one()
    assert (problem.line, problem.field) == (town.line(CARD, "- id: reissue"), "fees.0.basis")
    assert (problem.rule, problem.severity) == ("basis/fee", "error")


def test_no_fee_and_nothing_that_says_free(town):
    town.change(TEMPORARY, "free_basis: fee-list\n", "")
    problem = town.one()
    assert (problem.file, problem.line) == (f"city/{TEMPORARY}", 1)
    assert (problem.rule, problem.field, problem.severity) == ("basis/fee", "free_basis", "error")
    fees = "fees: [{id: fee, name: 工本费, amount: 10, basis: [fee-list]}]\n"
    town.change(TEMPORARY, "places:\n", f"{fees}places:\n")
    assert town.problems() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        (CARD, "unit: days, basis: catalogue}", "unit: days}", "statutory_time"),
        (CARD, "unit: working_days\n  basis: catalogue", "unit: working_days", "promised_time"),
        (BOOK, "on_the_spot, basis: catalogue", "on_the_spot", "promised_time"),
        (CARD, "没有红的。}", "没有红的。, promised_time: {value: 1, unit: days}}", "label: 红的"),
    ],
)
def test_a_time_without_basis(town, file, old, new, line):
    town.change(file, old, new)
    problem = town.one()
    assert (problem.file, problem.line) == (f"city/{file}", town.line(file, line))
    assert (problem.rule, problem.severity) == ("basis/time", "error")
    assert problem.field.endswith("time.basis")


KINDS = [kind for kind in PowerKind if kind is not PowerKind.public_service]


@pytest.mark.parametrize("kind", KINDS)
def test_a_power_without_law_is_an_error(town, kind):
    town.change(
        CARD,
        "legal_basis: {law: {law: 居民身份证法, checked: text, checked_on: 2026-11-20}}",
        "legal_basis: {}",
    )
    town.change(CARD, "kind: confirmation", f"kind: {kind}")
    problem = town.one()
    assert (problem.line, problem.rule) == (town.line(CARD, "legal_basis"), "basis/power")
    assert problem.severity == "error"
    assert f"({kind})" in problem.message


def test_a_public_service_without_law_is_a_warning(town):
    town.change(
        BOOK,
        "legal_basis: {law: {law: 户口登记条例, checked: text, checked_on: 2026-11-20}}",
        "legal_basis: {}",
    )
    problem = town.one()
    assert (problem.line, problem.rule) == (town.line(BOOK, "legal_basis"), "basis/power")
    assert problem.severity == "warning"
    assert problem.message.startswith("no law cited")
