"""The webhook: an update is stored before it is acknowledged with 200."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.telegram.receive import Receiver
from bot.settings import Settings
from bot.talk import Json

PATH: Final = "/telegram/webhook"
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
# Bytes; an update of Telegram's has a few thousand.
MAX_BODY: Final = 1 << 20
# With so many updates still to do Telegram shall keep the next ones and come again.
FULL: Final = 10_000

log = logging.getLogger(__name__)


def secret(settings: Settings) -> str:
    """What Telegram sends with each call; derived from the token where none is set."""
    if settings.telegram_webhook_secret:
        return settings.telegram_webhook_secret
    token = settings.telegram_token.encode()
    return hmac.new(token, b"doorstep webhook", hashlib.sha256).hexdigest()


def route(settings: Settings, receiver: Receiver, called: Callable[[], None]) -> Route:
    """The place that Telegram calls; `called` hears of every call that was stored."""
    expected = secret(settings).encode()

    async def take(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not hmac.compare_digest(given, expected):
            return Response(status_code=403)
        if receiver.backlog >= FULL:
            return Response(status_code=503, headers={"Retry-After": "5"})
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        try:
            await receiver.keep([_decoded(body)])
        except Exception as error:  # not stored, so not acknowledged: Telegram comes again
            log.error("an update could not be stored: %s", type(error).__name__)
            return Response(status_code=500)
        called()
        return Response(status_code=200)

    return Route(PATH, take, methods=["POST"])


async def _body(request: Request) -> bytes | None:
    """The whole body; None if it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _decoded(body: bytes) -> Json:
    """What is no JSON is kept as a text, to be set aside: called again it would be no better."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
