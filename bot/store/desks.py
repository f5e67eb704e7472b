"""The desk in chats: who of staff is in which chat, one-time codes, what is said there of what."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.cases import Actor, Role
from bot.store.cases import COLUMNS, Case, case_of, utc
from bot.store.sessions import hashed
from bot.store.sqlite import Store

# How long a code may be used.
VALID: Final = timedelta(minutes=15)
# Letters alone: digits might look like somebody's card number, and few are mistaken for others.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
_LENGTH: Final = 18


@dataclass(frozen=True, slots=True)
class DeskChat:
    """A chat that is a desk, of an account that is active. `group`: others read along."""

    channel: str
    chat: str
    actor: Actor
    group: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message of a desk's chat that is about one case.

    `row` is the inbox row that it hangs on, `wanted` the move that a text in answer to it makes.
    """

    row: int
    case: Case
    wanted: str | None


class Desks:
    """Queries on desks in chats. What changes something is to be called within a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # Reading

    def chat(self, channel: str, chat: str) -> DeskChat | None:
        """The desk that a chat is; None if it is none, or its account was disabled."""
        return next(iter(self._chats("d.channel = ? AND d.chat = ?", channel, chat)), None)

    def chats(self, channel: str) -> list[str]:
        """Every chat of a channel that is a desk."""
        return [one.chat for one in self._chats("d.channel = ?", channel)]

    def member(self, channel: str, person: str | None) -> Actor | None:
        """Who of staff a person of a channel is; None for everybody else."""
        found = self._chats("d.channel = ? AND d.person = ?", channel, person) if person else []
        return found[0].actor if found else None

    def of_role(self, *roles: Role, organisation: str | None = None) -> list[DeskChat]:
        """The chats of staff with one of these roles, groups too; for handlers of one office."""
        marks = ", ".join("?" * len(roles))
        where = f"s.role IN ({marks}) AND s.organisation IS ?"
        return self._chats(where, *(role.value for role in roles), organisation)

    def of_account(self, account: str) -> list[DeskChat]:
        """The chats that an account was linked to."""
        return self._chats("d.account = ?", account)

    def bot(self, channel: str) -> str | None:
        """What the bot is called in a channel, once it has run there."""
        rows = self._store.read("SELECT name FROM bots WHERE channel = ?", channel)
        return str(rows[0][0]) if rows else None

    def link(self, parameter: str) -> str | None:
        """The address that opens Telegram with the bot and says `parameter`."""
        name = self.bot("telegram")
        return f"https://t.me/{name}?{parameter}" if name else None

    def about(self, channel: str, chat: str, row: int) -> Wanted | None:
        """What the messages on an inbox row of a desk's chat are about, if it is one case."""
        rows = self._store.read(
            f"SELECT r.wanted, {_CASE} FROM desk_rows r"  # noqa: S608
            " JOIN inbox i ON i.id = r.inbox JOIN cases c ON c.id = r.case_id"
            " WHERE r.inbox = ? AND i.channel = ? AND i.chat = ?",
            row,
            channel,
            chat,
        )
        return Wanted(row, case_of(rows[0][1:]), rows[0][0]) if len(rows) == 1 else None

    def asked(self, channel: str, chat: str, before: int, since: str) -> int | None:
        """The row of the tap that somebody made last in a chat, if it asked for a text.

        `before` is the row of what was said now; a tap earlier than `since` (ISO 8601) is past.
        """
        rows = self._store.read(
            "SELECT i.id, i.kind, r.wanted FROM inbox i LEFT JOIN desk_rows r ON r.inbox = i.id"
            " WHERE i.channel = ? AND i.chat = ? AND i.kind <> 'staff' AND i.id < ?"
            " AND i.at >= ? ORDER BY i.id DESC LIMIT 1",
            channel,
            chat,
            before,
            since,
        )
        return int(rows[0][0]) if rows and rows[0][1] == "choice" and rows[0][2] else None

    def seen(self, channel: str, chat: str, case: Case) -> int:
        """The newest version of a case that a chat was shown; 0 for none."""
        rows = self._store.read(
            "SELECT coalesce(max(r.version), 0) FROM desk_rows r JOIN inbox i ON i.id = r.inbox"
            " WHERE r.case_id = ? AND i.channel = ? AND i.chat = ?",
            case.id,
            channel,
            chat,
        )
        return int(rows[0][0])

    def draft(self, channel: str, chat: str, person: str | None, row: int) -> str | None:
        """The text of an inbox row, if this person wrote it in this chat."""
        rows = self._store.read(
            "SELECT text FROM inbox WHERE id = ? AND channel = ? AND chat = ? AND sender IS ?"
            " AND kind = 'text'",
            row,
            channel,
            chat,
            person,
        )
        return str(rows[0][0]) if rows else None

    # Within a transaction

    def code(self, account: str, now: datetime, *, group: bool) -> str:
        """A new one-time code for an account's own chat, or for a group."""
        code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        self._store.write(
            "INSERT INTO desk_codes (hash, account, for_group, valid_until) VALUES (?, ?, ?, ?)",
            hashed(code),
            account,
            int(group),
            utc(now + VALID),
        )
        return code

    def redeem(self, code: str, now: datetime) -> tuple[str, bool] | None:
        """Uses a code up: whose it was, and whether for a group; None if it is good no more."""
        rows = self._store.write(
            "UPDATE desk_codes SET used_at = ? WHERE hash = ? AND used_at IS NULL"
            " AND valid_until >= ? RETURNING account, for_group",
            utc(now),
            hashed(code),
            utc(now),
        ).fetchall()
        return (str(rows[0][0]), bool(rows[0][1])) if rows else None

    def open(self, channel: str, chat: str, account: str, person: str | None, at: str) -> None:
        """Makes a chat a desk of an account; one of another account before changes hands."""
        self._store.write(
            "INSERT INTO desk_chats (channel, chat, account, person, at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (channel, chat) DO UPDATE SET account = excluded.account,"
            " person = excluded.person, at = excluded.at",
            channel,
            chat,
            account,
            person,
            at,
        )

    def close(self, account: str) -> int:
        """Ends every link and unused code of an account; returns how many chats it had."""
        self._store.write("DELETE FROM desk_codes WHERE account = ?", account)
        return self._store.write("DELETE FROM desk_chats WHERE account = ?", account).rowcount

    def say(self, row: int, case: Case, version: int, wanted: str | None = None) -> None:
        """Keeps what an inbox row and the messages on it are about."""
        self._store.write(
            "INSERT INTO desk_rows (inbox, case_id, version, wanted) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (inbox, case_id) DO UPDATE SET version ="
            " max(version, excluded.version), wanted = coalesce(excluded.wanted, wanted)",
            row,
            case.id,
            version,
            wanted,
        )

    def take(self, row: int) -> bool:
        """Uses up what a row wanted; False if it was used or dropped before."""
        cursor = self._store.write(
            "UPDATE desk_rows SET wanted = NULL WHERE inbox = ? AND wanted IS NOT NULL", row
        )
        return bool(cursor.rowcount)

    def name_bot(self, channel: str, name: str) -> None:
        """Keeps what the bot is called in a channel."""
        self._store.write(
            "INSERT INTO bots (channel, name) VALUES (?, ?)"
            " ON CONFLICT (channel) DO UPDATE SET name = excluded.name",
            channel,
            name,
        )

    def _chats(self, where: str, *values: str | None) -> list[DeskChat]:
        rows = self._store.read(
            "SELECT d.channel, d.chat, s.name, s.role, s.organisation, d.person IS NULL"  # noqa: S608
            " FROM desk_chats d JOIN staff s ON s.name = d.account"
            f" WHERE s.disabled_at IS NULL AND {where} ORDER BY d.channel, d.chat",
            *values,
        )
        return [
            DeskChat(channel, chat, Actor(name, Role(role), organisation), bool(group))
            for channel, chat, name, role, organisation, group in rows
        ]


_CASE: Final = ", ".join(f"c.{name}" for name in COLUMNS.split(", "))
