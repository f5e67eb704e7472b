"""The step that brings the desk into chats: whose desk a chat is, what is said there of what."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_TABLES: Final = (
    """
    CREATE TABLE desk_codes (
      hash TEXT PRIMARY KEY,
      account TEXT NOT NULL REFERENCES staff(name),
      for_group INTEGER NOT NULL,
      valid_until TEXT NOT NULL,
      used_at TEXT
    )
    """,
    # Without a person it is a group.
    """
    CREATE TABLE desk_chats (
      channel TEXT NOT NULL,
      chat TEXT NOT NULL,
      account TEXT NOT NULL REFERENCES staff(name),
      person TEXT,
      at TEXT NOT NULL,
      PRIMARY KEY (channel, chat)
    )
    """,
    "CREATE INDEX desk_chats_person ON desk_chats (channel, person)",
    # What was said in a desk's chat about which case, as it stood then (version 0: not shown), and
    # which move a text in answer to it makes.
    """
    CREATE TABLE desk_rows (
      inbox INTEGER NOT NULL REFERENCES inbox(id),
      case_id INTEGER NOT NULL REFERENCES cases(id),
      version INTEGER NOT NULL,
      wanted TEXT,
      PRIMARY KEY (inbox, case_id)
    )
    """,
    "CREATE INDEX desk_rows_case ON desk_rows (case_id)",
    "CREATE TABLE bots (channel TEXT PRIMARY KEY, name TEXT NOT NULL)",
)


def desks(db: Database) -> None:
    """Makes the tables."""
    for statement in _TABLES:
        db.execute(statement)
