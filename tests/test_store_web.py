"""Sessions and history in the store: a real file, and what older files are brought to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.store import Store
from bot.store.history import History
from bot.store.schema import STEPS
from bot.store.schema_web import sessions
from bot.store.sessions import Session, Sessions, hashed, token
from bot.store.sqlite import Inbound

AT, LATER = "2026-11-24T09:00:00+08:00", "2026-11-24T09:05:00+08:00"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "doorstep.db")
    yield found
    found.close()


def turn(store: Store, message: str, text: str, *replies: str, kind: str = "text", chat: str = "c",
         choices: tuple[tuple[str, str], ...] = (), thread: str = "") -> int:  # fmt: skip
    inbound = Inbound("web", chat, message, kind, text, AT)
    with store.transaction():
        row = store.receive(inbound)
        assert row is not None
        ended = {"ranking": None, "outcome": "answered", "guide": "dibao", "facet": None,
                 "candidates": ["dibao"], "confidence": 0.9}  # fmt: skip
        store.save_turn(row, AT, ended)
        for reply in replies:
            store.queue(row, AT, inbound, reply, choices, thread)
    return row


def test_tokens_are_long_and_never_the_same() -> None:
    found = {token() for _ in range(1000)}
    assert len(found) == 1000
    assert all(len(one) == 43 for one in found)


def test_a_session_lives_until_it_is_ended(store: Store) -> None:
    found_by, secret = Sessions(store), token()
    assert found_by.find(secret, "web") is None
    with store.transaction():
        found_by.open(secret, "web", "chat", AT)
        found_by.open(secret, "web", "another", LATER)  # used again: its subject stays
    assert found_by.find(secret, "web") == Session("web", "chat", AT, LATER, ended=False)
    assert found_by.find(secret, "staff") is None
    assert found_by.find(hashed(secret), "web") is None
    with store.transaction():
        found_by.end(secret, LATER)
    found = found_by.find(secret, "web")
    assert found is not None
    assert found.ended


def test_history_is_what_was_said_and_heard_in_order(store: Store) -> None:
    turn(store, "1", "问", "答一", "答二")
    turn(store, "2", "别人问", "别人的答", chat="d")
    turn(store, "3", "再问", "再答")
    history = History(store)
    found = history.after("web", "c")
    assert [e.said and e.said.text for e in found] == ["问", "再问"]
    assert [[h.text for h in e.heard] for e in found] == [["答一", "答二"], ["再答"]]
    assert found[0].heard[0].guide == "dibao"
    behind = history.after("web", "c", found[0].heard[0].id)
    assert [[h.text for h in e.heard] for e in behind] == [["答二"], ["再答"]]
    assert history.after("web", "c", history.newest()) == []
    assert [h.text for e in history.after("web", "c", limit=2) for h in e.heard] == ["答二", "再答"]
    assert history.spoken_to("web", found[0].heard[1].id) == {"c", "d"}


def test_a_tapped_choice_is_shown_by_its_label(store: Store) -> None:
    turn(store, "1", "问", "选哪个", choices=(("a", "甲"), ("b", '"乙"')), thread="list")
    turn(store, "2", "b", "好", kind="choice")
    turn(store, "3", "never-offered", "好", kind="choice")
    said = [e.said for e in History(store).after("web", "c")]
    assert [(s.text, s.thread) for s in said if s] == [("问", ""), ('"乙"', "list"), ("", "")]


def test_a_reply_that_staff_began_has_nothing_said_before(store: Store) -> None:
    row = turn(store, "1", "问", "答", chat="staff")
    with store.transaction():
        store.queue(row, AT, Inbound("web", "c", "", "text", "", AT), "工作人员的话", ())
    (found,) = History(store).after("web", "c")
    assert found.said is None
    assert [h.text for h in found.heard] == ["工作人员的话"]


def test_one_turn_by_its_message(store: Store) -> None:
    turn(store, "1", "问", "答一", "答二")
    history = History(store)
    assert history.turn("web", "c", "2") is None
    found = history.turn("web", "c", "1")
    assert found is not None
    ended, exchange = found
    assert (ended.outcome, ended.guide, ended.candidates) == ("answered", "dibao", ("dibao",))
    assert [h.text for h in exchange.heard] == ["答一", "答二"]


def test_an_older_file_gets_the_table_of_sessions(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    before = STEPS[: STEPS.index(sessions)]
    with closing(sqlite3.connect(path)) as old:
        for step in before:
            step(Database(old))
        old.execute(f"PRAGMA user_version = {len(before)}")
        old.commit()
    store = Store(path)
    assert Sessions(store).find("x", "web") is None
    store.close()
