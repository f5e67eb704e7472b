"""kill -9 at any moment: nothing lost, nothing doubled, order kept."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from bad_html import plain
from fake_api import TOKEN, FakeApi
from running import PATIENCE

from bot.store import Store

HERE = Path(__file__).parent
UPDATES, KILLS, CHATS = 300, 25, 12
QUESTIONS = ("身份证丢了怎么补办", "怎么领结婚证", "低保怎么办", "过户", "那要多久", "谢谢")
BROKEN = (
    {"message": {"chat": "no object"}},
    {"message": 5},
    {"message": {"message_id": True}},
    {"callback_query": {"id": 7}},
)


class Killer:
    """Kills the bot at a call that chance picked, before or after the call is worked on."""

    def __init__(self) -> None:
        self.chance = random.Random(20261124)
        self.process: int | None = None
        self.kills = 0
        self.load()

    def load(self) -> None:
        self.left = self.chance.randint(1, 15)

    def watch(self, moment: str, method: str) -> None:
        if method not in ("getUpdates", "sendMessage") or self.kills >= KILLS:
            return
        self.left -= 1
        if self.left == 0 and self.process:
            os.kill(self.process, signal.SIGKILL)
            self.kills += 1


def say_everything(api: FakeApi) -> list[tuple[str, str]]:
    """Questions of several chats, with broken updates between; returns (chat, message id)."""
    chance = random.Random(7)
    said = []
    for number in range(UPDATES):
        chat = 100 + chance.randrange(CHATS)
        said.append((str(chat), str(api.message(chat, text=chance.choice(QUESTIONS)))))
        if number % 60 == 30:
            api.put(**BROKEN[number // 60 % len(BROKEN)])
        if number % 50 == 25:
            api.updates.append(api.updates[-1])
    return said


def finished(store: Store) -> bool:
    ((undone, unsent, kept),) = store.read(
        "SELECT (SELECT count(*) FROM updates WHERE done_at IS NULL),"
        " (SELECT count(*) FROM outbox WHERE sent_at IS NULL), (SELECT count(*) FROM updates)"
    )
    return kept >= UPDATES and undone == 0 and unsent == 0


def run_to_the_end(database: Path, store: Store, api: FakeApi, killer: Killer) -> None:
    give_up = time.monotonic() + 4 * PATIENCE
    command = [sys.executable, str(HERE / "run_bot.py"), str(database), api.base, TOKEN]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True, bufsize=1) as host:
        while True:
            host.stdin.write("start\n")
            process = int(host.stdout.readline())
            killer.load()
            killer.process = process
            while not select.select([host.stdout], [], [], 0.02)[0]:
                assert time.monotonic() < give_up, f"unfinished after {killer.kills} kills"
                if not api.updates and finished(store):
                    os.kill(process, signal.SIGTERM)
                    assert int(host.stdout.readline()) == 0
                    return
            killer.process = None
            assert int(host.stdout.readline()) == -signal.SIGKILL


def test_every_update_is_answered_once_however_often_the_bot_is_killed(
    api: FakeApi, tmp_path: Path
) -> None:
    database = tmp_path / "doorstep.db"
    store = Store(database)
    killer = Killer()
    api.watch = killer.watch
    said = say_everything(api)

    run_to_the_end(database, store, api, killer)

    assert killer.kills >= 20
    turns = store.read(
        "SELECT i.chat, i.message FROM turns AS t JOIN inbox AS i ON i.id = t.inbox ORDER BY i.id"
    )
    assert Counter(turns) == Counter(said)
    for chat in {chat for chat, _ in said}:
        assert [m for c, m in turns if c == chat] == [m for c, m in said if c == chat]
    aside = store.read("SELECT count(*) FROM updates WHERE aside IS NOT NULL")
    assert aside == [(UPDATES // 60,)]
    check_sent(api, store, killer.kills)
    store.close()


def check_sent(api: FakeApi, store: Store, kills: int) -> None:
    """Every reply reached its chat, in order; one that was under way at a kill perhaps twice."""
    rows = store.read("SELECT chat, text FROM outbox ORDER BY id")
    for chat in {chat for chat, _ in rows}:
        wanted = [text for c, text in rows if c == chat]
        got = [plain(c.params["text"]) for c in api.of("sendMessage", int(chat))]
        at = 0
        for text in got:
            if at < len(wanted) and text == wanted[at]:
                at += 1
            else:
                assert text == wanted[at - 1], "out of order"
        assert at == len(wanted)
        assert len(got) <= len(wanted) + kills
