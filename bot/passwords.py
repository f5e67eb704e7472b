"""Passwords of staff: how they are hashed, compared, and what is too weak."""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Longer than this nobody types; hashing a megabyte would be a way to keep us busy.
LONGEST: Final = 200
SHORTEST: Final = 10

_HASHER: Final = PasswordHasher()
# Compared with where there is no account, so that the time taken does not tell which names exist.
NOBODY: Final = _HASHER.hash("nobody has this account")


def hashed(password: str) -> str:
    """What is stored. Raises ValueError for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters; choose another one")
    return _HASHER.hash(password)


def fits(stored: str, password: str) -> bool:
    """Whether this is the password. Takes some 50 milliseconds of work on purpose."""
    try:
        return len(password) <= LONGEST and _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether it was hashed with less work than today's."""
    return _HASHER.check_needs_rehash(stored)
