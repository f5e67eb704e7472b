"""Who signed in, looked at contacts, exported or changed guides."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from bot.channels.staff.access import Right, SignedIn
from bot.channels.staff.console import Console
from bot.store.staff import Audit


class AuditPage:
    """The page /staff/audit, the newest first."""

    def __init__(self, console: Console) -> None:
        self.console = console
        console.get("/audit", Right.audit, self.show)

    async def show(self, request: Request, who: SignedIn) -> Response:
        """A hundred rows, from `before` back."""
        given = request.query_params.get("before", "")
        before = int(given) if given.isdecimal() and len(given) < 16 else None
        rows = Audit(self.console.site.store).newest(100, before)
        return self.console.page(request, who, "audit.html", rows=rows)
