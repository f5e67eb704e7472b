"""A server for a module's tests, and the same application in this process with its clock stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from bot.app import App
from bot.channels.web.factory import application
from bot.channels.web.hub import Hub
from bot.channels.web.limits import Limits
from bot.channels.web.site import Site
from bot.match.suggest import suggest
from bot.settings import Settings
from bot.store import Store
from bot.worker import Worker
from tests.web.server import Server

# A Tuesday morning: the offices are open.
NOW = datetime.fromisoformat("2026-11-24T10:00:00+08:00")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("served"), DOORSTEP_RATE_SESSION="6000",
                DOORSTEP_RATE_ADDRESS="60000") as found:  # fmt: skip
        yield found


@pytest.fixture
async def site(words_app: App, tmp_path: Path) -> AsyncIterator[Site]:
    writing, reading = Store(tmp_path / "doorstep.db"), Store(tmp_path / "doorstep.db")
    intake = replace(words_app.intake, store=writing)
    worker = Worker(lambda: intake, writing)
    yield Site(
        settings=Settings(),
        worker=worker,
        store=reading,
        intake=lambda: intake,
        suggest=lambda text, limit: suggest(words_app.reader.matcher, text, limit),
        now=lambda: NOW,
        hub=Hub(worker, reading, NOW.isoformat),
        limits=Limits(3, 100),
    )
    await worker.close()
    reading.close()
    writing.close()


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(site))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://doorstep.test") as found:
        yield found
