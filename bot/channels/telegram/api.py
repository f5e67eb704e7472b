"""The Bot API through python-telegram-bot: connections, raw updates, what its errors mean to us."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

# Before the import: otherwise a wait is a bare number and every look at it warns.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.cases import CaseError
from bot.channels.delivery import Blocked, Moved, Refused, Wait
from bot.channels.telegram.parse import WANTED
from bot.talk import Json

# Seconds that Telegram may keep a poll open while nothing comes.
LONG_POLL: Final = 25
# As many as one poll may bring.
BATCH: Final = 100


class Api:
    """One bot's connection. The token never goes to a log."""

    def __init__(self, token: str, base: str) -> None:
        # They log addresses, which hold the token, and answers, which hold what people said.
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._polls = HTTPXRequest(connection_pool_size=1, read_timeout=LONG_POLL + 10)
        self._calls = HTTPXRequest(connection_pool_size=64, read_timeout=20, pool_timeout=20)
        self._address = f"{base.rstrip('/')}/bot"
        self.bot = Bot(
            token,
            base_url=self._address,
            base_file_url=f"{base.rstrip('/')}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )

    async def updates(self, offset: int | None) -> list[Json]:
        """Raw updates from `offset` on; what came before is thereby acknowledged.

        Raw, because the library reads a batch as a whole: one broken update would stop the rest.
        """
        params: dict[str, Any] = {"timeout": LONG_POLL, "limit": BATCH}
        if offset is not None:
            params["offset"] = offset
        query = "&".join(f"{name}={value}" for name, value in params.items())
        wanted = "%5B" + ",".join(f"%22{name}%22" for name in WANTED) + "%5D"
        url = f"{self._address}{self.bot.token}/getUpdates?{query}&allowed_updates={wanted}"
        found = await self._polls.post(url)
        if not isinstance(found, list):
            raise TelegramError("getUpdates: the result is no list")
        return found

    async def download(self, file: str, limit: int) -> bytes:
        """The bytes of a file that somebody sent. Raises CaseError for more than `limit` bytes.

        Telegram itself hands out 20 MB at most.
        """
        found = await self.bot.get_file(file)
        if (found.file_size or 0) > limit:
            raise CaseError("too_large", f"at most {limit} bytes")
        return bytes(await found.download_as_bytearray())

    async def close(self) -> None:
        """Closes the connections."""
        await self._polls.shutdown()
        await self._calls.shutdown()


@contextmanager
def translated() -> Iterator[None]:
    """Turns the library's errors into what delivery understands; passing trouble stays as it is.

    What is no trouble of Telegram's is a defect of ours or the library's, perhaps an answer that
    it cannot read: the message may have arrived, and trying again would send it again for ever.
    """
    try:
        yield
    except RetryAfter as error:
        raise Wait(_seconds(error)) from error
    except Forbidden as error:
        raise Blocked from error
    except ChatMigrated as error:
        raise Moved(str(error.new_chat_id)) from error
    except BadRequest as error:
        raise Refused(error.message) from error
    except TelegramError:
        raise
    except Exception as error:
        raise Refused(f"defect: {type(error).__name__}") from error


def trouble(error: Exception) -> str:
    """What an operator should know of a failed call; never its text, which may hold the token."""
    if isinstance(error, InvalidToken):
        return "Telegram refuses the token; check DOORSTEP_TELEGRAM_TOKEN"
    if isinstance(error, Conflict):
        return "another program takes this bot's updates; stop one of the two"
    return f"Telegram cannot be reached ({type(error).__name__})"


def asked_to_wait(error: Exception) -> float:
    """Seconds that Telegram asked to wait; 0 if it did not."""
    return _seconds(error) if isinstance(error, RetryAfter) else 0.0


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
