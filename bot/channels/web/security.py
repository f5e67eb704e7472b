"""What guards every page: security headers on each answer, and tokens in forms."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Bytes: as many as the longest complaint takes in a form, where a Chinese character takes nine.
MAX_BODY: Final = 256 * 1024

_HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Two years; only told over https, where it means something.
_HTTPS_ONLY: Final = "max-age=63072000"

# A file to be saved, never shown as a page of ours, whatever its bytes pretend to be.
_SAVED: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"


def download(name: str) -> dict[str, str]:
    """The headers of a file that is to be saved by this name, which is plain ASCII of ours."""
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": _SAVED,
    }


class Guard:
    """Adds the security headers to whatever the application answers.

    A page may be framed only by `ancestors`, and only if its path is below `framed`. The page's
    own data blocks carry the nonce of `nonce(request)`.
    """

    def __init__(self, app: ASGIApp, ancestors: str, framed: str, https: bool) -> None:
        self._app, self._ancestors, self._framed, self._https = app, ancestors, framed, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        mark = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = mark
        framed = scope["path"] == self._framed or scope["path"].startswith(f"{self._framed}/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", self._policy(mark, framed))
                headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
                headers.setdefault("Cache-Control", "no-store")
                if not framed:
                    headers.setdefault("X-Frame-Options", "DENY")
                if self._https:
                    headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
            await send(message)

        await self._app(scope, receive, guarded)

    def _policy(self, mark: str, framed: bool) -> str:
        ancestors = self._ancestors if framed else "'none'"
        return (
            f"default-src 'none'; script-src 'self' 'nonce-{mark}'; style-src 'self'; "
            "img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
            f"base-uri 'none'; frame-ancestors {ancestors}"
        )


def nonce(request: Request) -> str:
    """The mark that a data block within the page must carry."""
    return str(request.state.nonce)


def form_token(session: str) -> str:
    """What a form of this session must send back; a page of another site cannot know it."""
    return hmac.new(session.encode(), b"form", hashlib.sha256).hexdigest()


def form_token_fits(session: str, given: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(form_token(session).encode(), given.encode("utf-8", "replace"))


def address(request: Request) -> str:
    """The sender's network address; of an IPv6 one the /64, which belongs to one household."""
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host
