"""Two bots that say what they hear: python -m tests.bench.echoes plain|durable BASE TOKEN DATA.

`plain` is python-telegram-bot as its users write it. `durable` is all of Doorstep but what it
knows: its Telegram channel, worker, engine and store with a conversation that echoes.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from bot import app as apps
from bot.app import CONVERSATIONS
from bot.channels.delivery import AT_ONCE
from bot.channels.telegram import Telegram
from bot.settings import Settings
from bot.talk import Decision, Event, EventKind, Outcome, Ranking, Reply, State, Turn
from bot.wording import Wording
from bot.worker import Worker


class Echo:
    """A conversation that says what it hears."""

    name = "echo"
    takes: frozenset[EventKind] = frozenset()

    def start(self) -> State:
        return State(self.name, "listen")

    def step(self, state: State, event: Event, book: Any) -> Turn:
        return Turn(state, (Reply("echo.said", {"text": event.text}),), Outcome.answered)


def plain(base: str, token: str) -> None:
    """Keeps nothing: what it has fetched and not answered is gone with it."""

    async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        assert message is not None
        await message.reply_text(message.text or "")

    logging.getLogger("httpx").setLevel(logging.CRITICAL)
    builder = Application.builder().token(token).base_url(f"{base}/bot")
    # As many updates at once as Doorstep sends replies; else it answers one chat after another.
    bot = builder.concurrent_updates(AT_ONCE).connection_pool_size(AT_ONCE).build()
    bot.add_handler(MessageHandler(filters.TEXT, answer))
    bot.run_polling(poll_interval=0.0, allowed_updates=["message"])


async def durable(base: str, token: str, data: Path) -> None:
    """On disk, with the very tables, commits and deliveries of the product."""
    settings = Settings(data=data, semantic=False, telegram_token=token, telegram_api_base=base)
    store = apps.open_store(settings)
    app = apps.build(settings, store)
    intake = replace(
        app.intake,
        conversations=replace(app.intake.conversations, opening=Echo()),
        rank=lambda text: Ranking(Decision.decline, text=text),
        wording=Wording([Path(__file__).parent, CONVERSATIONS], "zh", settings.compiled),
    )
    worker = Worker(lambda: intake, store)
    telegram = Telegram(settings, worker, store, lambda: intake.wording, app.now)
    running = asyncio.create_task(telegram.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        await worker.close()
        store.close()


if __name__ == "__main__":
    if sys.argv[1] == "plain":
        plain(sys.argv[2], sys.argv[3])
    else:
        asyncio.run(durable(sys.argv[2], sys.argv[3], Path(sys.argv[4])))
