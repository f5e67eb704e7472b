"""What the tests of the channel share: waiting for a condition, and the running bot."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.telegram import Telegram
from bot.store import Store
from bot.worker import Worker

# A loaded machine is slow, and no test waits longer than it must.
PATIENCE = 60.0


async def until(condition: Callable[[], Any]) -> Any:
    """Waits for a condition and returns what made it true."""
    give_up = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < give_up, "it never came true"
        await asyncio.sleep(0.01)
    return found


@dataclass
class Bot:
    """The bot as an operator runs it."""

    telegram: Telegram
    worker: Worker
    store: Store

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.store.read(sql, *values)

    async def all_done(self) -> None:
        """Waits until nothing is left to do or to send."""
        await until(
            lambda: self.rows(
                "SELECT (SELECT count(*) FROM updates WHERE done_at IS NULL)"
                " + (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL) = 0"
                " AND (SELECT count(*) FROM updates) > 0"
            )[0][0]
        )


Starter = Callable[..., contextlib.AbstractAsyncContextManager[Bot]]


def now() -> datetime:
    return datetime.now(datetime.fromisoformat("2026-11-24T10:00:00+08:00").tzinfo)
