"""Loads on a bot that polls our strict fake Bot API."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from tests.bench.clock import Timing

# The fake is a helper of the tests beside it, which are no package.
sys.path.insert(0, str(Path(__file__).parent.parent / "telegram"))

from fake_api import TOKEN, FakeApi

__all__ = ["TOKEN", "Citizens"]

PATIENCE: Final = 60.0
FLOOD: Final = 50
FLOODING_CHAT: Final = 9_000_001
QUIET_CHAT: Final = 9_000_002


class Citizens(FakeApi):
    """The fake, and the people in front of it; it notes when a chat got its first answer."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.count: defaultdict[int, int] = defaultdict(int)
        self.at: dict[int, float] = {}
        self._chats = itertools.count(1)

    def _send_message(self, params: dict[str, Any]) -> Any:
        result = super()._send_message(params)
        chat = int(params["chat_id"])
        self.count[chat] += 1
        self.at.setdefault(chat, time.perf_counter())
        return result

    async def burst(self, texts: list[str]) -> tuple[Timing, float]:
        """One message from so many chats at once: each one's seconds, and messages a second."""
        chats = [next(self._chats) for _ in texts]
        begun = time.perf_counter()
        for chat, text in zip(chats, texts, strict=True):
            self.message(chat, text=text)
        await _until(lambda: all(chat in self.at for chat in chats))
        taken = [self.at[chat] - begun for chat in chats]
        return Timing(tuple(taken)), len(taken) / max(taken)

    async def one_by_one(self, texts: list[str], flooded: bool) -> list[float]:
        """One chat's messages, each after the answer to the last, perhaps beside a flood."""
        flood = asyncio.create_task(self._flood(texts)) if flooded else None
        if flood:
            before = self.count[FLOODING_CHAT]
            await _until(lambda: self.count[FLOODING_CHAT] > before + 5)
        taken = []
        for text in texts:
            self.at.pop(QUIET_CHAT, None)
            begun = time.perf_counter()
            self.message(QUIET_CHAT, text=text)
            await _until(lambda: QUIET_CHAT in self.at)
            taken.append(self.at[QUIET_CHAT] - begun)
        if flood:
            flood.cancel()
        return taken

    async def calm(self) -> None:
        """Waits until nothing has been answered for a while."""
        seen = -1
        while seen != sum(self.count.values()):
            seen = sum(self.count.values())
            await asyncio.sleep(1.0)

    async def _flood(self, texts: list[str]) -> None:
        """Keeps some messages of one chat waiting all the time."""
        sent = answered = self.count[FLOODING_CHAT]
        for text in itertools.cycle(texts):
            while sent - answered >= FLOOD:
                await asyncio.sleep(0.005)
                answered = self.count[FLOODING_CHAT]
            self.message(FLOODING_CHAT, text=text)
            sent += 1


async def _until(condition: Any) -> None:
    give_up = time.perf_counter() + PATIENCE
    while not condition():
        if time.perf_counter() > give_up:
            raise TimeoutError("the bot did not answer")
        await asyncio.sleep(0.001)
