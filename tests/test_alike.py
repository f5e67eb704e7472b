"""Which earlier cases are offered to merge into, and how far back they are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App
from bot.desk import alike
from bot.desk.alike import earlier
from tests.townsfolk import Town, opened

FIRST = "我要投诉，昨天去3号窗口补办身份证，工作人员态度很差，让我白跑了一趟"
AGAIN = "投诉，前天去3号窗口补办身份证，工作人员的态度很差，害我又白跑一趟"
OTHER = "我要投诉，3号窗口早上九点半还没有人上班，队伍排到了门外面去了，没人管"


@pytest.fixture
def town(words_app: App, tmp_path: Path) -> Iterator[Town]:
    with opened(words_app, tmp_path) as town:
        yield town


def numbers(town: Town, number: str) -> list[str]:
    return [one.number for one in earlier(town.store, town.case(number))]


def test_alike_stories_of_one_office_come_first(town: Town) -> None:
    first, other, again = (town.file(str(n), text) for n, text in enumerate((FIRST, OTHER, AGAIN)))
    assert {town.case(n).organisation for n in (first, other, again)} == {"public-security"}
    with town.store.transaction():
        for number, guide in ((first, None), (other, "id-card"), (again, "id-card")):
            town.store.write("UPDATE cases SET guide = ? WHERE number = ?", guide, number)
    # Another guide, or none, but told alike; then the same guide told otherwise.
    assert numbers(town, again) == [first, other]
    assert numbers(town, first) == []  # only earlier ones
    with town.store.transaction():
        town.store.write("UPDATE cases SET organisation = 'health' WHERE number = ?", first)
    assert numbers(town, again) == [other]
    # Where nobody has it yet, the office that the story names counts.
    with town.store.transaction():
        town.store.write(
            "UPDATE cases SET organisation = NULL, suggested = 'health' WHERE number = ?", again
        )
    assert numbers(town, again) == [first, other]


def test_what_has_ended_is_no_place_to_merge_into(town: Town) -> None:
    first, again = town.file("1", FIRST), town.file("2", AGAIN)
    assert numbers(town, again) == [first]
    assert earlier(town.store, town.case(again))[0].text == FIRST
    third = town.file("3", FIRST)
    with town.store.transaction():
        town.store.write("UPDATE cases SET state = 'closed' WHERE number = ?", third)
    assert third not in numbers(town, town.file("4", FIRST))


def test_neither_guide_nor_office_is_no_reason(town: Town) -> None:
    first, again = town.file("1", FIRST), town.file("2", FIRST)
    with town.store.transaction():
        town.store.write("UPDATE cases SET guide = NULL, organisation = NULL, suggested = NULL")
    assert (numbers(town, first), numbers(town, again)) == ([], [])


def test_only_the_last_cases_are_looked_through(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the city has: by the rows' ids alone, and no more than BACK of them."""
    monkeypatch.setattr(alike, "BACK", 2)
    first, second, third, last = (town.file(str(n), FIRST) for n in range(4))
    assert numbers(town, last) == [third, second]
    assert numbers(town, second) == [first]
    asked: list[tuple[str, tuple[object, ...]]] = []
    read = town.store.read
    monkeypatch.setattr(town.store, "read", lambda q, *v: asked.append((q, v)) or read(q, *v))
    earlier(town.store, town.case(last))
    query, values = asked[-1]
    ((*_, plan),) = read(f"EXPLAIN QUERY PLAN {query}", *values)
    assert "INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in plan
