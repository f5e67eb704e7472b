"""/healthz for whatever watches the process, and the choice of type size."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot import __version__
from bot.channels.web.site import LARGE, TYPE_COOKIE, Site
from bot.talk import Json

_YEAR: Final = 365 * 24 * 3600


def router(site: Site, health_of: Callable[[], Json]) -> APIRouter:
    """The routes."""
    found = APIRouter(include_in_schema=False)

    @found.get("/healthz")
    async def healthz() -> Response:
        """503 while the database cannot be read."""
        try:
            database: dict[str, Json] = {"ok": True, "replies": site.history.newest()}
        except sqlite3.Error as error:
            database = {"ok": False, "error": type(error).__name__}
        city = site.book.city
        body = {
            "ok": database["ok"],
            "version": __version__,
            "city": {"id": city.about.id, "name": city.about.name, "guides": len(city.guides)},
            "database": database,
            **health_of(),
        }
        return JSONResponse(body, 200 if body["ok"] else 503)

    @found.post("/type")
    async def type_size(request: Request) -> Response:
        """Remembers whether this browser wants large type, and goes back to where it was."""
        form = await request.form(max_files=0, max_fields=3)
        size, back = form.get("size"), form.get("back")
        # Only a path of our own: `//elsewhere` would lead away.
        own = isinstance(back, str) and back.startswith("/") and not back.startswith(("//", "/\\"))
        response = RedirectResponse(str(back) if own else "/", 303)
        response.set_cookie(
            TYPE_COOKIE,
            LARGE if size == LARGE else "normal",
            max_age=_YEAR,
            samesite="lax",
            secure=site.https,
        )
        return response

    return found
