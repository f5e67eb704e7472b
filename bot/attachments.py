"""Photos and papers that citizens add: checked by what they are, kept outside the web root."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from bot.cases import OPEN, CaseError
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


def media_type(data: bytes) -> str | None:
    """What the bytes are, if it is something that may be kept."""
    return next((t for mark, at, t in _TYPES if data[at : at + len(mark)] == mark), None)


def keep(folder: Path, data: bytes) -> tuple[str, str]:
    """Writes the bytes durably below the data folder; returns the file's name and media type.

    To be called before the transaction that mentions the file: a file that nobody mentions harms
    nobody. Raises CaseError (`too_large`, `media_type`).
    """
    if len(data) > MAX_SIZE:
        raise CaseError(
            "too_large", f"at most {MAX_SIZE // 1024 // 1024} MB, not {len(data)} bytes"
        )
    found = media_type(data)
    if found is None:
        raise CaseError("media_type", "only JPEG, PNG, WebP pictures and PDF are kept")
    target = folder / FOLDER
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Named by its content and a nonce: nobody guesses it, and no two cases share a file.
    name = hashlib.sha256(data + os.urandom(16)).hexdigest()
    descriptor = os.open(target / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return name, found


def attach(store: Store, case: Case, at: str, kept: tuple[str, str], size: int) -> None:
    """Mentions a kept file with an open case. Raises CaseError (`closed`, `too_many`)."""
    if case.state not in OPEN:
        raise CaseError("closed", f"case {case.number} has ended; nothing can be added")
    if len(Cases(store).attachments(case)) >= MAX_FILES:
        raise CaseError("too_many", f"case {case.number} has {MAX_FILES} files already")
    name, found = kept
    Cases(store).attach(case, at, found, size, name)


def path(folder: Path, name: str) -> Path:
    """Where a kept file lies. Raises ValueError for a name that `keep` never gave."""
    if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
        raise ValueError(f"{name!r} is no kept file")
    return folder / FOLDER / name


def remove(folder: Path, name: str) -> None:
    """Deletes a file; one that is gone already is as good as deleted."""
    path(folder, name).unlink(missing_ok=True)
