"""The step that lets channels deliver: raw updates, what sending needs, reachable chats."""

from __future__ import annotations

from sqlite_utils import Database


def delivery(db: Database) -> None:
    """Adds `updates` and `reach`, and the columns for sending and for a chat's language."""
    db.table("updates").create(
        {
            "id": int,
            "source": str,  # whose numbers these are: another bot counts anew
            "number": int,
            "raw": str,
            "at": str,
            "done_at": str,
            "aside": str,  # why it was set aside
        },
        pk="id",
        not_null={"source", "number", "at"},
    )
    db.execute("CREATE UNIQUE INDEX updates_number ON updates (source, number)")
    db.execute("CREATE INDEX updates_undone ON updates (source, id) WHERE done_at IS NULL")
    db.table("reach").create(
        {"channel": str, "chat": str, "blocked_at": str, "moved_to": str},
        pk=("channel", "chat"),
    )
    for column in (
        "attempts INTEGER NOT NULL DEFAULT 0",
        "not_before REAL NOT NULL DEFAULT 0",  # seconds since 1970
        "failed_at TEXT",
        "failure TEXT",
        "remote TEXT NOT NULL DEFAULT '[]'",  # the channel's ids of the parts that were sent
    ):
        db.execute(f"ALTER TABLE outbox ADD COLUMN {column}")
    db.execute("DROP INDEX outbox_unsent")
    db.execute(
        "CREATE INDEX outbox_waiting ON outbox (channel, chat, id)"
        " WHERE sent_at IS NULL AND failed_at IS NULL"
    )
    db.execute("CREATE INDEX outbox_chat ON outbox (channel, chat, id)")
    db.execute("ALTER TABLE inbox ADD COLUMN data TEXT NOT NULL DEFAULT '{}'")
    db.execute("ALTER TABLE chats ADD COLUMN language TEXT")
