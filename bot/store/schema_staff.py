"""The tables of staff: accounts, what was done with data (append-only), and what they wrote."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_TABLES: Final = (
    """
    CREATE TABLE staff (
      name TEXT PRIMARY KEY,
      role TEXT NOT NULL,
      organisation TEXT,
      password TEXT NOT NULL,
      totp TEXT,
      totp_used INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL,
      disabled_at TEXT
    )
    """,
    """
    CREATE TABLE audit (
      id INTEGER PRIMARY KEY,
      at TEXT NOT NULL,
      actor TEXT NOT NULL,
      role TEXT NOT NULL,
      event TEXT NOT NULL,
      subject TEXT NOT NULL DEFAULT '',
      data TEXT NOT NULL DEFAULT '{}'
    )
    """,
    """
    CREATE TRIGGER audit_kept BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    """
    CREATE TRIGGER audit_true BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    # Questions without a good answer that somebody dealt with; the questions themselves stay.
    """
    CREATE TABLE gaps_handled (
      inbox INTEGER PRIMARY KEY REFERENCES inbox(id),
      at TEXT NOT NULL,
      actor TEXT NOT NULL,
      how TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE answer_templates (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      text TEXT NOT NULL,
      organisation TEXT,
      written_by TEXT NOT NULL,
      at TEXT NOT NULL
    )
    """,
    "CREATE INDEX sessions_subject ON sessions (kind, subject)",
)


def staff(db: Database) -> None:
    """Makes the tables."""
    for statement in _TABLES:
        db.execute(statement)
