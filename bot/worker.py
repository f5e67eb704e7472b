"""Turns off the event loop: matching in threads, one writer, several turns to a commit."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from bot.intake import Handled, Intake
from bot.store import Store
from bot.store.sqlite import Inbound

T = TypeVar("T")

# So many jobs share one commit at most: an fsync bounds the rate, not the work between two.
GROUP: Final = 64
RANKERS: Final = 2

Touched = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class _Job:
    """Something to do within a transaction; `done` is resolved once it is committed."""

    work: Callable[[Store], Any]
    done: Future[Any]


class Worker:
    """The door for channels that serve many chats at once.

    Turns of one chat go one after another, in the order of the calls; chats are independent. A
    call returns when its turn is committed. To be made and used within a running event loop.
    """

    def __init__(self, intake: Callable[[], Intake], store: Store) -> None:
        """`intake` hands out the newest one: the city may be loaded anew while we run."""
        self._intake, self._store = intake, store
        self._loop = asyncio.get_running_loop()
        self._rankers = ThreadPoolExecutor(RANKERS, thread_name_prefix="rank")
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._locks: dict[tuple[str, str], _Turnstile] = {}
        self._listeners: list[Callable[[Touched], None]] = []
        self._writer = threading.Thread(target=self._write, name="writer", daemon=True)
        self._writer.start()

    def listen(self, listener: Callable[[Touched], None]) -> None:
        """Calls `listener`, in the event loop, with the chats that a commit left replies for."""
        self._listeners.append(listener)

    async def handle(
        self, inbound: Inbound, also: Callable[[Store], None] | None = None
    ) -> Handled | None:
        """One event through the one door; None if it was here before.

        `also` runs in the same transaction, whether or not the event was here before.
        """
        return await self._in_order(inbound, self._turn(inbound, also))

    async def write(self, work: Callable[[Store], T]) -> T:
        """Runs `work` within a transaction of the writer and returns once it is committed."""
        job = _Job(work, Future())
        self._jobs.put(job)
        # Shielded: a caller that gives up does not take back what the writer may have begun.
        result: T = await asyncio.shield(asyncio.wrap_future(job.done))
        return result

    async def consult(self, question: Callable[[Intake], T]) -> T:
        """Asks the newest intake something that needs no turn and no writing."""
        return await self._loop.run_in_executor(self._rankers, lambda: question(self._intake()))

    async def close(self) -> None:
        """Finishes what was begun and stops the threads."""
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        self._rankers.shutdown()

    async def _in_order(
        self, inbound: Inbound, turn: Coroutine[Any, Any, Handled | None]
    ) -> Handled | None:
        key = (inbound.channel, inbound.chat)
        turnstile = self._locks.setdefault(key, _Turnstile())
        turnstile.waiting += 1
        try:
            async with turnstile.lock:
                return await turn
        finally:
            turn.close()  # a call that was cancelled while it waited never began its turn
            turnstile.waiting -= 1
            if not turnstile.waiting:
                self._locks.pop(key, None)

    async def _turn(self, inbound: Inbound, also: Callable[[Store], None] | None) -> Handled | None:
        def prepare() -> Callable[[Store], Handled | None]:
            intake = self._intake()
            prepared = intake.prepare(inbound)

            def work(store: Store) -> Handled | None:
                handled = intake.take(prepared)
                if also:
                    also(store)
                return handled

            return work

        work = await self._loop.run_in_executor(self._rankers, prepare)
        return await self.write(work)

    def _write(self) -> None:
        """The writer thread: takes what has gathered and commits it as a group."""
        while (job := self._jobs.get()) is not None:
            group = [job]
            last = False
            while len(group) < GROUP and not self._jobs.empty():
                more = self._jobs.get()
                if more is None:
                    last = True
                    break
                group.append(more)
            self._commit(group)
            if last:
                return

    def _commit(self, group: list[_Job]) -> None:
        results: list[tuple[Any, BaseException | None]] = []
        try:
            with self._store.transaction():
                for job in group:
                    results.append(self._attempt(job))
        except BaseException as error:  # a full disk: nothing of the group was kept
            for job in group:
                job.done.set_exception(error)
            return
        touched = self._store.touched()
        if touched and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, touched)
        for job, (value, failure) in zip(group, results, strict=True):
            if failure is None:
                job.done.set_result(value)
            else:
                job.done.set_exception(failure)

    def _attempt(self, job: _Job) -> tuple[Any, BaseException | None]:
        """One job's failure undoes that job alone."""
        try:
            with self._store.savepoint("job"):
                return job.work(self._store), None
        except Exception as error:
            return None, error

    def _tell(self, touched: Touched) -> None:
        for listener in self._listeners:
            listener(touched)


class _Turnstile:
    """Lets the turns of one chat through one by one."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
