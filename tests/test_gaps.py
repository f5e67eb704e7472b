"""Clusters of questions, and patches of a guide's YAML."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot import patch
from bot.city import City
from bot.gaps import Kind, Question, asked_again, clusters
from tests.conftest import LINSHAN

AT = "2026-11-24T10:00:00+08:00"
# Some of them: composing YAML takes a while.
GUIDES = sorted((LINSHAN / "services").glob("*.yaml"))[::9]


def question(inbox: int, text: str, *nearest: str, kind: Kind = Kind.unanswered) -> Question:
    return Question(inbox, text, AT, kind, nearest)


def test_what_asks_for_the_same_stands_together_and_the_largest_first() -> None:
    asked = [
        question(1, "遛狗证怎么办", "ebike-plate"),
        question(2, "天上有几个太阳"),
        question(3, "遛狗证在哪办", "ebike-plate"),
        question(4, "怎么办遛狗的证呀", "ebike-plate", kind=Kind.rejected),
        question(5, "遛狗证怎么办", "dibao", kind=Kind.again),
    ]
    first, second = clusters(asked)
    assert {q.inbox for q in first.questions} == {1, 3, 4, 5}
    assert first.texts[0] == ("遛狗证怎么办", 2)
    assert first.kinds == {Kind.unanswered: 2, Kind.rejected: 1, Kind.again: 1}
    assert first.nearest[0] == first.suggested == "ebike-plate"
    assert (first.id, second.id) == (1, 2)


def test_what_may_need_a_new_guide_suggests_no_old_one() -> None:
    (found,) = clusters([question(1, "遛狗证怎么办", "dibao", kind=Kind.outside)])
    assert (found.nearest, found.suggested) == (["dibao"], None)


@given(st.lists(st.text("证办怎么遛狗?", max_size=8), max_size=12))
def test_no_question_is_lost_or_doubled(texts: list[str]) -> None:
    asked = [question(n, text) for n, text in enumerate(texts)]
    found = [q for cluster in clusters(asked) for q in cluster.questions]
    assert sorted(q.inbox for q in found) == list(range(len(texts)))
    assert [c.id for c in clusters(reversed(asked))] == [c.id for c in clusters(asked)]


def test_asked_again_is_the_same_in_other_words() -> None:
    assert asked_again("身份证丢了怎么补", "我的身份证丢了，怎么补办")
    assert not asked_again("身份证丢了怎么补", "身份证丢了怎么补")
    assert not asked_again("身份证丢了怎么补", "结婚要带什么")


@pytest.mark.parametrize("path", GUIDES, ids=lambda p: p.stem)
@pytest.mark.parametrize("field", patch.FIELDS)
def test_one_item_more_and_nothing_else(path: object, field: str) -> None:
    before = path.read_text("utf-8")  # type: ignore[attr-defined]
    for value in ("新的说法", "a: b, [c] # d", "yes", "'\"引号", "- 减号", "110"):
        after = patch.with_item(before, field, value)
        old, new = yaml.load(before, yaml.CBaseLoader), yaml.load(after, yaml.BaseLoader)
        assert new == {**old, field: [*old[field], value]}
        changed = [line for line in patch.diff(before, after, "x")[2:] if line[0] in "+-"]
        assert len(changed) <= 2


@given(st.text(min_size=1, max_size=40))
def test_any_words_come_back_or_are_refused(value: str) -> None:
    source = (
        "# oben\nsays: [a, b]  # beside\nasks:\n  - one\n  # between\n\n  - two # behind\nlast: x\n"
    )
    for field in patch.FIELDS:
        try:
            after = patch.with_item(source, field, value)
        except patch.PatchError:
            continue
        assert yaml.load(after, yaml.CBaseLoader)[field][-1] == value
        assert all(mark in after for mark in ("# oben", "# beside", "# between", "# behind"))
        assert after.endswith("last: x\n")


@pytest.mark.parametrize(
    ("source", "said"),
    [("says: x", "no list"), ("- 1", "no list"), ("says: [", "not YAML"), ("says: [a]", "already"),
     ("says: []", "no list"), ("", "no list")],
)  # fmt: skip
def test_what_cannot_be_patched_is_said(source: str, said: str) -> None:
    with pytest.raises(patch.PatchError, match=said):
        patch.with_item(source, "says", "a")


def test_a_stub_is_yaml_with_the_fields_of_a_guide(city: City) -> None:
    made = yaml.load(patch.stub("遛狗证: 怎么办", ["a", 'b "c"'], "2026-11-24"), yaml.CBaseLoader)
    assert made["plain_name"] == "遛狗证: 怎么办"
    assert made["asks"] == ["a", 'b "c"']
    known = city.guides["dibao"].model_dump()
    assert set(made) <= set(known)
    schema = json.loads((LINSHAN.parent / "guide.schema.json").read_text("utf-8"))
    assert set(schema["required"]) <= set(made)
