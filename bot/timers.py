"""Rings the timers of cases: they lie in the store, survive restarts, and ring once, in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.desk import Desk, clockwork
from bot.store import Store
from bot.store.case_timers import Timer, Timers
from bot.worker import Worker

# Seconds between two looks: a warning a moment late harms nobody.
PAUSE: Final = 20.0

log = logging.getLogger(__name__)


async def run(
    worker: Worker,
    desk: Callable[[], Desk],
    now: Callable[[], datetime],
    pause: float = PAUSE,
) -> None:
    """Rings what is due, until it is cancelled.

    `desk` hands out the newest one, `now` the time with its offset. A timer that cannot ring is
    logged by its id and tried again later; the others do not wait for it.
    """
    await worker.write(lambda store: clockwork.wind_up(desk(), store, now()))
    while True:
        await catch_up(worker, desk, now)
        await asyncio.sleep(pause)


async def catch_up(
    worker: Worker, desk: Callable[[], Desk], now: Callable[[], datetime]
) -> list[Timer]:
    """Rings everything that is due, one transaction a timer, in the order of the due moments.

    What a timer sets in motion may be due itself after a downtime, so each time the first is
    looked for anew. Returns what rang.
    """
    rang: list[Timer] = []
    broken: set[int] = set()
    while (timer := await worker.write(lambda store: _next(store, now(), broken))) is not None:
        try:
            if await worker.write(_ring(desk(), timer, now())):
                rang.append(timer)
        except Exception as error:
            log.error("timer %s failed: %s", timer.id, type(error).__name__)
            log.debug("timer %s", timer.id, exc_info=error)
            broken.add(timer.id)
    return rang


def _next(store: Store, now: datetime, broken: set[int]) -> Timer | None:
    return Timers(store).ringing(now, broken)


def _ring(desk: Desk, timer: Timer, now: datetime) -> Callable[[Store], bool]:
    return lambda store: clockwork.fire(desk, store, timer, now)
