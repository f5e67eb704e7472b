"""The search for cases: what it finds, what it takes for itself, and how it looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cases import OPEN, CaseState
from bot.store import Store
from bot.store.case_list import CaseList, Filter

AT = "2026-11-24T10:00:00+08:00"
STORIES = {
    "1": "窗口要我拍X光片，还要复印件",
    "2": "退税100%没到账，只到了50_1",
    "3": "Ёлка in the Office, 办ETC的人不在",
    "4": "路灯坏了\\没人修",
}
ANSWER = "已向您致歉，Refund已到账"


def add(store: Store, number: str, text: str, answer: str | None = None) -> None:
    store.write(
        "INSERT INTO cases (number, state, inbox, channel, chat, text, answer, filed_at)"
        " VALUES (?, 'registered', 1, 'web', 'c', ?, ?, ?)",
        f"20261124-{number.zfill(4)}",
        text,
        answer,
        AT,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "doorstep.db")
    with store.transaction():
        store.write(
            "INSERT INTO inbox (id, channel, chat, message, kind, text, at)"
            " VALUES (1, 'web', 'c', '1', 'text', 'x', ?)",
            AT,
        )
        for number, text in STORIES.items():
            add(store, number, text, ANSWER if number == "2" else None)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("灯", "4"),
        ("窗口", "1"),
        ("没", "24"),
        ("x光", "1"),
        ("拍x光", "1"),
        ("office", "3"),
        ("OFFICE 办etc", "3"),
        ("办etc的", "3"),
        ("ёлка", ""),  # only letters of ASCII in either case, as before
        ("Ёлка", "3"),
        ("%", "2"),
        ("100%没", "2"),
        ("到了50_1", "2"),
        ("到了50x1", ""),
        ("坏%修", ""),
        ("坏了\\没", "4"),
        ("致歉", "2"),
        ("refund已", "2"),
        ("您致歉，refund", "2"),
        ("0003", "3"),
        ("20261124-", "1234"),
        ("窗口 复印", "1"),
        ("窗口 路灯", ""),
        ("没有这样的话", ""),
    ],
)
def test_what_a_search_finds(store: Store, search: str, found: str) -> None:
    cases = CaseList(store)
    page = cases.page(Filter(search=search))
    assert "".join(case.number[-1] for case in page.cases) == found
    assert cases.count(Filter(search=search)) == len(found)


@pytest.mark.parametrize(("search", "folds"), [("没有这样的话", False), ("refund已", True)])
def test_what_has_no_cases_is_not_folded(
    store: Store, search: str, folds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LIKE folds each row, and takes twice as long."""
    asked: list[str] = []
    read = store.read
    monkeypatch.setattr(store, "read", lambda q, *v: asked.append(q) or read(q, *v))
    CaseList(store).page(Filter(search=search))
    assert ("LIKE" in asked[0]) is folds


@pytest.mark.parametrize(
    ("wanted", "scans"),
    [
        (Filter(search="没有这样的话", states=tuple(OPEN)), True),
        (Filter(handler="li", states=tuple(OPEN)), True),
        (Filter(escalated=2, states=tuple(OPEN)), True),
        (Filter(search="没有这样的话", states=(CaseState.merged,)), False),
        (Filter(search="没有这样的话", organisation="tax"), False),
        (Filter(states=tuple(OPEN)), False),
    ],
)
def test_what_few_meet_is_looked_for_in_one_pass(
    store: Store, wanted: Filter, scans: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Along an index most of the table would be read too, row by row from all over the file."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    read = store.read
    monkeypatch.setattr(store, "read", lambda q, *v: asked.append((q, v)) or read(q, *v))
    CaseList(store).page(wanted)
    CaseList(store).count(wanted)
    plans = [" ".join(str(row[3]) for row in read(f"EXPLAIN QUERY PLAN {q}", *v)) for q, v in asked]
    for plan in plans if scans else plans[:1]:
        assert ("SCAN cases" in plan and "USING INDEX" not in plan) is scans, plan
