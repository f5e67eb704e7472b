"""The whole lint over the fixture city: every planted fault at its line, and nothing else."""

import pytest

from bot.lint import RULES


def test_finds_each_planted_fault_and_no_other(faulty):
    assert faulty.found() == sorted(faulty.planted())
    assert len(faulty.planted()) > 25


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.__module__}.{rule.__name__}")
def test_every_rule_finds_a_planted_fault(faulty, rule):
    assert list(rule(faulty.subject()))


def test_the_mended_city_is_clean(town):
    assert town.problems() == []


def test_problems_come_sorted_and_tell_where_what_and_the_remedy(faulty):
    problems = faulty.problems()
    assert problems == sorted(problems)
    assert {p.severity for p in problems} == {"error", "warning", "hint"}
    assert all(p.field and p.file.startswith("city/") for p in problems)
    # A remedy follows a semicolon: what is wrong; what to do.
    assert [str(p) for p in problems if ";" not in p.message] == []
