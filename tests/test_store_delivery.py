"""bot/store: updates and the outbox of a channel that pushes; an older file is brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from bot.store import Store
from bot.store.outbox import Outbox
from bot.store.schema import STEPS
from bot.store.sqlite import Inbound
from bot.store.updates import Kept, Updates

AT, LATER = "2026-11-24T09:00:00+08:00", "2026-11-26T09:00:00+08:00"


def queued(store: Store, text: str, chat: str = "7", thread: str = "") -> int:
    inbound = Inbound("telegram", chat, text, "text", "x", AT)
    with store.transaction():
        row = store.receive(inbound)
        assert row is not None
        return store.queue(row, AT, inbound, text, (("a:b", "甲"),), thread)


def test_an_older_file_keeps_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "doorstep.db"
    with sqlite3.connect(path) as raw:
        STEPS[0](Database(raw))
        raw.execute("PRAGMA user_version = 1")
        raw.execute(
            "INSERT INTO inbox (channel, chat, message, kind, text, at) VALUES ('web', 'c', '1', 'text', '问', ?)",
            (AT,),
        )
        raw.execute(
            "INSERT INTO outbox (inbox, channel, chat, text, choices, thread, queued_at)"
            " VALUES (1, 'web', 'c', '答', '[]', '', ?)",
            (AT,),
        )
        raw.execute("INSERT INTO chats (channel, chat, state) VALUES ('web', 'c', '{}')")
    raw.close()
    store = Store(path)
    assert [q.text for q in store.unsent("web", "c")] == ["答"]
    assert store.chat("web", "c") == ({}, False)
    assert store.language("web", "c") is None
    waiting = Outbox(store, "web").next("c")
    assert waiting is not None
    assert (waiting.attempts, waiting.remote) == (0, ())
    store.close()


def test_an_update_is_kept_once_and_forgotten_when_done() -> None:
    store = Store()
    updates, others = Updates(store, "telegram:1"), Updates(store, "telegram:2")
    with store.transaction():
        kept = updates.keep([(5, {"a": "\ud800"}), (5, {"a": 2}), (6, None)], AT)
        assert [k.update for k in kept] == [{"a": "\ud800"}, None]
        assert updates.keep([(6, None)], AT) == []
        assert len(others.keep([(5, {})], AT)) == 1
    assert updates.undone() == kept
    assert updates.oldest_undone() == AT
    with store.transaction():
        updates.done(kept[0].id, AT)
        updates.set_aside(kept[1].id, "broken", AT)
    assert updates.undone() == []
    assert (updates.count_aside(), others.count_aside()) == (1, 0)
    assert store.read("SELECT raw, aside FROM updates WHERE source = 'telegram:1' ORDER BY id") == [
        (None, None), ("null", "broken"),
    ]  # fmt: skip
    with store.transaction():
        updates.forget(LATER)
        assert updates.keep([(5, {}), (6, None)], LATER) == [Kept(4, {}, LATER)]


def test_a_chat_gets_its_replies_in_order_and_apart_from_others() -> None:
    store = Store()
    outbox = Outbox(store, "telegram")
    first, second, other = queued(store, "一"), queued(store, "二"), queued(store, "三", "8")
    assert sorted(outbox.waiting()) == ["7", "8"]
    with store.transaction():
        outbox.later(first, 3, 99.5)
    waiting = outbox.next("7")
    assert waiting is not None
    assert (waiting.id, waiting.attempts, waiting.not_before) == (first, 3, 99.5)
    assert waiting.answers == "一"
    with store.transaction():
        outbox.part(first, ("11",))
    assert outbox.next("7").remote == ("11",)
    with store.transaction():
        outbox.failed(first, "no", AT)
        outbox.sent(second, ("12",), AT)
    assert outbox.waiting() == ["8"]
    assert outbox.count_failed() == 1
    with store.transaction():
        outbox.block("8", AT)
    assert (outbox.waiting(), outbox.next("8"), outbox.oldest_waiting()) == ([], None, None)
    with store.transaction():
        outbox.unblock("8")
        outbox.move("8", "88")
    moved = outbox.next("8")
    assert (moved.id, moved.address) == (other, "88")
    with store.transaction():
        outbox.block("8", AT)
        outbox.unblock("88")
    assert outbox.waiting() == ["8"]


@pytest.mark.parametrize(
    ("before", "replaces"),
    [
        ([], None),
        ([("list", ("1",))], "1"),
        ([("list", ("1", "2"))], None),
        ([("list", ("1",)), ("", ("2",))], None),
        ([("", ("1",)), ("list", ("2",))], "2"),
        ([("other", ("1",))], None),
    ],
)
def test_only_the_newest_message_of_the_thread_gives_its_place(before, replaces) -> None:
    store = Store()
    outbox = Outbox(store, "telegram")
    for number, (thread, remote) in enumerate(before):
        row = queued(store, str(number), thread=thread)
        with store.transaction():
            outbox.sent(row, remote, AT)
    queued(store, "new", thread="list")
    assert outbox.next("7").replaces == replaces


@given(st.integers(-(10**18), 10**18), st.integers(-5, 5))
def test_a_choice_is_found_by_its_own_chat_alone(row: int, position: int) -> None:
    store = Store()
    outbox = Outbox(store, "telegram")
    own = queued(store, "一")
    assert outbox.choice("7", own, 0) == "a:b"
    assert outbox.choice("8", own, 0) is None
    assert Outbox(store, "web").choice("7", own, 0) is None
    assert outbox.choice("7", row, position) == ("a:b" if (row, position) == (own, 0) else None)
    store.close()
