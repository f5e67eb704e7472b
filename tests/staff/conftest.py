"""A console in this process with its clock stopped, a town with complaints, and staff who sign in."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot import passwords
from bot.app import App, assemble
from bot.cases import Role
from bot.channels import staff
from bot.channels.staff.console import Console
from bot.channels.web.factory import application
from bot.channels.web.hub import Hub
from bot.channels.web.limits import Limits
from bot.channels.web.site import Site
from bot.match.suggest import suggest
from bot.store import Store
from bot.store.cases import Case, Cases
from bot.store.sqlite import Inbound
from bot.store.staff import Accounts
from bot.worker import Worker
from tests.townsfolk import AT, STORY
from tests.web.page import Page

NOW = datetime.fromisoformat(AT)
PASSWORD = "correct horse battery"
HASH = passwords.hashed(PASSWORD)
# Everybody works in this town; the story is for public-security.
PEOPLE = {
    "wang": (Role.clerk, None),
    "li": (Role.handler, "public-security"),
    "zhao": (Role.handler, "public-security"),
    "sun": (Role.handler, "health"),
    "qian": (Role.reviewer, None),
    "admin": (Role.admin, None),
    "zhou": (Role.auditor, None),
}


@dataclass
class Office:
    """The console over one store, with complaints in it."""

    site: Site
    console: Console
    app: Any
    now: list[datetime]
    said: int = 0

    @property
    def store(self) -> Store:
        return self.site.store

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://doorstep.test")

    @asynccontextmanager
    async def as_(self, name: str) -> AsyncIterator[Staffer]:
        async with self.client() as client:
            staffer = Staffer(client)
            answer = await staffer.sign_in(name)
            assert answer.status_code == 303, answer.text
            yield staffer

    async def say(self, text: str, chat: str = "c") -> None:
        self.said += 1
        await self.site.worker.handle(Inbound("web", chat, str(self.said), "text", text, AT))

    async def file(self, text: str = STORY, chat: str = "c") -> str:
        await self.say(text, chat)
        await self.say("就这些", chat)
        return Cases(self.store).of_chat("web", chat)[0].number

    def case(self, number: str) -> Case:
        return Cases(self.store).case(number)

    def heard(self, chat: str = "c") -> list[str]:
        rows = self.store.read("SELECT text FROM outbox WHERE chat = ? ORDER BY id", chat)
        return [row[0] for row in rows]


@dataclass
class Staffer:
    """A browser of somebody of staff."""

    client: httpx.AsyncClient

    async def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        page = Page((await self.client.get("/staff/sign-in")).text)
        fields = {"token": page.inputs["token"], "name": name, "password": password, **more}
        return await self.client.post("/staff/sign-in", data=fields)

    async def get(self, path: str = "") -> httpx.Response:
        return await self.client.get(f"/staff{path}")

    async def token(self) -> str:
        return Page((await self.get("/account")).text).inputs["token"]

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        fields = {"token": await self.token(), **fields}
        return await self.client.post(f"/staff{path}", data=fields)


@pytest_asyncio.fixture
async def office(words_app: App, tmp_path: Path) -> AsyncIterator[Office]:
    writing, reading = Store(tmp_path / "doorstep.db"), Store(tmp_path / "doorstep.db")
    # A city of its own: the console writes into guides.
    city = shutil.copytree(
        words_app.settings.city, tmp_path / "city", ignore=shutil.ignore_patterns("*.npz")
    )
    settings = replace(words_app.settings, data=tmp_path, city=city)
    app = assemble(settings, words_app.city, words_app.language, words_app.reader, writing)
    worker = Worker(lambda: app.intake, writing)
    now = [NOW]
    site = Site(
        settings=settings,
        worker=worker,
        store=reading,
        intake=lambda: app.intake,
        suggest=lambda text, limit: suggest(words_app.reader.matcher, text, limit),
        now=lambda: now[0],
        hub=Hub(worker, reading, NOW.isoformat),
        limits=Limits(1000, 1000),
        folders=(staff.TEMPLATES,),
    )
    with writing.transaction():
        for name, (role, organisation) in PEOPLE.items():
            Accounts(writing).add(name, role, organisation, HASH, AT)
    console = staff.console(site)
    yield Office(site, console, application(site, [console.router]), now)
    await worker.close()
    reading.close()
    writing.close()


@pytest.fixture
def anyone() -> list[str]:
    return list(PEOPLE)
