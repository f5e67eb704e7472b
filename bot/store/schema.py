"""The tables, and how an older file is brought up to date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlite_utils import Database

from bot.store import schema_web
from bot.store.schema_cases import cases
from bot.store.schema_delivery import delivery
from bot.store.schema_desks import desks
from bot.store.schema_staff import staff


def _first(db: Database) -> None:
    db.table("inbox").create(
        {
            "id": int,
            "channel": str,
            "chat": str,
            "message": str,
            "sender": str,
            "kind": str,
            "text": str,
            "at": str,
            "forwarded_from": str,
        },
        pk="id",
        not_null={"channel", "chat", "message", "kind", "text", "at"},
        if_not_exists=True,
    )
    db.table("inbox").create_index(["channel", "chat", "message"], unique=True, if_not_exists=True)
    db.table("chats").create(
        {"channel": str, "chat": str, "state": str, "traditional": int},
        pk=("channel", "chat"),
        not_null={"state"},
        if_not_exists=True,
    )
    db.table("turns").create(
        {
            "inbox": int,
            "ranking": str,
            "outcome": str,
            "guide": str,
            "facet": str,
            "candidates": str,
            "confidence": float,
            "at": str,
        },
        pk="inbox",
        not_null={"outcome", "at"},
        foreign_keys=[("inbox", "inbox", "id")],
        if_not_exists=True,
    )
    db.table("outbox").create(
        {
            "id": int,
            "inbox": int,
            "channel": str,
            "chat": str,
            "text": str,
            "choices": str,
            "thread": str,
            "queued_at": str,
            "sent_at": str,
        },
        pk="id",
        not_null={"channel", "chat", "text", "choices", "thread", "queued_at"},
        foreign_keys=[("inbox", "inbox", "id")],
        if_not_exists=True,
    )
    db.execute("CREATE INDEX IF NOT EXISTS outbox_unsent ON outbox (id) WHERE sent_at IS NULL")
    db.table("gaps").create(
        {"id": int, "inbox": int, "text": str, "nearest": str, "at": str},
        pk="id",
        not_null={"text", "nearest", "at"},
        foreign_keys=[("inbox", "inbox", "id")],
        if_not_exists=True,
    )
    db.table("complaints").create(
        {"id": int, "number": str, "inbox": int, "text": str, "guide": str, "at": str},
        pk="id",
        not_null={"number", "text", "at"},
        foreign_keys=[("inbox", "inbox", "id")],
        if_not_exists=True,
    )
    db.table("complaints").create_index(["number"], unique=True, if_not_exists=True)


# One step a version, in the order in which they came; never changed once released.
STEPS: Final[tuple[Callable[[Database], None], ...]] = (
    _first,
    cases,
    delivery,
    schema_web.sessions,
    staff,
    desks,
)


def migrate(db: Database) -> None:
    """Brings the file up to date; raises ValueError for one written by a newer Doorstep."""
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    if found > len(STEPS):
        raise ValueError(
            f"the data was written by a newer Doorstep (version {found}, this one knows "
            f"{len(STEPS)}); upgrade Doorstep or name another --data folder"
        )
    for step in STEPS[found:]:
        step(db)
    db.execute(f"PRAGMA user_version = {len(STEPS)}")
