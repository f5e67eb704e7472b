"""Updates into the store before they are acknowledged, then through the one door, chat by chat."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.channels.delivery import pause
from bot.channels.telegram import markup
from bot.channels.telegram.files import Files
from bot.channels.telegram.parse import (
    CHANNEL,
    Arrived,
    Ignored,
    Me,
    Migrated,
    Parsed,
    Queried,
    Reached,
    RemoteFile,
    Unreadable,
    key,
    masked,
    parse,
)
from bot.store import Store
from bot.store.desks import Desks
from bot.store.outbox import Outbox
from bot.store.sqlite import Inbound
from bot.store.updates import Kept, Updates
from bot.talk import EventKind, Json
from bot.worker import Worker

# So often an update is tried that fails by a defect of ours; then it is set aside.
TRIES: Final = 3

log = logging.getLogger(__name__)

AnswerTap = Callable[[str], Awaitable[None]]
AnswerQuery = Callable[[Queried], Awaitable[None]]


class Receiver:
    """Keeps updates and works them off: in order within a chat, chats apart from each other."""

    def __init__(
        self,
        store: Store,
        source: str,
        worker: Worker,
        now: Callable[[], datetime],
        answer_tap: AnswerTap,
        answer_query: AnswerQuery,
        files: Files,
        show_desk: Callable[[str], Awaitable[None]],
    ) -> None:
        self.updates = Updates(store, source)
        self._outbox, self._store = Outbox(store, CHANNEL), store
        self._worker, self._now = worker, now
        self._answer_tap, self._answer_query, self._files = answer_tap, answer_query, files
        self._show_desk = show_desk
        self._me: Me | None = None
        self._queues: dict[str, deque[tuple[Kept, Parsed]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: set[int] = set()
        self._closing = False

    @property
    def backlog(self) -> int:
        """How many updates are kept but not yet done."""
        return len(self._under_way)

    async def keep(self, raw: list[Json]) -> None:
        """Stores updates; once this returns they may be acknowledged."""
        numbered = [(key(one), masked(one)) for one in raw]
        at = self._stamp()
        for kept in await self._worker.write(lambda _: self.updates.keep(numbered, at)):
            self._queue(kept)

    def start(self, me: Me) -> None:
        """Begins to work, with what an earlier run left undone first."""
        # Without a pause, so that nothing newer gets in before them.
        left = self.updates.undone()
        self._me = me
        for kept in left:
            self._queue(kept)

    async def close(self, seconds: float) -> None:
        """Begins nothing more, and gives what was begun so many seconds."""
        self._closing = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _queue(self, kept: Kept) -> None:
        if self._me is None or self._closing or kept.id in self._under_way:
            return
        self._under_way.add(kept.id)
        try:
            parsed = parse(kept.update, self._me, kept.at)
        except Exception as error:  # Unreadable, or a defect of ours: the rest must go on
            reason = str(error) if isinstance(error, Unreadable) else type(error).__name__
            self._begin(self._set_aside(kept, reason))
            return
        lane = _lane(parsed)
        queue = self._queues.get(lane)
        if queue is None:
            self._queues[lane] = deque([(kept, parsed)])
            self._begin(self._work_off(lane))
        else:
            queue.append((kept, parsed))

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, lane: str) -> None:
        queue = self._queues[lane]
        while queue and not self._closing:
            kept, parsed = queue.popleft()
            await self._do(kept, parsed)
        del self._queues[lane]

    async def _do(self, kept: Kept, parsed: Parsed) -> None:
        """Tries until it is done; a full disk passes, a defect of ours does not."""
        attempt = 0
        while True:
            try:
                await self._once(kept, parsed)
                break
            except Exception as error:
                log.error("update row %s: %s", kept.id, type(error).__name__)
                log.debug("update row %s", kept.id, exc_info=error)
                attempt += 1
                if not isinstance(error, sqlite3.Error | OSError) and attempt >= TRIES:
                    await self._set_aside(kept, f"defect: {type(error).__name__}")
                    return
                await asyncio.sleep(pause(attempt))
        self._under_way.discard(kept.id)

    async def _once(self, kept: Kept, parsed: Parsed) -> None:
        at = self._stamp()

        def done(_: Store) -> None:
            self.updates.done(kept.id, at)

        match parsed:
            case Arrived():
                await self._arrived(parsed, done)
                return
            case Queried():
                await self._answer_query(parsed)
            case Ignored(_, callback) if callback:
                self._begin(self._answer_tap(callback))
            case Reached(chat, True):
                await self._worker.write(lambda _: self._outbox.unblock(chat))
            case Reached(chat, False):
                await self._worker.write(lambda _: self._outbox.block(chat, at))
            case Migrated(chat, to):
                await self._worker.write(lambda _: self._outbox.move(chat, to))
        await self._worker.write(done)

    async def _arrived(self, arrived: Arrived, done: Callable[[Store], None]) -> None:
        inbound = arrived.inbound
        if arrived.callback:
            self._begin(self._answer_tap(arrived.callback))
            inbound = replace(inbound, text=await self._tapped(inbound.chat, inbound.text))
        if arrived.replied:
            inbound = await asyncio.to_thread(self._with_answered, inbound, arrived.replied)
        if arrived.file:
            await self._take_file(inbound, arrived.file, done)
        else:
            await self._take(inbound, done)
        if _may_change_desks(inbound):
            self._begin(self._show_desk(inbound.chat))

    async def _take(self, inbound: Inbound, done: Callable[[Store], None]) -> None:
        def turned(store: Store) -> None:
            done(store)
            self._outbox.unblock(inbound.chat)

        await self._worker.handle(inbound, turned)

    async def _take_file(
        self, inbound: Inbound, file: RemoteFile, done: Callable[[Store], None]
    ) -> None:
        """What stands under a picture is said first: it may be the complaint itself.

        Without an open complaint nothing is fetched, and a caption is all that is answered.
        """
        said = inbound.kind != EventKind.media.value
        if said:
            await self._take(inbound, lambda _: None)
            message = f"{inbound.message}:file"
            inbound = replace(inbound, message=message, kind=EventKind.media.value, text=file.kind)
        if not await asyncio.to_thread(self._files.wanted, inbound.chat):
            await (self._worker.write(done) if said else self._take(inbound, done))
            return
        fetched = await self._files.fetch(file)
        try:
            await self._take(replace(inbound, data=fetched), done)
        finally:
            await self._files.drop_unmentioned(fetched)

    async def _tapped(self, chat: str, data: str) -> str:
        """The choice behind a button; empty for a button that leads nowhere."""
        found = markup.dereference(data)
        if found is None:
            return ""
        return await asyncio.to_thread(self._outbox.choice, chat, *found) or ""

    def _with_answered(self, inbound: Inbound, remote: str) -> Inbound:
        """Says which message of ours is answered, for staff; to citizens it makes no difference."""
        desks = Desks(self._store)
        if not (desks.member(CHANNEL, inbound.sender) or desks.chat(CHANNEL, inbound.chat)):
            return inbound
        row = self._outbox.replied(inbound.chat, remote)
        return inbound if row is None else replace(inbound, data={**inbound.data, "answers": row})

    async def _set_aside(self, kept: Kept, reason: str) -> None:
        log.error("update row %s was set aside", kept.id)
        at = self._stamp()
        await self._worker.write(lambda _: self.updates.set_aside(kept.id, reason, at))
        self._under_way.discard(kept.id)

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="seconds")


def _may_change_desks(inbound: Inbound) -> bool:
    """Whether a chat may have become a desk with this, or was found to be none any more."""
    if inbound.kind != EventKind.command.value:
        return False
    linking = str(inbound.data.get("argument", "")).startswith("desk_")
    return inbound.text in ("desk", "inbox") or (inbound.text == "start" and linking)


def _lane(parsed: Parsed) -> str:
    """What has the same lane is done in order."""
    match parsed:
        case Arrived(inbound):
            return inbound.chat
        case Reached(chat) | Migrated(chat):
            return chat
        case Queried(_, sender):
            return f"inline {sender}"
    return ""
