"""Wakes the open event streams of a chat when there is a reply for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from bot.store import Store
from bot.store.history import History
from bot.worker import Touched, Worker

CHANNEL: Final = "web"
# Another process may queue replies too: one look for all chats together, every so many seconds.
LOOK: Final = 1.0
# A proxy that hears nothing for long takes a stream for dead.
HEARTBEAT: Final = 20.0


class Hub:
    """The streams that are open, by chat; one for the whole process. `open` counts them."""

    def __init__(self, worker: Worker, store: Store, at: Callable[[], str]) -> None:
        self._worker, self._history, self._at = worker, History(store), at
        self._bells: dict[str, set[asyncio.Event]] = {}
        self._shown: set[int] = set()
        self.open = 0
        self._closed = False
        worker.listen(self._touched)

    @contextmanager
    def listening(self, chat: str) -> Iterator[asyncio.Event]:
        """A bell that rings when the chat has a new reply."""
        bell = asyncio.Event()
        self._bells.setdefault(chat, set()).add(bell)
        self.open += 1
        try:
            yield bell
        finally:
            self.open -= 1
            bells = self._bells[chat]
            bells.discard(bell)
            if not bells:
                del self._bells[chat]

    async def wait(self, bell: asyncio.Event) -> bool:
        """Whether the bell rang before it was time for a heartbeat; never returns once closed."""
        try:
            await asyncio.wait_for(bell.wait(), HEARTBEAT)
        except TimeoutError:
            rang = False
        else:
            rang = True
            bell.clear()
        if self._closed:
            await asyncio.Event().wait()
        return rang

    def close(self) -> None:
        """From now on no stream reads the store, which is about to be closed."""
        self._closed = True

    def shown(self, replies: Iterable[int]) -> None:
        """Notes which replies somebody has before their eyes; they are marked sent soon."""
        self._shown.update(replies)

    async def run(self) -> None:
        """Looks for replies of other processes, and marks what was shown; until cancelled."""
        newest = self._history.newest()
        while True:
            await asyncio.sleep(LOOK)
            await self.flush()
            if (found := self._history.newest()) > newest:
                for chat in self._history.spoken_to(CHANNEL, newest):
                    self._ring(chat)
                newest = found

    async def flush(self) -> None:
        """Marks what was shown as sent."""
        ids, at = sorted(self._shown), self._at()
        self._shown.clear()
        if ids:
            await self._worker.write(lambda store: _mark(store, ids, at))

    def _touched(self, touched: Touched) -> None:
        for channel, chat in touched:
            if channel == CHANNEL:
                self._ring(chat)

    def _ring(self, chat: str) -> None:
        for bell in self._bells.get(chat, ()):
            bell.set()


def _mark(store: Store, ids: list[int], at: str) -> None:
    for number in ids:
        store.write("UPDATE outbox SET sent_at = ? WHERE id = ? AND sent_at IS NULL", at, number)
