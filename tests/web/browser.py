"""A real Chromium: Debian's, else Playwright's own. Where there is none, tests say so and skip."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, Error, Page, async_playwright, expect

# Quiet and alone: no sandbox for root, and no calls home.
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A loaded machine is slow; conditions are waited for, never slept for.
PATIENCE: Final = 30_000
PHONE: Final = {"width": 360, "height": 740}
DESKTOP: Final = {"width": 1280, "height": 800}


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """The browser. In CI it is a failure not to have one."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        try:
            found = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
        except Error as error:
            reason = f"no browser: {str(error).splitlines()[0]}; see `make browser`"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        yield found
        await found.close()


async def opened(browser: Browser, url: str, **options: object) -> Page:
    """A page in a profile of its own, as a citizen in China would have it."""
    context = await browser.new_context(
        **{"viewport": DESKTOP, "locale": "zh-CN", "reduced_motion": "reduce", **options}
    )
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await page.goto(url)
    return page


async def ask(page: Page, text: str) -> None:
    """Types a question and waits until it is answered."""
    heard = page.locator("li[data-heard]")
    before = await heard.count()
    await page.fill("#text", text)
    await page.click(".send")
    await expect(heard.nth(before)).to_be_visible()


async def tap(page: Page, label: str) -> None:
    """Taps a choice and waits for what it brings."""
    heard = page.locator("li[data-heard]")
    before = await heard.count()
    await page.locator(".choices button", has_text=label).click()
    await expect(heard.nth(before)).to_be_visible()
