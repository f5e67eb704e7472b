"""Photos and papers that a citizen adds to an open complaint."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final

from starlette.datastructures import FormData, UploadFile

from bot import attachments
from bot.attachments import MAX_SIZE, PDF, Kept
from bot.cases import CaseError
from bot.channels.web.hub import CHANNEL
from bot.channels.web.security import MAX_BODY
from bot.channels.web.site import Site
from bot.channels.web.visitors import FRAME, PAGE, Visitor
from bot.store.cases import Cases
from bot.store.sqlite import Inbound, Store
from bot.talk import EventKind

# The file and the little that a form holds beside it.
MAX_UPLOAD: Final = MAX_SIZE + MAX_BODY
PATHS: Final = tuple(f"{door.base}/file{rest}" for door in (PAGE, FRAME) for rest in ("", "/say"))
_STATUS: Final = {"too_large": 413, "media_type": 415, "missing": 422, "unknown": 409}


def status(code: str) -> int:
    """The HTTP status of a refusal."""
    return _STATUS[code]


def wanted(site: Site, visitor: Visitor) -> bool:
    """Whether there is an open complaint that this chat may add to."""
    return not visitor.fresh and Cases(site.store).newest_open(CHANNEL, visitor.chat) is not None


async def take(site: Site, visitor: Visitor, message: str, form: FormData) -> str | None:
    """Adds the form's file to the complaint through the one door, or says why not.

    The same file sent twice from one page is added once. What the file is told by its bytes;
    its name is not looked at.
    """
    upload = form.get("file")
    data = await upload.read(MAX_SIZE + 1) if isinstance(upload, UploadFile) else b""
    if not data:
        return "missing"
    folder = site.settings.data
    try:
        kept = await asyncio.to_thread(attachments.keep, folder, data)
    except CaseError as error:
        return error.code
    try:
        await _attach(site, visitor, message, data, kept)
    finally:
        await asyncio.to_thread(attachments.drop_unmentioned, folder, site.store, kept.file)
    return None


async def _attach(site: Site, visitor: Visitor, message: str, data: bytes, kept: Kept) -> None:
    at, mark = site.at(), hashlib.sha256(data).hexdigest()[:12]
    kind = "document" if kept.media_type == PDF else "photo"

    def also(store: Store) -> None:
        visitor.keep(store, at)

    file = {"file": kept.file, "media_type": kept.media_type, "size": kept.size}
    inbound = Inbound(
        CHANNEL, visitor.chat, f"{message}:{mark}", EventKind.media.value, kind, at,
        data={"file": file},
    )  # fmt: skip
    await site.worker.handle(inbound, also)
