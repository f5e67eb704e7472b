"""Pages of the console over 50,000 complaints on disk: python -m tests.bench.console."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import click
import httpx

from bot import app as apps
from bot.cases import Role
from bot.channels import staff
from bot.channels.web.factory import application
from bot.channels.web.hub import Hub
from bot.channels.web.limits import Limits
from bot.channels.web.site import Site
from bot.settings import Settings
from bot.store import Store
from bot.store.staff import Accounts
from bot.worker import Worker
from tests.bench.cases import NOW, WANTED, fill
from tests.conftest import INDEX
from tests.staff.conftest import HASH, Staffer

ROUNDS: Final = 5
INBOX: Final = (
    "", "?state=all", "?q=49999&state=all", "?q=态度&state=all", "?q=没有这样的话",
    "?organisation=tax", "?guide=dibao&state=merged", "?late=1", "?mine=1",
)  # fmt: skip
# Computed over every case, off the loop and on a connection of their own.
FIGURES: Final = ("/figures", "/figures?days=365", "/topics")


async def measured(folder: Path) -> dict[str, float]:
    """Median milliseconds a page, from request to the last byte."""
    known = apps.build(Settings(semantic=False, data=INDEX))
    writing, reading = Store(folder / "doorstep.db"), Store(folder / "doorstep.db")
    fill(writing)
    with writing.transaction():
        Accounts(writing).add("admin", Role.admin, None, HASH, NOW.isoformat())
    settings = replace(known.settings, data=folder)
    app = apps.assemble(settings, known.city, known.language, known.reader, writing)
    worker = Worker(lambda: app.intake, writing)
    site = Site(
        settings=settings,
        worker=worker,
        store=reading,
        intake=lambda: app.intake,
        suggest=lambda _text, _limit: [],
        now=lambda: NOW,
        hub=Hub(worker, reading, NOW.isoformat),
        limits=Limits(9999, 9999),
        folders=(staff.TEMPLATES,),
    )
    served = httpx.ASGITransport(application(site, [staff.router(site)]))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=served, base_url="http://doorstep.test") as client:
        staffer = Staffer(client)
        await staffer.sign_in("admin")
        found = {path: await _milliseconds(staffer, path) for path in (*INBOX, *FIGURES)}
    await worker.close()
    reading.close()
    writing.close()
    return found


async def _milliseconds(staffer: Staffer, path: str) -> float:
    taken = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        answer = await staffer.get(path)
        taken.append((perf_counter() - begun) * 1000)
        assert answer.status_code == 200
    return median(taken)


def main() -> None:
    """Fills a file and prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measured(Path(folder)))
    for path, taken in found.items():
        wanted = f"  (wanted: {WANTED:.0f})" if path in INBOX else ""
        click.echo(f"{taken:8.1f} ms  /staff{path}{wanted}")


if __name__ == "__main__":
    main()
