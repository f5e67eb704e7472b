"""The tables of the web: sessions, and the way to what a chat heard."""

from __future__ import annotations

from sqlite_utils import Database


def sessions(db: Database) -> None:
    """Sessions by the hash of their token, and an index for what a chat heard."""
    db.table("sessions").create(
        {
            "hash": str,
            "kind": str,
            "subject": str,
            "opened_at": str,
            "seen_at": str,
            "ended_at": str,
        },
        pk="hash",
        not_null={"kind", "subject", "opened_at", "seen_at"},
        if_not_exists=True,
    )
    db.table("outbox").create_index(["channel", "chat", "id"], if_not_exists=True)
