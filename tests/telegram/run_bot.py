"""The bot as a process of its own, to be killed: run_bot.py DATABASE BOT_API TOKEN.

Loads the city once, and starts a bot for every line it reads: prints its process id, and how it
ended. Loading takes longer than everything else that happens between two kills.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from bot import app as apps
from bot.app import App
from bot.channels.telegram import Telegram
from bot.settings import Settings
from bot.store import Store
from bot.worker import Worker

INDEX = Path(__file__).parents[2] / "var" / "test"


async def serve(app: App, database: Path, base: str, token: str) -> None:
    store = Store(database)
    intake = replace(app.intake, store=store)
    worker = Worker(lambda: intake, store)
    settings = replace(app.settings, telegram_token=token, telegram_api_base=base)
    telegram = Telegram(settings, worker, store, lambda: intake.wording, app.now)
    running = asyncio.create_task(telegram.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        await worker.close()
        store.close()


def main() -> None:
    app = apps.build(Settings(semantic=False, data=INDEX))
    app.intake.rank("身份证丢了怎么补办")  # loads what is loaded at the first question
    for _ in sys.stdin:
        process = os.fork()
        if process == 0:
            asyncio.run(serve(app, Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
            os._exit(0)
        print(process, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


main()
