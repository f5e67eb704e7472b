"""A photo for a complaint at a real browser: with the page's script, and without."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FilePayload, Page, expect

from tests import papers
from tests.web.browser import PHONE, ask, launched, opened
from tests.web.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORY = "我要投诉，3号窗口的人骂我，身份证拖了一个月还没办好，气死了"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as found:
        yield found


def sent(data: bytes) -> FilePayload:
    return {"name": "../../a.jpg", "mimeType": "image/jpeg", "buffer": data}


async def add(page: Page, data: bytes) -> None:
    await page.set_input_files("#file", sent(data))
    await page.click("#files button")


@pytest.mark.parametrize("size", [None, PHONE])
async def test_a_photo_is_added_where_one_stands(
    browser: Browser, server: Server, size: dict[str, int] | None
) -> None:
    page = await opened(browser, server.url, **({"viewport": size} if size else {}))
    await expect(page.locator("#files")).to_be_hidden()
    await ask(page, STORY)
    await expect(page.locator("#files")).to_be_visible()
    await page.fill("#text", "还没写完")
    await add(page, papers.located())
    await expect(page.locator("li.heard").last).to_contain_text("收到了，放进投诉")
    await expect(page.locator("li.said").last).to_contain_text("发了一张照片")
    assert await page.input_value("#text") == "还没写完"
    await add(page, papers.HTML)
    await expect(page.locator("#notice")).to_contain_text("打不开")
    await add(page, b"\xff\xd8\xff" + b"x" * (9 * 1024 * 1024))
    await expect(page.locator("#notice")).to_contain_text("太大了")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = await Axe().run(page)
    assert found.response["violations"] == []
    await page.context.close()


async def test_a_photo_is_added_without_a_script(browser: Browser, server: Server) -> None:
    page = await opened(browser, server.url, java_script_enabled=False)
    await page.fill("#text", STORY)
    await page.click(".send")
    await expect(page.locator("#files")).to_be_visible()
    await add(page, papers.PNG)
    await expect(page.locator("li.heard").last).to_contain_text("收到了，放进投诉")
    await add(page, papers.HTML)
    await expect(page.locator("#notice")).to_contain_text("打不开")
    await page.context.close()
