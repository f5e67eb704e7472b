"""Photos and papers that citizens add: checked by what they are, kept outside the web root."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.cases import OPEN, CaseError
from bot.pictures import TooManyPixelsError, UnreadableError, redrawn
from bot.store import Store
from bot.store.cases import Case, Cases

FOLDER: Final = "attachments"
# Bytes.
MAX_SIZE: Final = 8 * 1024 * 1024
MAX_FILES: Final = 9
# By their first bytes: a name or a header says what a sender likes.
_TYPES: Final = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"WEBP", 8, "image/webp"),
    (b"%PDF-", 0, "application/pdf"),
)
JPEG: Final = "image/jpeg"
PDF: Final = "application/pdf"
# How a kept file's name ends where it is saved.
SUFFIXES: Final = {JPEG: ".jpg", PDF: ".pdf", "image/png": ".png", "image/webp": ".webp"}
# A PDF says where it ends; nothing may hide behind that.
_END: Final = b"%%EOF"
# Seconds after which a file that no complaint mentions is no longer on its way to one.
ON_ITS_WAY: Final = 3600


@dataclass(frozen=True)
class Kept:
    """A file that was written: its name, what it is, and its size in bytes."""

    file: str
    media_type: str
    size: int


def media_type(data: bytes) -> str | None:
    """What the bytes are, if it is something that may be kept."""
    return next((t for mark, at, t in _TYPES if data[at : at + len(mark)] == mark), None)


def keep(folder: Path, data: bytes) -> Kept:
    """Writes the bytes durably below the data folder.

    A picture is drawn anew, as a JPEG without the place where it was taken; a PDF stays as it is.
    To be called before the transaction that mentions the file, and `drop_unmentioned` after it.
    Takes seconds for a large picture. Raises CaseError (`too_large`, `media_type`).
    """
    if len(data) > MAX_SIZE:
        raise CaseError(
            "too_large", f"at most {MAX_SIZE // 1024 // 1024} MB, not {len(data)} bytes"
        )
    data, found = _safe(data)
    target = folder / FOLDER
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Named by its content and a nonce: nobody guesses it, and no two cases share a file.
    name = hashlib.sha256(data + os.urandom(16)).hexdigest()
    descriptor = os.open(target / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return Kept(name, found, len(data))


def _safe(data: bytes) -> tuple[bytes, str]:
    """What is kept of the bytes, and its media type."""
    found = media_type(data)
    if found == PDF and data.rstrip(b"\0 \r\n").endswith(_END):
        return data, PDF
    try:
        if found in (None, PDF):
            raise UnreadableError("none of the kinds that are kept")
        return redrawn(data), JPEG
    except TooManyPixelsError as error:
        raise CaseError("too_large", str(error)) from error
    except UnreadableError as error:
        raise CaseError("media_type", "only JPEG, PNG, WebP pictures and PDF are kept") from error


def attach(store: Store, case: Case, at: str, kept: Kept) -> None:
    """Mentions a kept file with an open case. Raises CaseError (`closed`, `too_many`)."""
    if case.state not in OPEN:
        raise CaseError("closed", f"case {case.number} has ended; nothing can be added")
    if len(Cases(store).attachments(case)) >= MAX_FILES:
        raise CaseError("too_many", f"case {case.number} has {MAX_FILES} files already")
    Cases(store).attach(case, at, kept.media_type, kept.size, kept.file)


def drop_unmentioned(folder: Path, store: Store, name: str) -> None:
    """Deletes a file that no complaint mentions: its turn refused it, or was taken before."""
    if not Cases(store).mentions(name):
        remove(folder, name)


def sweep(folder: Path, store: Store) -> int:
    """Deletes what a process left that died between file and complaint; returns how many."""
    before, swept = time.time() - ON_ITS_WAY, 0
    for file in (folder / FOLDER).glob("*"):
        if file.stat().st_mtime < before and not Cases(store).mentions(file.name):
            file.unlink(missing_ok=True)
            swept += 1
    return swept


def path(folder: Path, name: str) -> Path:
    """Where a kept file lies. Raises ValueError for a name that `keep` never gave."""
    if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
        raise ValueError(f"{name!r} is no kept file")
    return folder / FOLDER / name


def remove(folder: Path, name: str) -> None:
    """Deletes a file; one that is gone already is as good as deleted."""
    path(folder, name).unlink(missing_ok=True)
