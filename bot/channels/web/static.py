"""Scripts, styles and pictures, under addresses that change with their content."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from bot.channels.web.site import STATIC, fingerprint

FOR_EVER: Final = "public, max-age=31536000, immutable"


def router() -> APIRouter:
    """The routes."""
    found = APIRouter(include_in_schema=False)
    names = {path.name for path in STATIC.iterdir()}

    @found.get("/static/{mark}/{name}")
    async def static(mark: str, name: str) -> Response:
        """A file; one of an older page is served as it is now, and not kept."""
        if name not in names:
            raise HTTPException(404)
        return FileResponse(
            STATIC / name,
            headers={"Cache-Control": FOR_EVER if mark == fingerprint() else "no-cache"},
        )

    return found
