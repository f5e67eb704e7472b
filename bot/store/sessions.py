"""Sessions: whose browser or program this is. Their tokens are random and never stored."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from bot.store.sqlite import Store


def token() -> str:
    """A new session's token: 256 random bits, for its holder alone."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What the store knows a token by. A plain hash will do: nobody guesses 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class Session:
    """`subject` is what the session stands for within its kind: a chat, a member of staff."""

    kind: str
    subject: str
    opened_at: str
    seen_at: str
    ended: bool


class Sessions:
    """The sessions of every kind."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, secret: str, kind: str) -> Session | None:
        """The session of a token, ended ones too; None if there never was one of this kind."""
        rows = self._store.read(
            "SELECT kind, subject, opened_at, seen_at, ended_at FROM sessions"
            " WHERE hash = ? AND kind = ?",
            hashed(secret),
            kind,
        )
        if not rows:
            return None
        found, subject, opened_at, seen_at, ended_at = rows[0]
        return Session(found, subject, opened_at, seen_at, ended_at is not None)

    # Within a transaction

    def open(self, secret: str, kind: str, subject: str, at: str) -> None:
        """Begins a session, or notes that it was used again."""
        self._store.write(
            "INSERT INTO sessions (hash, kind, subject, opened_at, seen_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (hash) DO UPDATE SET seen_at = excluded.seen_at",
            hashed(secret),
            kind,
            subject,
            at,
            at,
        )

    def end(self, secret: str, at: str) -> None:
        """Ends a session: its token opens nothing any more."""
        self._store.write(
            "UPDATE sessions SET ended_at = ? WHERE hash = ? AND ended_at IS NULL",
            at,
            hashed(secret),
        )

    def end_all(self, kind: str, subject: str, at: str, but: str = "") -> None:
        """Ends every session of a subject, but for the one of the token `but`."""
        self._store.write(
            "UPDATE sessions SET ended_at = ? WHERE kind = ? AND subject = ? AND hash <> ?"
            " AND ended_at IS NULL",
            at,
            kind,
            subject,
            hashed(but),
        )
