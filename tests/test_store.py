"""bot/store: a real file, several writers, and a writer that is killed."""

import json
import multiprocessing
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from bot.store import Store
from bot.store.schema import STEPS
from bot.store.sqlite import Inbound, Queued

AT = "2026-11-24T09:00:00+08:00"


def inbound(message: str, chat: str = "c", channel: str = "web") -> Inbound:
    return Inbound(channel, chat, message, "text", f"问{message}", AT)


def converse(store: Store, message: str, chat: str = "c") -> int | None:
    """One whole turn: what came, and two replies."""
    with store.transaction():
        row = store.receive(inbound(message, chat))
        if row is not None:
            store.queue(row, AT, inbound(message, chat), f"答{message}", (("a", "甲"),))
            store.queue(row, AT, inbound(message, chat), f"再答{message}", ())
    return row


def count(store: Store, table: str) -> int:
    return store.db[table].count


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "doorstep.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("again", "is_new"),
    [
        (inbound("1"), False),
        (Inbound("web", "c", "1", "choice", "other", AT, "me"), False),
        (inbound("2"), True),
        (inbound("1", chat="d"), True),
        (inbound("1", channel="telegram"), True),
    ],
)
def test_the_same_message_is_taken_once(store: Store, again: Inbound, is_new: bool) -> None:
    with store.transaction():
        assert store.receive(inbound("1")) is not None
        assert (store.receive(again) is not None) is is_new
    assert count(store, "inbox") == 1 + is_new


def test_what_was_said_is_there_after_reopening(store: Store, path: Path) -> None:
    said = Inbound("web", "c", "1", "text", "身份证丢了😀", AT, "me", "you", {"甲": [1, None]})
    with store.transaction():
        store.receive(said)
    store.close()
    again = Store(path)
    (row,) = again.db["inbox"].rows
    again.close()
    assert {**row, "data": json.loads(row["data"])} == {**vars(said), "id": row["id"]}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_rollback_leaves_nothing(store: Store, error: type[BaseException]) -> None:
    def fail() -> None:
        with store.transaction():
            row = store.receive(inbound("1"))
            store.queue(row, AT, inbound("1"), "x", ())
            store.save_chat("web", "c", {}, False)
            store.save_turn(row, AT, TURN)
            store.log_gap(row, AT, "x", [])
            raise error

    with pytest.raises(error):
        fail()
    assert [t.name for t in store.db.tables if t.count] == []
    assert converse(store, "1") is not None


TURN = {
    "ranking": None,
    "outcome": "answered",
    "guide": "id-card",
    "facet": None,
    "candidates": ["id-card"],
    "confidence": 0.9,
}


def test_a_chat_keeps_its_latest_state(store: Store) -> None:
    assert store.chat("web", "c") is None
    with store.transaction():
        store.save_chat("web", "c", {"step": "一"}, False)
        store.save_chat("web", "c", {"step": "二", "slots": {"a": [1, None]}}, True)
        store.save_chat("web", "d", {}, False)
    assert store.chat("web", "c") == ({"step": "二", "slots": {"a": [1, None]}}, True)


@pytest.mark.parametrize("table", ["turns", "outbox", "gaps"])
def test_nothing_hangs_on_a_message_that_never_came(store: Store, table: str) -> None:
    write = {
        "turns": lambda: store.save_turn(99, AT, TURN),
        "outbox": lambda: store.queue(99, AT, inbound("1"), "x", ()),
        "gaps": lambda: store.log_gap(99, AT, "x", []),
    }
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        write[table]()
    assert count(store, table) == 0


def test_replies_leave_in_order_and_once(store: Store) -> None:
    for message in ("1", "2"):
        converse(store, message)
    converse(store, "1", chat="d")
    waiting = store.unsent("web")
    assert [q.text for q in waiting] == ["答1", "再答1", "答2", "再答2", "答1", "再答1"]
    assert waiting[0] == Queued(waiting[0].id, "web", "c", "答1", (("a", "甲"),))
    store.sent([waiting[0].id, waiting[2].id], AT)
    assert [q.text for q in store.unsent("web", "c")] == ["再答1", "再答2"]
    assert [q.chat for q in store.unsent("web", limit=3)] == ["c", "c", "d"]
    assert store.unsent("telegram") == []
    assert [row["sent_at"] for row in store.db["outbox"].rows].count(AT) == 2


def test_a_reply_of_an_open_transaction_is_not_sent_yet(store: Store) -> None:
    """Delivery reads in another thread: what may still be rolled back must not go out."""
    seen: list[Queued] = []
    reader = threading.Thread(target=lambda: seen.extend(store.unsent("web")))

    def change_ones_mind() -> None:
        with store.transaction():
            store.queue(store.receive(inbound("1")), AT, inbound("1"), "x", ())
            reader.start()
            reader.join(0.3)  # a store that makes readers wait is right too
            raise ValueError("never mind")

    with pytest.raises(ValueError, match="never mind"):
        change_ones_mind()
    reader.join()
    assert seen == []


