"""Kill -9 at random while complaints go through the real server: web API, Telegram, staff, timers.

As many kills as fit into the suite's time; DOORSTEP_KILLS=200 does them all.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_api import TOKEN, FakeApi
from running import PATIENCE, until

from bot.cases import MOVES, CaseState, Role
from bot.store import Store
from bot.store.cases import Case, Cases, utc

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("DOORSTEP_KILLS", "60"))
# A new citizen on each channel for so many kills.
EACH = 3
# Each server lives some hours later than the one before, so that alarms ring among the moves.
HOURS = 7
# By then every clock has run out.
AT_LAST = KILLS * HOURS + 24 * 200
SEED = 20261126
GIVE_UP = 6 * PATIENCE


@dataclass
class Town:
    """The server and the staff, which die and come back; what citizens and staff were told."""

    folder: Path
    api: FakeApi
    port: int
    host: asyncio.subprocess.Process
    processes: dict[str, int] = field(default_factory=dict)
    started: dict[str, int] = field(default_factory=Counter)
    served: asyncio.Event = field(default_factory=asyncio.Event)
    told: dict[str, list[str]] = field(default_factory=dict)
    did: list[tuple[str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    kills: int = 0

    async def listen(self) -> None:
        """What the host's children print."""
        assert self.host.stdout
        async for line in self.host.stdout:
            kind, _, rest = line.decode().strip().partition(" ")
            if kind in ("serve", "staff"):
                self.processes[kind] = int(rest)
            elif kind == "ready":
                self.served.set()
            elif kind == "did":
                number, step = rest.split()
                self.did.append((number, step))
            else:
                self.failed.append(f"{kind} {rest}")

    async def start(self, kind: str) -> None:
        """Starts the server or the staff, and waits until it is there."""
        assert self.host.stdin
        self.processes.pop(kind, None)
        self.served.clear()
        self.host.stdin.write(f"{kind}\n".encode())
        await self.until(lambda: kind in self.processes)
        if kind == "serve":
            await self.until(self.served.is_set)

    async def kill(self, kind: str) -> None:
        process = self.processes[kind]
        os.kill(process, signal.SIGKILL)
        await self.until(lambda: _gone(process))

    async def until(self, condition: Any) -> Any:
        async with asyncio.timeout(GIVE_UP):
            while not (found := condition()):
                assert not self.failed, self.failed
                await asyncio.sleep(0.005)
            return found

    def set_clock(self, hours: int) -> None:
        new = self.folder / "now.new"
        new.write_text(str(hours), "ascii")
        new.replace(self.folder / "now")

    def heard(self, who: str, step: str) -> None:
        self.told.setdefault(who, []).append(step)


def _gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def story(who: str) -> str:
    return f"我要投诉，3号窗口的人骂我{who}，身份证拖了一个月，气死了"


class ByApi:
    """A citizen whose client asks again with the same message id until it is answered."""

    def __init__(self, town: Town, number: int) -> None:
        self.town, self.who = town, f"api-{number}"
        self.session, self.asked = "", 0

    async def run(self, *, silent: bool) -> None:
        async with httpx.AsyncClient(timeout=30) as self.client:
            await self._say(text="你好")
            said = await self._say(text=story(self.who))
            assert "你的投诉记下了" in said, said
            self.town.heard(self.who, "file")
            number = said.partition("编号")[2][:13]
            assert "投诉回执" in await self._say(text="就这些")
            self.town.heard(self.who, "finish")
            while "已答复" not in await self._say(text=number):
                await asyncio.sleep(0.5)
            if silent:
                return
            assert "办结" in await self._say(choice=f"track:verdict:{number}:solved")
            self.town.heard(self.who, "judge")
            assert "记下了" in await self._say(choice=f"track:rate:{number}:4")
            self.town.heard(self.who, "rate")

    async def _say(self, **body: str) -> str:
        url = f"http://127.0.0.1:{self.town.port}/api/v1/ask"
        self.asked += 1
        body["message"] = f"{self.who}-{self.asked}"
        if self.session:
            body["session"] = self.session
        while True:
            try:
                answer = await self.client.post(url, json=body)
            except httpx.HTTPError:
                await asyncio.sleep(0.03)
                continue
            assert answer.status_code == 200, answer.text
            found = answer.json()
            self.session = found["session"]
            return str(found["text"])


class ByTelegram:
    """A citizen on Telegram, which keeps an update until it is acknowledged."""

    def __init__(self, town: Town, number: int) -> None:
        self.town, self.chat = town, 1000 + number
        self.who = str(self.chat)

    async def run(self, *, silent: bool) -> None:
        api = self.town.api
        api.message(self.chat, text=story(self.who))
        await self._hears("你的投诉记下了", "file")
        api.message(self.chat, text="就这些")
        await self._hears("投诉回执", "finish")
        await self._hears("有答复了（")
        if silent:
            return
        await self._taps("解决了")
        await self._hears("办结。", "judge")
        await self._taps("满意")
        await self._hears("谢谢，记下了", "rate")

    async def _hears(self, words: str, step: str = "") -> None:
        await self.town.until(lambda: words in "".join(self.town.api.texts(self.chat)))
        if step:
            self.town.heard(self.who, step)

    async def _taps(self, label: str) -> None:
        self.town.api.tap(self.chat, await self.town.until(lambda: self._button(label)))

    def _button(self, label: str) -> str | None:
        for call in self.town.api.of("sendMessage", self.chat):
            rows = json.loads(call.params.get("reply_markup", '{"inline_keyboard": []}'))
            for button in (b for row in rows["inline_keyboard"] for b in row):
                if button["text"] == label:
                    return str(button["callback_data"])
        return None


