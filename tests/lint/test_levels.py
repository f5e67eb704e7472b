"""levels/one-matter-one-level: one official name, one authority."""

import pytest

CARD = "services/id-card.yaml"
TEMPORARY = "services/temporary-card.yaml"
RULE = "levels/one-matter-one-level"


def same_name(town, name="居民身份证补领"):
    town.change(TEMPORARY, "official_name: 临时居民身份证", f"official_name: {name}")


@pytest.mark.parametrize(
    "authority",
    ["{organisation: police, level: city}", "{organisation: traffic, level: district}"],
)
@pytest.mark.parametrize("name", ["居民身份证补领", "居民身份证补领 ", "居民身份证补领。"])
def test_two_guides_of_one_matter_with_two_authorities(town, authority, name):
    same_name(town, name)
    town.change(TEMPORARY, "{organisation: police, level: district}", authority)
    problem = town.one()
    assert (problem.file, problem.line) == (f"city/{TEMPORARY}", town.line(TEMPORARY, "authority"))
    assert (problem.rule, problem.severity) == (RULE, "error")
    assert f"city/{CARD}:{town.line(CARD, 'authority')}" in problem.message


def test_two_guides_of_one_matter_with_one_authority_are_fine(town):
    same_name(town)
    assert town.problems() == []


def test_two_names_with_two_authorities_are_fine(town):
    town.change(TEMPORARY, "level: district", "level: city")
    assert town.problems() == []


def test_a_guide_and_a_notice_of_one_matter(town):
    town.change("notices.yaml", "name: 粮本", "name: 居民身份证补领")
    problem = town.one()
    assert (problem.file, problem.rule) == ("city/notices.yaml", RULE)
    assert problem.line == town.line("notices.yaml", "name: 居民身份证补领")
    assert f"city/{CARD}:{town.line(CARD, 'authority')}" in problem.message


def test_two_notices_of_one_matter(town):
    town.change("notices.yaml", "name: 粮本", "name: 婚育证明")
    problem = town.one()
    assert problem.field == "notices.1.name"
    assert "粮食局 (elsewhere) here, but by nobody (cancelled)" in problem.message


def test_what_is_cancelled_is_not_the_plain_name_of_a_guide(town):
    town.change("notices.yaml", "- 计生证明", "- 补身份证")
    problem = town.one()
    assert (problem.file, problem.rule) == ("city/notices.yaml", RULE)
    assert (problem.line, problem.severity) == (town.line("notices.yaml", "- 补身份证"), "error")
    assert f"city/{CARD}:{town.line(CARD, 'plain_name')}" in problem.message


def test_a_matter_handled_elsewhere_may_be_called_like_a_guide(town):
    town.change("notices.yaml", "says: [粮本]", "says: [粮本, 补身份证]")
    assert town.problems() == []
