"""Who may do what at the console: rights by role, and the session that proves who it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fastapi import Request
from starlette.responses import Response

from bot.cases import Actor, Role
from bot.channels.web import security
from bot.store import Store
from bot.store.sessions import Sessions
from bot.store.staff import KIND, Account, Accounts

COOKIE: Final = "doorstep_staff"
PATH: Final = "/staff"
# A desk left alone closes; and nobody stays signed in overnight.
IDLE: Final = timedelta(hours=2)
LONGEST: Final = timedelta(hours=12)
# The store notes once a minute that a session is used, not with every page.
NOTED: Final = timedelta(minutes=1)


class Right(StrEnum):
    """What a page or a form of the console asks of who calls it.

    The moves of a case are decided by the table of bot.cases beside this.
    """

    read = "read"  # cases, topics and figures; a handler those of the own organisation
    work = "work"  # forms that change a case
    personal = "personal"  # contacts of citizens
    gather = "gather"  # hot topics
    mend = "mend"  # gaps, and patches of guides
    audit = "audit"  # who did what


_R: Final = Role
RIGHTS: Final[Mapping[Right, frozenset[Role]]] = {
    Right.read: frozenset({_R.clerk, _R.handler, _R.reviewer, _R.admin, _R.auditor}),
    Right.work: frozenset({_R.clerk, _R.handler, _R.reviewer, _R.admin}),
    Right.personal: frozenset({_R.clerk, _R.handler, _R.admin}),
    Right.gather: frozenset({_R.clerk, _R.reviewer, _R.admin}),
    Right.mend: frozenset({_R.reviewer, _R.admin}),
    Right.audit: frozenset({_R.admin, _R.auditor}),
}


@dataclass(frozen=True)
class SignedIn:
    """A member of staff with an open session. `secret` is its token."""

    secret: str
    account: Account
    seen_at: datetime

    @property
    def name(self) -> str:
        """The account's name."""
        return self.account.name

    @property
    def actor(self) -> Actor:
        """Who this is to the desk."""
        return self.account.actor

    @property
    def form_token(self) -> str:
        """What the forms of this session must send back."""
        return security.form_token(self.secret)

    def may(self, right: str) -> bool:
        """Whether the account's role has this right."""
        return self.account.role in RIGHTS[Right(right)]


def signed_in(request: Request, store: Store, now: datetime) -> SignedIn | None:
    """Whose request this is; None without an open, fresh session of an active account."""
    secret = request.cookies.get(COOKIE, "")
    session = Sessions(store).find(secret, KIND) if secret else None
    if session is None or session.ended:
        return None
    opened, seen = map(datetime.fromisoformat, (session.opened_at, session.seen_at))
    if now - seen > IDLE or now - opened > LONGEST:
        return None
    account = Accounts(store).find(session.subject)
    if account is None or account.disabled_at:
        return None
    return SignedIn(secret, account, seen)


def remember(response: Response, secret: str, https: bool) -> None:
    """Gives the browser its cookie, which no other site's page can make it send."""
    response.set_cookie(COOKIE, secret, path=PATH, httponly=True, samesite="strict", secure=https)


def forget(response: Response) -> None:
    """Takes the cookie back."""
    response.delete_cookie(COOKIE, path=PATH)
