"""One-time codes of an authenticator on a phone (TOTP, RFC 6238)."""

from __future__ import annotations

import binascii
import hmac
import re
from datetime import datetime
from typing import Any, Final

import pyotp
import segno

from bot.store import Store
from bot.store.staff import Account, Accounts

STEP: Final = 30
# A phone's clock may be one step off, before or behind.
LEEWAY: Final = (0, -1, 1)
_CODE: Final = re.compile(r"\d{6}", re.ASCII)


def new_secret() -> str:
    """A new secret, in base 32."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step that a code belongs to; None for a wrong or an old one."""
    code = code.replace(" ", "")
    if not _CODE.fullmatch(code) or len(secret) < 32:
        return None
    current = int(now.timestamp()) // STEP
    try:
        known = pyotp.TOTP(secret)
        return next((s for n in LEEWAY if _same(known.at((s := current + n) * STEP), code)), None)
    except (binascii.Error, ValueError):
        return None


def used(store: Store, account: Account, secret: str, code: str, now: datetime) -> bool:
    """Within a transaction: whether the code is right; it is right only once."""
    step = step_of(secret, code, now)
    return step is not None and Accounts(store).use_code(account.name, step)


def qr(secret: str, name: str, city: str) -> str:
    """The picture that an authenticator reads, as SVG."""
    address = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=f"Doorstep {city}")
    code: Any = segno.make(address, error="m", micro=False)
    return str(code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
