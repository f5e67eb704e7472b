"""Accounts of staff, and the append-only audit of what was done with people's data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from bot.cases import Actor, Role
from bot.store.desks import Desks
from bot.store.sessions import Sessions
from bot.store.sqlite import Store
from bot.talk import Json

# The kind of their sessions.
KIND: Final = "staff"
_COLUMNS: Final = "name, role, organisation, password, totp, totp_used, disabled_at"


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff. `password` is a hash; `totp` is encrypted (see bot.vault), or None."""

    name: str
    role: Role
    organisation: str | None
    password: str
    totp: str | None
    totp_used: int
    disabled_at: str | None

    @property
    def actor(self) -> Actor:
        """Who this is to the desk."""
        return Actor(self.name, self.role, self.organisation)


class Accounts:
    """Queries on accounts. What changes something is to be called within a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, name: str) -> Account | None:
        """The account of that name, disabled ones too."""
        rows = self._store.read(f"SELECT {_COLUMNS} FROM staff WHERE name = ?", name)  # noqa: S608
        return _account(rows[0]) if rows else None

    def all(self) -> list[Account]:
        """Every account by name, disabled ones too."""
        rows = self._store.read(f"SELECT {_COLUMNS} FROM staff ORDER BY name")  # noqa: S608
        return [_account(row) for row in rows]

    def handlers(self, organisation: str | None) -> list[str]:
        """Names of those who may handle cases of an organisation now."""
        rows = self._store.read(
            "SELECT name FROM staff WHERE role = 'handler' AND organisation = ?"
            " AND disabled_at IS NULL ORDER BY name",
            organisation,
        )
        return [row[0] for row in rows]

    # Within a transaction

    def add(
        self, name: str, role: Role, organisation: str | None, password: str, at: str
    ) -> Account:
        """A new account; `password` is a hash. Raises ValueError if the name is taken."""
        if self.find(name):
            raise ValueError(f"there is an account {name!r} already; choose another name")
        self._store.write(
            "INSERT INTO staff (name, role, organisation, password, created_at)"
            " VALUES (?, ?, ?, ?, ?)",
            name,
            role.value,
            organisation,
            password,
            at,
        )
        return self._known(name)

    def disable(self, name: str, at: str) -> None:
        """Ends an account, its sessions and its chats; what it did keeps its name.

        Raises ValueError for a name that has no account.
        """
        self._known(name)
        self._store.write("UPDATE staff SET disabled_at = ? WHERE name = ?", at, name)
        Desks(self._store).close(name)
        Sessions(self._store).end_all(KIND, name, at)

    def set_password(self, name: str, password: str, at: str, but: str = "") -> None:
        """A new hash; every session ends, but for the one of the token `but`.

        Raises ValueError for a name that has no account.
        """
        self._known(name)
        self._store.write("UPDATE staff SET password = ? WHERE name = ?", password, name)
        Sessions(self._store).end_all(KIND, name, at, but)

    def rehash(self, name: str, password: str) -> None:
        """The same password hashed with more work."""
        self._store.write("UPDATE staff SET password = ? WHERE name = ?", password, name)

    def set_totp(self, name: str, secret: str | None) -> None:
        """The (encrypted) secret of the one-time codes; None turns them off."""
        self._store.write("UPDATE staff SET totp = ?, totp_used = 0 WHERE name = ?", secret, name)

    def use_code(self, name: str, step: int) -> bool:
        """Notes a one-time code's time step; False if it or a later one was used before."""
        cursor = self._store.write(
            "UPDATE staff SET totp_used = ? WHERE name = ? AND totp_used < ?", step, name, step
        )
        return bool(cursor.rowcount)

    def _known(self, name: str) -> Account:
        found = self.find(name)
        if found is None:
            raise ValueError(f"there is no staff account {name!r}; see `doorstep staff list`")
        return found


class Audit:
    """Who looked at, took out or changed what. Rows can only be added."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, at: str, actor: Actor, event: str, subject: str = "", data: Json = None) -> None:
        """Within a transaction: notes one event."""
        self._store.write(
            "INSERT INTO audit (at, actor, role, event, subject, data) VALUES (?, ?, ?, ?, ?, ?)",
            at,
            actor.name,
            actor.role.value,
            event,
            subject,
            json.dumps(data or {}, ensure_ascii=False),
        )

    def newest(self, limit: int = 100, before: int | None = None) -> list[dict[str, Json]]:
        """The newest rows before a row's id, newest first."""
        rows = self._store.read(
            "SELECT id, at, actor, role, event, subject, data FROM audit"
            " WHERE ? IS NULL OR id < ? ORDER BY id DESC LIMIT ?",
            before,
            before,
            limit,
        )
        names = ("id", "at", "actor", "role", "event", "subject")
        return [
            dict(zip(names, row[:-1], strict=True)) | {"data": json.loads(row[-1])} for row in rows
        ]


def _account(row: tuple[object, ...]) -> Account:
    name, role, organisation, password, totp, used, disabled = row
    return Account(
        str(name),
        Role(str(role)),
        str(organisation) if organisation else None,
        str(password),
        str(totp) if totp else None,
        int(str(used)),
        str(disabled) if disabled else None,
    )
