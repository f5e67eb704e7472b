"""Takes the pictures in docs/screenshots with a real browser: `make screenshots`."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, expect

from docs import staff_pictures
from tests.web.browser import ask, launched, opened, tap
from tests.web.server import Server

FOLDER = Path(__file__).parent / "screenshots"
PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1180, height=820)
QUESTION = "家里收入太少了，想吃低保，怎么申请"


async def _page(browser: Browser, url: str, viewport: ViewportSize, **options: Any) -> Page:
    return await opened(browser, url, viewport=viewport, **options)


async def _shoot(page: Page, name: str) -> None:
    await page.mouse.move(0, 0)
    await page.evaluate("() => document.activeElement.blur()")
    await page.screenshot(path=FOLDER / f"{name}.png")
    await page.context.close()


async def take(url: str) -> None:
    """Every picture."""
    async with launched() as browser:
        page = await _page(browser, url, PHONE)
        await ask(page, QUESTION)
        await _shoot(page, "phone")
        page = await _page(browser, url, PHONE)
        await ask(page, QUESTION)
        await tap(page, "列清单")
        for number in (0, 1):
            await page.get_by_role("checkbox").nth(number).click()
            await expect(page.get_by_role("checkbox").nth(number)).to_be_checked()
        await _shoot(page, "phone-checklist")
        page = await _page(browser, url, PHONE)
        await page.get_by_role("button", name="大字").click()
        await ask(page, QUESTION)
        await _shoot(page, "phone-large-type")
        page = await _page(browser, url, DESKTOP, color_scheme="dark")
        await ask(page, "怎么领结婚证")
        await _shoot(page, "desktop-dark")
        page = await _page(browser, url, DESKTOP)
        await _shoot(page, "desktop")
        page = await _page(browser, f"{url}/guides/dibao", ViewportSize(width=1060, height=700))
        await _shoot(page, "guide")
        await staff_pictures.take(browser, url, _shoot)


def main() -> None:
    """Serves the sample city and takes the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        staff_pictures.settle(Path(data))
        with Server(Path(data)) as server:
            asyncio.run(take(server.url))


if __name__ == "__main__":
    main()
