"""Whose browser this is: a session cookie, and the chat that it opens."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.responses import Response

from bot.channels.web import security
from bot.store import Store
from bot.store.sessions import Sessions, token

KIND: Final = "web"
# Half a year: who comes back in spring still finds the answer of the autumn.
LIFETIME: Final = 183 * 24 * 3600
_TOKEN: Final = re.compile(r"[\w-]{43}", re.ASCII)


@dataclass(frozen=True)
class Visitor:
    """A browser. `fresh` means that it has no cookie of this session yet."""

    secret: str
    chat: str
    fresh: bool

    @property
    def form_token(self) -> str:
        """What this browser's forms must send back."""
        return security.form_token(self.secret)

    def may_send(self, given: str) -> bool:
        """Whether a form came from one of our own pages."""
        return not self.fresh and security.form_token_fits(self.secret, given)

    def keep(self, store: Store, at: str) -> None:
        """Within a transaction: opens the session, or notes that it was used."""
        Sessions(store).open(self.secret, KIND, self.chat, at)


def chat_of(secret: str) -> str:
    """The name of a new session's chat: it tells nothing of the token."""
    return hashlib.sha256(f"chat {secret}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Door:
    """One way to the chat page: the page itself, or the frame on another site.

    Within a frame of another site a browser sends only cookies that say so; such a one is kept
    apart for each site that shows the frame, and needs https.
    """

    path: str
    base: str
    cookie: str
    framed: bool

    def name(self, https: bool) -> str:
        """The cookie's name. With this prefix no neighbouring site can plant one of its own."""
        return f"__Host-{self.cookie}" if https else self.cookie

    def visitor(self, request: Request, store: Store, https: bool) -> Visitor:
        """Who asks. Nothing is written: a session is kept once its citizen says something."""
        secret = request.cookies.get(self.name(https), "")
        if _TOKEN.fullmatch(secret):
            session = Sessions(store).find(secret, KIND)
            if session is None or not session.ended:
                return Visitor(secret, session.subject if session else chat_of(secret), fresh=False)
        secret = token()
        return Visitor(secret, chat_of(secret), fresh=True)

    def remember(self, response: Response, visitor: Visitor, https: bool) -> None:
        """Gives the browser its cookie."""
        parts = [
            f"{self.name(https)}={visitor.secret}",
            "Path=/",
            f"Max-Age={LIFETIME}",
            "HttpOnly",
            "SameSite=None; Secure; Partitioned" if self.framed and https else "SameSite=Lax",
        ]
        if https and not self.framed:
            parts.append("Secure")
        response.headers.append("Set-Cookie", "; ".join(parts))


def chat_behind(request: Request, store: Store, https: bool) -> str:
    """The chat of the browser that asks; empty for one that has none."""
    door = FRAME if request.url.path.startswith(FRAME.base) else PAGE
    visitor = door.visitor(request, store, https)
    return "" if visitor.fresh else visitor.chat


PAGE: Final = Door("/", "/chat", "doorstep", framed=False)
FRAME: Final = Door("/embed", "/embed", "doorstep_frame", framed=True)