@pytest.fixture
async def town(api: FakeApi, tmp_path: Path) -> AsyncIterator[Town]:
    with socket.socket() as kept:
        # Bound until the end, so that nobody else is given the port while the server is dead.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        port = kept.getsockname()[1]
        host = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.killed_server", str(tmp_path), str(port), api.base, TOKEN,
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        found = Town(tmp_path, api, port, host)
        found.set_clock(0)
        listening = asyncio.create_task(found.listen())
        yield found
        # All at once: a child that lives on keeps the pipe open, and `wait` waits for the pipe.
        os.killpg(host.pid, signal.SIGKILL)
        await host.wait()
        listening.cancel()


async def test_nothing_is_lost_doubled_or_illegal_however_often_all_are_killed(town: Town) -> None:
    """One test, so that the kills happen once."""
    chance = random.Random(SEED)
    citizens: list[asyncio.Task[None]] = []
    amid = 0
    await town.start("staff")
    for number in range(KILLS):
        if number % EACH == 0:
            for person in (ByApi(town, number), ByTelegram(town, number)):
                citizens.append(asyncio.create_task(person.run(silent=number % 5 == 4)))
        await town.start("serve")
        await asyncio.sleep(chance.uniform(0.02, 0.4))
        if number % 4 == 1:
            await town.kill("staff")
            await town.start("staff")
        amid += any(not one.done() for one in citizens)
        await town.kill("serve")
        town.kills += 1
        town.set_clock((number + 1) * HOURS)
    await town.start("serve")
    async with asyncio.timeout(GIVE_UP):
        await asyncio.gather(*citizens)
    await town.kill("staff")
    store = Store(town.folder / "doorstep.db")
    await at_last(town, store)
    assert amid > KILLS / 3  # else the kills hit nobody
    check(town, store)
    store.close()


async def at_last(town: Town, store: Store) -> None:
    """Everything that is due rings, and everything that was said goes out."""
    await town.kill("serve")
    town.set_clock(AT_LAST)
    await town.start("serve")
    await until(lambda: not waiting(store))
    await until(
        lambda: (
            store.read(
                "SELECT (SELECT count(*) FROM updates WHERE done_at IS NULL)"
                " + (SELECT count(*) FROM outbox WHERE channel = 'telegram' AND sent_at IS NULL)"
            )
            == [(0,)]
        )
    )
    os.kill(town.processes["serve"], signal.SIGTERM)
    await town.until(lambda: _gone(town.processes["serve"]))


def waiting(store: Store) -> bool:
    """Whether an alarm is due that has not rung."""
    now = utc(datetime.now().astimezone() + timedelta(hours=AT_LAST))
    return bool(
        store.read(
            "SELECT 1 FROM case_timers WHERE due_at <= ? AND fired_at IS NULL"
            " AND cancelled_at IS NULL",
            now,
        )
    )


def check(town: Town, store: Store) -> None:
    assert not town.failed
    cases = {chat_of(case): case for case in all_cases(store)}
    assert len(cases) == len(list(all_cases(store))) == len(town.told)
    repository = Cases(store)
    for who, steps in town.told.items():
        case = cases[who]
        history = repository.history(case)
        events = Counter(e.event for e in history)
        # Every acknowledged step is there, and none twice.
        assert [events[e] for e in ("file", "take", "answer", "close")] == [1, 1, 1, 1], who
        judged = "judge" in steps
        assert steps == ["file", "finish", *(["judge", "rate"] if judged else [])]
        assert events["rate"] == judged
        verdict, level = ("solved", 4) if judged else ("none", None)
        assert (case.state, case.verdict, case.satisfaction) == (CaseState.closed, verdict, level)
        stands = None
        for entry in history:
            if entry.source and entry.target:
                assert entry.source == stands
                move = MOVES[CaseState(entry.source), CaseState(entry.target)]
                assert Role(entry.role) in move.roles
            stands = entry.target or stands
    by_number = {case.number: repository.history(case) for case in cases.values()}
    assert Counter(town.did).most_common(1)[0][1] == 1
    for number, step in town.did:
        assert step in {e.event for e in by_number[number]}
    every_timer_rang_once(store)
    each_reply_was_queued_once(store, len(town.told))


def chat_of(case: Case) -> str:
    """The citizen, by the own words: an API's chat is named by its session."""
    return case.text.partition("骂我")[2].partition("，")[0]


def all_cases(store: Store) -> Iterator[Case]:
    for (number,) in store.read("SELECT number FROM cases"):
        yield Cases(store).case(number)


def every_timer_rang_once(store: Store) -> None:
    rang = Counter[str]()
    rows = store.read("SELECT kind, clock, case_id FROM case_timers WHERE fired_at IS NOT NULL")
    for kind, clock, _ in rows:
        silent = kind == "due" and clock in ("verdict", "addition")
        rang["silence" if silent else kind] += 1
    seen = Counter(dict(store.read("SELECT event, count(*) FROM case_history GROUP BY event")))
    assert seen["warn"] == rang["warn"]
    assert seen["escalate"] == rang["due"] + rang["again"]
    closed = store.read(
        "SELECT count(*) FROM case_history WHERE event = 'close' AND role = 'system'"
    )
    assert closed == [(rang["silence"],)]
    assert rang["silence"]


def each_reply_was_queued_once(store: Store, people: int) -> None:
    for words in ("%■ 投诉回执%", "%你的投诉记下了%"):
        found = store.read("SELECT count(*) FROM outbox WHERE text LIKE ? GROUP BY chat", words)
        assert found == [(1,)] * people
    answers = store.read("SELECT count(*) FROM outbox WHERE text LIKE '%有答复了（%' GROUP BY chat")
    assert answers == [(1,)] * people
