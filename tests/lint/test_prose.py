"""Which fields are prose, and how sentences are told and counted."""

import shutil
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.lint.prose import length, sentences

FULL = "services/full.yaml"


@pytest.fixture
def full(town):
    """The city with a guide that has every field and says 办结 in each, shown to citizens or not."""
    shutil.copy(Path(__file__).with_name("full.yaml"), town.folder / FULL)
    return town


def test_what_a_guide_shows_is_looked_at_and_nothing_else(full):
    lines = enumerate((full.folder / FULL).read_text("utf-8").splitlines(), 1)
    shown = [number for number, line in lines if line.endswith("# shown")]
    assert full.found() == [(FULL, number, "plain/jargon") for number in shown]


def test_the_guide_with_every_field_has_every_field(full):
    written: dict[type[BaseModel], set[str]] = {}

    def visit(value):
        if isinstance(value, BaseModel):
            written.setdefault(type(value), set()).update(value.model_fields_set)
            value = [getattr(value, name) for name in type(value).model_fields]
        if isinstance(value, dict):
            value = list(value.values())
        for part in value if isinstance(value, list | tuple) else ():
            visit(part)

    visit(full.subject().city.guides["full"])
    missing = {model.__name__: set(model.model_fields) - names for model, names in written.items()}
    assert {model: names for model, names in missing.items() if names} == {}, "add it to full.yaml"


def test_a_notice_is_looked_at_but_for_its_name_and_the_citizens_words(town):
    town.change("notices.yaml", "name: 婚育证明", "name: 办结\n    who: 办结\n    document: 办结")
    town.change("notices.yaml", "asks: [婚育证明还要办吗]", "asks: [办结了吗]")
    town.change("notices.yaml", "- 计生证明", "- 办结证明")
    town.change("notices.yaml", "text: 不用办了", "text: 办结了")
    assert {p.field for p in town.problems()} == {"notices.0.text", "notices.0.who"}


def test_the_disclaimer_and_an_offices_note_are_looked_at(town):
    town.change("city.yaml", "小城是虚构的", "小城办结")
    town.change("places.yaml", "贴的单子", "公示的单子")
    assert town.found() == [
        ("city.yaml", town.line("city.yaml", "disclaimer"), "plain/jargon"),
        ("places.yaml", town.line("places.yaml", "note: "), "plain/jargon"),
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("来。交！拿？走；好", ["来", "交", "拿", "走", "好"]),
        ("Come! Pay? Go; done", ["Come", "Pay", "Go", "done"]),
        ("一行\n二行", ["一行", "二行"]),
        ("Pay 1.5 yuan. Go.", ["Pay 1.5 yuan", "Go"]),
        ("他说“好。”", ["他说“好"]),
        ("来，交、拿", ["来，交、拿"]),
        ("。。", []),
    ],
)
def test_sentences(text, parts):
    assert sentences(text) == parts


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("本人来", 3),
        ("本人来，带证", 6),
        ("打0999-5100208问", 3),
        ("用App办", 3),
        ("Bring your card", 3),
        ("", 0),
    ],
)
def test_length_counts_a_number_and_a_latin_word_as_one(text, count):
    assert length(text) == count
