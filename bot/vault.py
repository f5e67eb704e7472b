"""Encrypts what must not be readable in the database: contacts and check words."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.store import Store

FILE: Final = "doorstep.keys"
_KNOWN: Final = "Doorstep"
# Everything that is encrypted: table, its key, column.
HIDDEN: Final = (("cases", "id", "word"), ("cases", "id", "contact"), ("staff", "name", "totp"))


class VaultError(ValueError):
    """The keys are missing, broken or wrong; the message names the file and a remedy."""


class Vault:
    """One or more keys, newest first: the newest encrypts, every one decrypts.

    Lives in a file of one key a line, for its owner alone, and is read anew when another process
    changed it; without a file it is in memory only.
    """

    def __init__(self, keys: tuple[str, ...], file: Path | None = None) -> None:
        self.file = file
        self._use(keys, _stamp(file) if file else None)

    def hide(self, text: str) -> str:
        """Encrypts a text."""
        return self._newest().encrypt(text.encode()).decode()

    def show(self, token: str) -> str:
        """Decrypts what `hide` made. Raises VaultError, never gives garbled text."""
        return self._read(lambda fernet: fernet.decrypt(token.encode()))

    def again(self, token: str) -> str:
        """The same text encrypted with the newest key. Raises VaultError."""
        return self._read(lambda fernet: fernet.rotate(token.encode()))

    def _read(self, read: Callable[[MultiFernet], bytes]) -> str:
        try:
            return read(self._newest()).decode()
        except InvalidToken as error:
            raise VaultError(
                f"{self.file or 'the keys'}: cannot read what was encrypted"
            ) from error

    def _newest(self) -> MultiFernet:
        if self.file and (stamp := _stamp(self.file)) not in (None, self._seen):
            self._use(_keys(self.file), stamp)
        return self._fernet

    def _use(self, keys: tuple[str, ...], seen: tuple[int, int] | None) -> None:
        self.keys, self._seen = keys, seen
        self._fernet = MultiFernet([Fernet(key) for key in keys])


def temporary() -> Vault:
    """A vault whose key goes with the process, for what is kept in memory only."""
    return Vault((Fernet.generate_key().decode(),))


def of(store: Store, file: Path | None = None) -> Vault:
    """The vault of a store: its key file, beside the database where no other is named.

    A new database gets a new key. Raises VaultError if the keys are missing, unreadable, or not
    those that this database was written with: better no start than lost or garbled contacts.
    """
    if store.path is None:
        return temporary()
    path = file or store.path.parent / FILE
    # Two processes may open a new database at the same moment: one of them makes the key.
    with store.transaction():
        rows = store.read("SELECT token FROM vault_checks ORDER BY id DESC LIMIT 1")
        if not path.exists():
            if rows:
                raise VaultError(
                    f"{path}: the key file is missing, and contacts in {store.path} cannot be read "
                    "without it; put it back, or name it with DOORSTEP_KEYS"
                )
            _save(path, (Fernet.generate_key().decode(),))
        vault = read(path)
        if not rows:
            store.write("INSERT INTO vault_checks (token) VALUES (?)", vault.hide(_KNOWN))
            return vault
    try:
        vault.show(rows[0][0])
    except VaultError as error:
        raise VaultError(
            f"{path}: these are not the keys that {store.path} was written with; put the right "
            "file back"
        ) from error
    return vault


def read(path: Path) -> Vault:
    """Reads a key file. Raises VaultError if it holds no usable key."""
    return Vault(_keys(path), path)


def rotate(store: Store, vault: Vault) -> None:
    """Puts a new key first and encrypts everything with it.

    The key before it stays in the file until the next rotation: a process that runs meanwhile may
    still have used it. Killed in between, every key in use is in the file; just rotate again.
    """
    if vault.file is None:
        raise VaultError("these keys are kept in memory only; there is nothing to rotate")
    newest = Fernet.generate_key().decode()
    _save(vault.file, (newest, *vault.keys))
    with store.transaction():
        for table, key, column in HIDDEN:
            found = store.read(f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
            for row, token in found:
                store.write(
                    f"UPDATE {table} SET {column} = ? WHERE {key} = ?",  # noqa: S608
                    vault.again(token),
                    row,
                )
        store.write("INSERT INTO vault_checks (token) VALUES (?)", vault.hide(_KNOWN))
    _save(vault.file, vault.keys[:2])


def _keys(path: Path) -> tuple[str, ...]:
    try:
        keys = tuple(path.read_text("ascii").split())
        for key in keys:
            Fernet(key)
    except (OSError, ValueError) as error:
        raise VaultError(f"{path}: is no key file ({error}); put the right one back") from error
    if not keys:
        raise VaultError(f"{path}: holds no key; put the right file back")
    return keys


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:  # what was read of it stays good
        return None
    return status.st_mtime_ns, status.st_ino


def _save(path: Path, keys: tuple[str, ...]) -> None:
    """Writes the whole file or nothing: a half-written key is a lost key."""
    half = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