def test_the_file_and_its_folder_are_the_owners_alone(store: Store, path: Path) -> None:
    converse(store, "1")
    modes = {p.name: oct(stat.S_IMODE(p.stat().st_mode)) for p in path.parent.iterdir()}
    assert modes == dict.fromkeys(modes, "0o600")
    assert oct(stat.S_IMODE(path.parent.stat().st_mode)) == "0o700"
    assert path.name in modes


def test_data_of_a_newer_doorstep_is_refused_and_untouched(store: Store, path: Path) -> None:
    converse(store, "1")
    store.db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    store.close()
    with pytest.raises(
        ValueError, match=rf"newer Doorstep \(version {len(STEPS) + 1}.*upgrade Doorstep or name"
    ):
        Store(path)
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT count(*) FROM inbox").fetchone() == (1,)
        assert raw.execute("PRAGMA user_version").fetchone() == (len(STEPS) + 1,)
    raw.close()


def test_what_was_said_outlives_a_power_cut(store: Store) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys")
    values = [store.db.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    assert values == ["wal", 2, 1]


def test_memory_serves_where_nothing_is_to_be_kept() -> None:
    store = Store()
    assert converse(store, "1") == 1
    store.close()


# Several writers

ROUNDS = 100


def write(path: Path, chat: str) -> None:
    """Opens the file itself, as a second process does, reads and writes in every transaction."""
    store = Store(path)
    for number in range(ROUNDS):
        with store.transaction():
            state = store.chat("web", "shared")
            row = store.receive(inbound(str(number), chat))
            store.queue(row, AT, inbound(str(number), chat), "x", ())
            store.log_gap(row, AT, "x", [])
            store.save_chat("web", "shared", (state[0] if state else 0) + 1, False)
    store.close()


def check_all_written(path: Path, writers: int) -> None:
    store = Store(path)
    total = writers * ROUNDS
    assert [count(store, t) for t in ("inbox", "outbox", "gaps")] == [total] * 3
    assert store.chat("web", "shared") == (total, False)
    store.close()


@pytest.mark.usefixtures("store")
def test_two_processes_write_one_file(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(path, chat)) for chat in "ab"]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    assert [p.exitcode for p in writers] == [0, 0]
    check_all_written(path, 2)


def together(*jobs: Callable[[], object]) -> None:
    """Runs the jobs at the same time; raises what any of them raised."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        for running in [pool.submit(job) for job in jobs]:
            running.result()


@pytest.mark.usefixtures("store")
def test_two_threads_write_through_stores_of_their_own(path: Path) -> None:
    together(partial(write, path, "a"), partial(write, path, "b"))
    check_all_written(path, 2)


def test_several_may_create_the_file_at_the_same_moment(tmp_path: Path) -> None:
    def open_and_write(path: Path, start: threading.Barrier, chat: str) -> None:
        start.wait()
        store = Store(path)
        for number in range(5):
            converse(store, str(number), chat)
        store.close()

    for number in range(60):  # a race: one file alone seldom shows it
        path, start = tmp_path / f"{number}.db", threading.Barrier(4)
        together(*(partial(open_and_write, path, start, chat) for chat in "abcd"))


def test_threads_share_one_store(store: Store) -> None:
    def talk(chat: str) -> None:
        for number in range(ROUNDS):
            converse(store, str(number), chat)

    together(*(partial(talk, chat) for chat in "abc"))
    assert (count(store, "inbox"), count(store, "outbox")) == (3 * ROUNDS, 6 * ROUNDS)


# A writer that is killed

WRITER = """
import sys
from pathlib import Path
sys.path[:0] = [str(Path(sys.argv[2]))]
from test_store import converse
from bot.store import Store
store = Store(Path(sys.argv[1]))
for number in range(1_000_000):
    converse(store, str(number))
    print(number, flush=True)
"""


@pytest.mark.parametrize("turns", [1, 2, 17, 60])
def test_a_killed_writer_leaves_whole_turns(path: Path, turns: int) -> None:
    command = [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        acknowledged = [int(next(writer.stdout)) for _ in range(turns)]
        writer.kill()
        acknowledged += map(int, writer.stdout)
    assert writer.returncode == -signal.SIGKILL
    store = Store(path)
    kept = {int(row["message"]): row["id"] for row in store.db["inbox"].rows}
    replies = [row["inbox"] for row in store.db["outbox"].rows]
    store.close()
    assert set(acknowledged) <= set(kept)
    assert sorted(replies) == sorted([*kept.values(), *kept.values()])
