"""A fake Bot API, and the whole bot on a database file of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_api import TOKEN, FakeApi
from running import Bot, Starter, now

from bot.app import App
from bot.channels.telegram import Telegram
from bot.settings import Settings
from bot.store import Store
from bot.worker import Worker


@pytest.fixture
def api() -> Iterator[FakeApi]:
    fake = FakeApi().start()
    yield fake
    fake.stop()


@pytest.fixture
def started(words_app: App, api: FakeApi, tmp_path: Path) -> Starter:
    """Starts the bot, again and again on the same database if need be."""

    @contextlib.asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[Bot]:
        store = Store(tmp_path / "doorstep.db")
        intake = replace(words_app.intake, store=store)
        worker = Worker(lambda: intake, store)
        chosen = replace(Settings(telegram_token=TOKEN, telegram_api_base=api.base), **settings)
        telegram = Telegram(chosen, worker, store, lambda: intake.wording, now)
        running = asyncio.create_task(telegram.run())
        try:
            yield Bot(telegram, worker, store)
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            await worker.close()
            store.close()

    return start
