"""The webhook: stored, then acknowledged; nobody else gets in; what fails comes again."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from fake_api import FakeApi
from running import Bot, Starter, until
from starlette.applications import Starlette

from bot.channels.telegram import webhook
from bot.store.updates import Updates

URL = "https://city.example"
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 5, "date": 0, "text": "身份证丢了怎么补办",
        "chat": {"id": 7, "type": "private"}, "from": {"id": 7, "is_bot": False},
    },
}  # fmt: skip


async def call(bot: Bot, body: bytes, secret: str | None) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=bot.telegram.routes()))
    headers = {} if secret is None else {webhook.SECRET_HEADER: secret.encode()}
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        return await client.post(webhook.PATH, content=body, headers=headers)


@contextlib.asynccontextmanager
async def served(bot: Bot) -> AsyncIterator[str]:
    """The webhook on a real server; gives its address."""
    config = uvicorn.Config(
        Starlette(routes=bot.telegram.routes()), port=0, log_level="critical", lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def registered(api: FakeApi) -> dict[str, Any]:
    return await until(lambda: api.webhook)


def encoded(update: object) -> bytes:
    return json.dumps(update).encode()


async def test_an_update_is_stored_and_answered(api: FakeApi, started: Starter) -> None:
    async with started(public_url=f"{URL}/") as bot:
        hook = await registered(api)
        assert hook["url"] == URL + webhook.PATH
        for _ in range(2):  # Telegram comes again when our answer got lost
            response = await call(bot, encoded(UPDATE), hook["secret_token"])
            assert response.status_code == 200
        assert bot.rows("SELECT count(*) FROM updates") == [(1,)]
        await until(lambda: api.texts(7))
        await bot.all_done()
        assert bot.rows("SELECT count(*) FROM turns") == [(1,)]
        assert bot.telegram.health()["way"] == "webhook"
    assert api.offsets == []


async def test_over_real_http_what_fails_comes_again(
    api: FakeApi, started: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        api.message(7, text=f"身份证丢了怎么补办{number}")
    api.updates.insert(2, "broken")
    async with started(public_url=URL) as bot, served(bot) as address:
        await registered(api)
        keep, failures = Updates.keep, [OSError("no space left on device")] * 2

        def full_at_first(updates: Updates, numbered: Any, at: str) -> Any:
            if failures:
                raise failures.pop()
            return keep(updates, numbered, at)

        monkeypatch.setattr(Updates, "keep", full_at_first)
        codes = await api.push(address)
        assert codes.count(200) == 6
        assert codes.count(500) == 2
        await bot.all_done()
        rows = bot.rows("SELECT text FROM inbox ORDER BY id")
        assert [text[-1] for (text,) in rows] == list("01234")


async def test_a_full_house_asks_to_come_again(
    api: FakeApi, started: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(public_url=URL) as bot:
        secret = (await registered(api))["secret_token"]
        monkeypatch.setattr(webhook, "FULL", 0)
        assert (await call(bot, encoded(UPDATE), secret)).status_code == 503
        assert bot.rows("SELECT count(*) FROM updates") == [(0,)]


@pytest.mark.parametrize("secret", [None, "", "wrong", "密"])
async def test_nobody_else_gets_in(api: FakeApi, started: Starter, secret: str | None) -> None:
    async with started(public_url=URL) as bot:
        await registered(api)
        assert (await call(bot, encoded(UPDATE), secret)).status_code == 403
        assert bot.rows("SELECT count(*) FROM updates") == [(0,)]


async def test_a_secret_may_be_set(api: FakeApi, started: Starter) -> None:
    async with started(public_url=URL, telegram_webhook_secret="of-the-operator") as bot:
        assert (await registered(api))["secret_token"] == "of-the-operator"
        response = await call(bot, encoded(UPDATE), "of-the-operator")
        assert response.status_code == 200


@pytest.mark.parametrize("body", [b"", b"no json", b"\xff\xfe", b"[" * 100_000, b"5"])
async def test_a_broken_call_is_set_aside(api: FakeApi, started: Starter, body: bytes) -> None:
    async with started(public_url=URL) as bot:
        secret = (await registered(api))["secret_token"]
        assert (await call(bot, body, secret)).status_code == 200
        await until(lambda: bot.rows("SELECT 1 FROM updates WHERE aside IS NOT NULL"))


async def test_too_much_is_not_read(api: FakeApi, started: Starter) -> None:
    async with started(public_url=URL) as bot:
        secret = (await registered(api))["secret_token"]
        assert (await call(bot, b" " * (webhook.MAX_BODY + 1), secret)).status_code == 413


async def test_what_cannot_be_stored_is_not_acknowledged(
    api: FakeApi, started: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(public_url=URL) as bot:
        secret = (await registered(api))["secret_token"]
        with monkeypatch.context() as patch:

            async def full(*_: object) -> None:
                raise OSError("no space left on device")

            patch.setattr(bot.worker, "write", full)
            assert (await call(bot, encoded(UPDATE), secret)).status_code == 500
        assert (await call(bot, encoded(UPDATE), secret)).status_code == 200


async def test_polling_has_no_webhook(api: FakeApi, started: Starter) -> None:
    async with started() as bot:
        assert bot.telegram.routes() == []
        await until(lambda: api.of("deleteWebhook"))
