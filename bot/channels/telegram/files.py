"""Photos and papers of a chat with an open complaint: fetched, and tried again where that fails."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

from telegram.error import BadRequest, TelegramError

from bot import attachments
from bot.attachments import MAX_SIZE
from bot.cases import CaseError
from bot.channels.delivery import pause
from bot.channels.telegram.api import Api, asked_to_wait
from bot.channels.telegram.parse import CHANNEL, RemoteFile
from bot.store import Store
from bot.store.cases import Cases
from bot.talk import Json

# So often a file is asked for, which is about a minute; then its sender is asked for it again.
TRIES: Final = 8

log = logging.getLogger(__name__)


class Files:
    """Fetches what was sent. Until its turn is committed the update counts as undone."""

    def __init__(self, api: Api, folder: Path, store: Store) -> None:
        self._api, self._folder, self._store = api, folder, store

    def wanted(self, chat: str) -> bool:
        """Whether there is an open complaint that this chat may add to."""
        return Cases(self._store).newest_open(CHANNEL, chat) is not None

    async def fetch(self, remote: RemoteFile) -> Json:
        """The data of an event: the `file` that was kept, or why it was `refused`."""
        if (remote.size or 0) > MAX_SIZE:
            return {"refused": "too_large"}
        try:
            data = await self._insisting(remote)
            kept = await asyncio.to_thread(attachments.keep, self._folder, data)
        except CaseError as error:
            return {"refused": error.code}
        file = {"file": kept.file, "media_type": kept.media_type, "size": kept.size}
        return {"file": file}

    async def drop_unmentioned(self, fetched: Json) -> None:
        """After the turn: deletes a file that it did not take."""
        if file := fetched.get("file"):
            await asyncio.to_thread(
                attachments.drop_unmentioned, self._folder, self._store, file["file"]
            )

    async def _insisting(self, remote: RemoteFile) -> bytes:
        """Raises CaseError (`too_large`, `lost`) for what cannot be had."""
        for attempt in range(TRIES):
            try:
                return await self._api.download(remote.id, MAX_SIZE)
            except BadRequest as error:
                large = "too big" in error.message.lower()
                raise CaseError("too_large" if large else "lost", "Telegram refuses it") from error
            except TelegramError as error:
                log.warning("a file, try %s: %s", attempt + 1, type(error).__name__)
                await asyncio.sleep(max(asked_to_wait(error), pause(attempt)))
        raise CaseError("lost", f"could not be fetched in {TRIES} tries")
