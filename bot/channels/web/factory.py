"""The web application: every route behind the same guard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import __version__
from bot.channels.web import api, chat, crawlers, files, guides, health, static, widget
from bot.channels.web.security import MAX_BODY, Guard
from bot.channels.web.site import Site
from bot.channels.web.visitors import FRAME, chat_behind
from bot.talk import Json

DESCRIPTION: Final = "What to bring, who handles it, how long it takes: a city's services."


def application(
    site: Site,
    routers: Iterable[APIRouter] = (),
    routes: Sequence[BaseRoute] = (),
    health_of: Callable[[], Json] = dict,
) -> ASGIApp:
    """Builds the application. Other channels add `routers` and `routes` behind the same guard.

    `health_of` tells how the other channels are, for /healthz.
    """
    app = FastAPI(
        title="Doorstep",
        version=__version__,
        description=DESCRIPTION,
        openapi_url=f"{api.PREFIX}/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={
            HTTPException: _Failed(site),
            RequestValidationError: _invalid,
            Exception: _Failed(site),
        },
    )
    built = (part.router(site) for part in (chat, guides, api, crawlers, widget))
    for router in (*built, health.router(site, health_of), static.router(), *routers):
        app.include_router(router)
    app.router.routes.extend([*chat.routes(site), *routes])
    # Around everything, so that even the answer to a defect carries the headers.
    return Guard(
        _Bounded(app, _Failed(site)), site.settings.frame_ancestors, FRAME.path, site.https
    )


class _Bounded:
    """Turns away a body that is too long, in kind words: before it is read if it says so itself."""

    def __init__(self, app: ASGIApp, failed: _Failed) -> None:
        self._app, self._failed = app, failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        limit = files.MAX_UPLOAD if scope["path"] in files.PATHS else MAX_BODY
        if length.isdigit() and int(length) > limit:
            answer = await self._failed(Request(scope), HTTPException(413))
            await answer(scope, receive, send)
            return
        came = 0

        async def bounded() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > limit:
                raise HTTPException(413)  # told by the application's own handler
            return message

        await self._app(scope, bounded, send)


class _Failed:
    """Says kindly what went wrong: as a page to people, as JSON to programs."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def __call__(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(getattr(error, "headers", None) or {})
        if request.url.path.startswith("/api/"):
            detail = error.detail if isinstance(error, HTTPException) else "a defect of ours"
            return JSONResponse({"error": detail, "outcome": None}, status, headers)
        key = {403: "forbidden", 404: "not_found", 413: "too_large"}.get(status, "broken")
        if status == 413 and request.url.path in files.PATHS:
            key = "file_too_large"
        site = self.site
        # A defect may be the store's own: then nothing is asked of it.
        told = isinstance(error, HTTPException)
        voice = site.voice(chat_behind(request, site.store, site.https) if told else "")
        page = site.page(request, "failed.html", status, voice, key=key)
        page.headers.update(headers)
        return page


async def _invalid(_: Request, error: Exception) -> Response:
    """What is wrong with a request, without repeating it: it may hold anything."""
    assert isinstance(error, RequestValidationError)
    found = [_said(one) for one in error.errors()]
    broken = any(one["type"] == "json_invalid" for one in error.errors())
    return JSONResponse({"error": "; ".join(found), "outcome": None}, 400 if broken else 422)


def _said(one: Any) -> str:
    where = ".".join(str(part) for part in one["loc"] if isinstance(part, str))
    return f"{where}: {one['msg']}".encode("ascii", "replace").decode()
