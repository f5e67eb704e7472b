"""From the outbox to the world: the part that is the same for every channel that pushes."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.store import Store
from bot.store.outbox import Outbox, Outgoing
from bot.worker import Touched, Worker

# So many replies are on their way at once: Telegram takes 30 a second in all, and httpx looks
# through every open connection for each request.
AT_ONCE: Final = 16
# Seconds between two looks for replies that other processes queued.
LOOK: Final = 1.0
# Seconds to wait at least and at most before the next try.
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 300.0
# A reply that only ever meets passing trouble is given up after a day, as Telegram itself forgets
# an update after one. While nothing goes out to anybody no reply is: that is an outage.
LASTS: Final = timedelta(days=1)
# So many of its tries must have failed while replies to other chats went out.
BESIDE: Final = 12

log = logging.getLogger(__name__)
_chance = random.SystemRandom()


class Wait(Exception):
    """The channel asks not to send to this chat for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Blocked(Exception):
    """Nobody can be reached in this chat; it is not tried again before somebody writes there."""


class Moved(Exception):
    """The chat has another address from now on."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


class Refused(Exception):
    """The channel will never take this reply; its message says why."""


class Transport(Protocol):
    """What a channel has of its own.

    Sends one reply and returns the channel's ids of its parts. Raises Wait, Blocked, Moved or
    Refused; anything else counts as a passing trouble. A reply in several parts tells after each
    which went out (`gone`), and begins after those that `reply.remote` names.
    """

    async def send(
        self, reply: Outgoing, gone: Callable[[tuple[str, ...]], Awaitable[None]]
    ) -> tuple[str, ...]:
        """Sends one reply."""
        ...


def pause(attempt: int) -> float:
    """Seconds to wait before try number `attempt` + 1: doubled each time, with jitter, bounded."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt, 20))
    return longest * _chance.uniform(0.5, 1.0)


class Delivery:
    """Sends what waits, in order within a chat, chats apart from each other.

    At least once: a reply that went out just before the process died is sent again. One that
    cannot go out while others do holds its chat for a day at most, see LASTS.
    """

    def __init__(
        self,
        channel: str,
        transport: Transport,
        worker: Worker,
        store: Store,
        now: Callable[[], datetime],
    ) -> None:
        self._channel, self._transport, self._worker, self._now = channel, transport, worker, now
        self._outbox = Outbox(store, channel)
        self._store = store
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._closing = asyncio.Event()
        # How many replies went out, and for a reply in trouble: tries that failed beside others
        # that went out, and how many had gone out at its last try.
        self._gone = 0
        self._troubled: dict[int, tuple[int, int]] = {}
        worker.listen(self._heard)

    async def run(self) -> None:
        """Delivers until cancelled; `close` then waits for what is on its way."""
        while True:
            try:
                for chat in await asyncio.to_thread(self._outbox.waiting):
                    self._wake(chat)
            except Exception as error:  # a full or locked disk passes; the next look may succeed
                log.error("looking for replies failed: %s", type(error).__name__)
            await asyncio.sleep(LOOK)

    async def close(self, seconds: float) -> None:
        """Begins nothing more, and gives what is on its way so many seconds."""
        self._closing.set()
        if self._lanes:
            _, late = await asyncio.wait(self._lanes.values(), timeout=seconds)
            for lane in late:
                lane.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _heard(self, touched: Touched) -> None:
        for channel, chat in touched:
            if channel == self._channel:
                self._wake(chat)

    def _wake(self, chat: str) -> None:
        if self._closing.is_set():
            return
        if chat in self._lanes:
            self._again.add(chat)
        else:
            self._lanes[chat] = asyncio.create_task(self._lane(chat))

    async def _lane(self, chat: str) -> None:
        """Sends everything that waits in one chat."""
        try:
            while not self._closing.is_set():
                self._again.discard(chat)
                reply = await asyncio.to_thread(self._outbox.next, chat)
                if reply is None:
                    if chat in self._again:
                        continue
                    return
                if (early := reply.not_before - self._now().timestamp()) > 0:
                    await self._rest(early)
                    continue
                async with self._slots:
                    if not self._closing.is_set():
                        await self._attempt(reply)
        except Exception as error:  # the store failed us: the next look begins anew
            log.error("delivering to a chat stopped: %s", type(error).__name__)
        finally:
            del self._lanes[chat]

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            pass

    async def _attempt(self, reply: Outgoing) -> None:
        """One try; what came of it is kept before anything else happens in this chat."""
        outbox = self._outbox

        async def gone(remote: tuple[str, ...]) -> None:
            await self._worker.write(lambda _: outbox.part(reply.id, remote))

        try:
            remote = await self._transport.send(reply, gone)
        except Wait as error:
            await self._put_off(reply, reply.attempts, error.seconds)
        except Blocked:
            log.warning("reply %s: the chat is blocked", reply.id)
            at = self._stamp()
            await self._worker.write(lambda _: outbox.block(reply.chat, at))
        except Moved as error:
            to = error.to
            await self._worker.write(lambda _: outbox.move(reply.chat, to))
        except Refused as error:
            log.error("reply %s was refused for good", reply.id)
            reason, at = str(error), self._stamp()
            await self._worker.write(lambda _: outbox.failed(reply.id, reason, at))
        except Exception as error:
            await self._trouble(reply, type(error).__name__)
            return
        else:
            self._gone += 1
            at = self._stamp()
            await self._worker.write(lambda _: outbox.sent(reply.id, remote, at))
        self._troubled.pop(reply.id, None)

    async def _trouble(self, reply: Outgoing, name: str) -> None:
        """Puts a reply off, or gives it up for the next of its chat once its day is over."""
        log.warning("reply %s, try %s: %s", reply.id, reply.attempts + 1, name)
        beside, gone = self._troubled.get(reply.id, (0, self._gone))
        # Nothing of its own chat can have gone out meanwhile: that is behind it.
        beside += self._gone > gone
        self._troubled[reply.id] = (beside, self._gone)
        queued = datetime.fromisoformat(reply.queued_at)
        if beside < BESIDE or self._now() - queued < LASTS:
            await self._put_off(reply, reply.attempts + 1, pause(reply.attempts))
            return
        log.error("reply %s was given up after %s tries", reply.id, reply.attempts + 1)
        reason, at = f"given up after {LASTS}: {name}", self._stamp()
        await self._worker.write(lambda _: self._outbox.failed(reply.id, reason, at))
        del self._troubled[reply.id]

    async def _put_off(self, reply: Outgoing, attempts: int, seconds: float) -> None:
        when = self._now().timestamp() + seconds
        await self._worker.write(lambda _: self._outbox.later(reply.id, attempts, when))

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="seconds")
