"""The chat on somebody else's page: one script tag puts it there as a frame."""

from __future__ import annotations

import json
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from bot.channels.web.site import STATIC, Site

SCRIPT: Final = STATIC / "widget.js"


def router(site: Site) -> APIRouter:
    """The routes."""
    found = APIRouter(include_in_schema=False)

    @found.get("/widget.js")
    async def widget() -> Response:
        """The script, with its few words filled in. Any site may load it; few may frame us."""
        words = {
            name: site.wording.text(f"page.widget_{name}", about=site.book.about())
            for name in ("open", "close", "title")
        }
        filled = SCRIPT.read_text("utf-8").replace("WORDS", json.dumps(words))
        return Response(
            filled,
            media_type="text/javascript",
            headers={
                "Cross-Origin-Resource-Policy": "cross-origin",
                "Cache-Control": "public, max-age=3600",
            },
        )

    return found
