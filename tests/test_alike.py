"""Which earlier cases are offered to merge into, and that a large city makes nobody wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

from bot.app import App
from bot.desk import alike
from bot.desk.alike import earlier
from bot.store import Store
from bot.store.cases import Cases
from tests.bench.cases import COUNT, STORY
from tests.townsfolk import AT, Town, opened

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


def test_fifty_thousand_cases_make_nobody_wait(tmp_path: Path) -> None:
    store = Store(tmp_path / "doorstep.db")
    with store.transaction():
        store.write(
            "INSERT INTO inbox (id, channel, chat, message, kind, text, at)"
            " VALUES (1, 'test', 'c', '1', 'text', 'x', ?)",
            AT,
        )
        store.write(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO cases (number, state, inbox, channel, chat, text, guide, suggested,"
            " filed_at) SELECT '20260101-' || i, 'registered', 1, 'test', i, ? || i,"
            " 'g' || (i % 4), 'o' || (i % 6), ? FROM n",
            COUNT,
            STORY,
            AT,
        )
    cases = Cases(store)
    for case in (cases.by_id(COUNT), cases.by_id(COUNT // 2), cases.by_id(1)):
        begun = perf_counter()
        found = earlier(store, case)
        assert perf_counter() - begun < 0.2
        assert len(found) == (0 if case.id == 1 else alike.SHOWN)
    # The longest stories there may be cost no more.
    with store.transaction():
        store.write("UPDATE cases SET text = ? WHERE id > ?", STORY * 200, COUNT - 6000)
    begun = perf_counter()
    earlier(store, cases.by_id(COUNT))
    assert perf_counter() - begun < 0.5
    store.close()
