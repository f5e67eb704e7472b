"""Loads on the web channel of a server on loopback."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Final
from urllib.parse import urlencode

from bot.channels.web.security import form_token
from bot.store.sessions import token
from tests.bench.clock import Timing
from tests.bench.loopback import Connection

ASK: Final = "/api/v1/ask"
# So many connections are made at once.
KNOCKING: Final = 100


class Talker:
    """A client of the JSON API with a session of its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.session = ""

    @classmethod
    async def at(cls, url: str, session: str = "") -> Talker:
        """Connects; the session begins with the first question unless there is one."""
        found = cls(await Connection.to(url))
        found.session = session
        return found

    async def ask(self, text: str) -> float:
        """Seconds until the answer was here."""
        body = {"text": text} | ({"session": self.session} if self.session else {})
        begun = time.perf_counter()
        answer = await self._connection.post(ASK, json.dumps(body).encode())
        taken = time.perf_counter() - begun
        self.session = answer["session"]
        return taken

    async def ask_all(self, texts: Sequence[str]) -> list[float]:
        """One question after the other."""
        return [await self.ask(text) for text in texts]

    def close(self) -> None:
        """Hangs up."""
        self._connection.close()


async def sessions(url: str, count: int, texts: Sequence[str], each: int) -> tuple[Timing, float]:
    """So many sessions at once ask some questions: the seconds of each, and questions a second."""
    talkers = await _knock([Talker.at(url) for _ in range(count)])
    parts = [list(islice(cycle(texts), n * each, (n + 1) * each)) for n in range(count)]
    begun = time.perf_counter()
    taken = await asyncio.gather(*(t.ask_all(p) for t, p in zip(talkers, parts, strict=True)))
    seconds = time.perf_counter() - begun
    for talker in talkers:
        talker.close()
    flat = [one for part in taken for one in part]
    return Timing(tuple(flat)), len(flat) / seconds


async def one_by_one(url: str, texts: Sequence[str], flooders: int) -> list[float]:
    """One session's questions, while another session sends so many at a time."""
    flood = []
    if flooders:
        first = await Talker.at(url)
        await first.ask(texts[0])
        talkers = [first, *[await Talker.at(url, first.session) for _ in range(flooders - 1)]]
        flood = [asyncio.create_task(_for_ever(talker, texts)) for talker in talkers]
        await asyncio.sleep(0.5)
    talker = await Talker.at(url)
    taken = await talker.ask_all(texts)
    for task in flood:
        if task.done():
            task.result()  # a flood that broke off proves nothing
        task.cancel()
    await asyncio.gather(*flood, return_exceptions=True)
    talker.close()
    return taken


class Streams:
    """Event streams that are open and idle, each of a visitor of its own."""

    def __init__(self) -> None:
        self._open: list[Connection] = []
        self.secret = ""
        self.refusal = ""

    async def open(self, url: str, count: int) -> int:
        """Opens as many as it can; `refusal` says what stopped it."""
        for start in range(0, count, KNOCKING):
            wanted = [_stream(url, token()) for _ in range(min(KNOCKING, count - start))]
            for found in await asyncio.gather(*wanted, return_exceptions=True):
                if isinstance(found, BaseException):
                    self.refusal = self.refusal or f"{type(found).__name__}: {found}"
                else:
                    self._open.append(found)
            if self.refusal:
                break
        return len(self._open)

    async def heard(self, url: str, texts: Sequence[str]) -> list[float]:
        """Seconds from what a visitor says to its reply on that visitor's open stream."""
        secret = token()
        cookie = f"doorstep={secret}"
        stream, page = await _stream(url, secret), await Connection.to(url)
        taken, cursor = [], 0
        for text in texts:
            form = {"token": form_token(secret), "message": token(), "text": text, "after": cursor}
            begun = time.perf_counter()
            kind = "application/x-www-form-urlencoded"
            said = asyncio.create_task(
                page.post("/chat/say", urlencode(form).encode(), kind, cookie)
            )
            heard = _number(await stream.event())
            taken.append(time.perf_counter() - begun)
            cursor = max(int(entry["heard"] or 0) for entry in (await said)["entries"])
            while heard < cursor:  # the rest of this answer
                heard = max(heard, _number(await stream.event()))
        stream.close()
        page.close()
        return taken

    def close(self) -> None:
        """Closes them all."""
        for stream in self._open:
            stream.close()


async def _stream(url: str, secret: str) -> Connection:
    connection = await Connection.to(url)
    await connection.events("/chat/events", f"doorstep={secret}")
    return connection


def _number(event: bytes) -> int:
    return int(json.loads(event.removeprefix(b"data:"))["heard"] or 0)


async def _for_ever(talker: Talker, texts: Sequence[str]) -> None:
    for text in cycle(texts):
        await talker.ask(text)


async def _knock(wanted: Sequence[object]) -> list[Talker]:
    """Awaits connections some at a time."""
    found: list[Talker] = []
    for start in range(0, len(wanted), KNOCKING):
        found += await asyncio.gather(*wanted[start : start + KNOCKING])
    return found
