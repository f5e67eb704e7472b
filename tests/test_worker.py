"""Turns off the event loop: order within a chat, failures apart, replies told of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App
from bot.store import Store
from bot.store.sqlite import Inbound
from bot.worker import Touched, Worker

AT = "2026-11-24T10:00:00+08:00"


@pytest.fixture
async def worker(words_app: App, tmp_path: Path) -> AsyncIterator[Worker]:
    store = Store(tmp_path / "doorstep.db")
    intake = replace(words_app.intake, store=store)
    worker = Worker(lambda: intake, store)
    yield worker
    await worker.close()
    store.close()


def inbound(chat: str, message: int, text: str = "身份证丢了怎么补") -> Inbound:
    return Inbound("test", chat, str(message), "text", text, AT)


def said(store: Store) -> list[tuple[str, str]]:
    return [(str(c), str(m)) for c, m in store.read("SELECT chat, message FROM inbox ORDER BY id")]


async def test_turns_of_a_chat_keep_their_order(worker: Worker) -> None:
    chats = ("a", "b", "c")
    await asyncio.gather(*(worker.handle(inbound(c, n)) for n in range(8) for c in chats))
    rows = await worker.write(said)
    for chat in chats:
        assert [m for c, m in rows if c == chat] == [str(n) for n in range(8)]


async def test_the_same_event_is_one_turn(worker: Worker) -> None:
    first, second = await asyncio.gather(
        worker.handle(inbound("a", 1)), worker.handle(inbound("a", 1))
    )
    assert first is not None
    assert second is None


async def test_a_failure_undoes_its_own_job_alone(worker: Worker) -> None:
    def fail(store: Store) -> None:
        store.receive(inbound("broken", 1))
        raise OSError("planted")

    results = await asyncio.gather(
        worker.handle(inbound("a", 1)), worker.write(fail), worker.handle(inbound("b", 1)),
        return_exceptions=True,
    )  # fmt: skip
    assert isinstance(results[1], OSError)
    assert sorted(await worker.write(said)) == [("a", "1"), ("b", "1")]


async def test_what_goes_along_is_committed_with_the_turn(worker: Worker) -> None:
    def along(store: Store) -> None:
        store.receive(inbound("along", 1))

    await worker.handle(inbound("a", 1), along)
    await worker.handle(inbound("a", 1), along)
    assert await worker.write(said) == [("a", "1"), ("along", "1")]


async def test_listeners_hear_of_replies_once_they_are_kept(worker: Worker) -> None:
    heard: list[Touched] = []
    worker.listen(heard.append)
    await worker.handle(inbound("a", 1))
    await asyncio.sleep(0)
    assert heard == [frozenset({("test", "a")})]


async def test_a_caller_that_gives_up_stops_nobody(worker: Worker) -> None:
    task = asyncio.create_task(worker.handle(inbound("a", 1)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await worker.handle(inbound("a", 2)) is not None
