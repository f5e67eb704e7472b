"""The staff day at a real browser: complain, dispatch, answer, judge "not", handled by another."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from click.testing import CliRunner
from playwright.async_api import Browser, Page, expect

from bot.cli import main
from tests.staff.conftest import PASSWORD
from tests.townsfolk import STORY
from tests.web.browser import DESKTOP, ask, launched, opened, tap
from tests.web.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

NARROW = {"width": 390, "height": 844}
PEOPLE = {
    "wang": ["--role", "clerk"],
    "li": ["--role", "handler", "--organisation", "public-security"],
    "zhao": ["--role", "handler", "--organisation", "public-security"],
    "chen": ["--role", "admin"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("console")
    for name, options in PEOPLE.items():
        done = CliRunner().invoke(
            main, ["staff", "add", name, *options, "--data", str(folder)], input=f"{PASSWORD}\n"
        )
        assert done.exit_code == 0, done.output
    with Server(folder) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as found:
        yield found


async def signed_in(browser: Browser, server: Server, name: str, **options: object) -> Page:
    page = await opened(browser, f"{server.url}/staff", **options)
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("投诉")
    return page


async def no_barriers(page: Page) -> None:
    found = (await Axe().run(page)).response["violations"]
    assert found == [], [(one["id"], [n["html"] for n in one["nodes"]]) for one in found]


async def fits(page: Page) -> None:
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} is wider than the window"


async def test_the_staff_day(browser: Browser, server: Server) -> None:
    citizen = await opened(browser, server.url)
    await ask(citizen, "我要投诉，有人骂我，说话难听")
    await ask(citizen, "就这些")
    heard = await citizen.locator("#log").inner_text()
    (number, *_) = re.findall(r"\d{8}-\d{4}", heard)

    # A clerk gives it to the organisation that it belongs to.
    clerk = await signed_in(browser, server, "wang")
    await no_barriers(clerk)
    await clerk.keyboard.press("j")
    await clerk.keyboard.press("Enter")
    await expect(clerk.get_by_role("heading", level=1)).to_contain_text(number)
    await no_barriers(clerk)
    await clerk.get_by_text("转给单位", exact=True).click()
    await clerk.get_by_label("单位", exact=True).select_option(label="市公安局")
    await clerk.get_by_role("button", name="先看群众会收到什么").click()
    await expect(clerk.locator(".preview")).to_contain_text("市公安局")
    await no_barriers(clerk)
    await clerk.get_by_role("button", name="确认，发出").click()
    await expect(clerk.locator(".chips")).to_contain_text("待接手")
    await expect(citizen.locator("li.heard").last).to_contain_text("转给了市公安局")

    # A handler of that organisation takes it up and answers.
    li = await signed_in(browser, server, "li")
    await li.get_by_role("link", name=number).click()
    await li.get_by_role("button", name="接手办理").click()
    await li.get_by_text("答复群众", exact=True).click()
    await li.get_by_label("结果", exact=True).select_option(label="解决了")
    await li.get_by_label("答复（群众会看到）").fill("我们看了录像，已经批评了他。")
    await li.get_by_role("button", name="先看群众会收到什么").click()
    await expect(li.locator(".preview")).to_contain_text("已经批评了他")
    shown = await li.locator(".preview .said-text").all_inner_texts()
    await li.get_by_role("button", name="确认，发出").click()
    await expect(li.locator(".chips")).to_contain_text("已答复")

    # The citizen sees the very words in the open chat, and judges.
    answer = citizen.locator("li.heard").last
    await expect(answer).to_contain_text("已经批评了他")
    words = "".join((await answer.inner_text()).split())
    assert all("".join(line.split()) in words for line in shown[-1].splitlines())
    await tap(citizen, "没解决")

    # It is open again, and somebody else has to take it.
    await li.reload()
    await expect(li.locator(".chips")).to_contain_text("重办")
    await expect(li.get_by_role("button", name="接手办理")).to_have_count(0)
    zhao = await signed_in(browser, server, "zhao", viewport=NARROW)
    await fits(zhao)
    await no_barriers(zhao)
    await zhao.get_by_role("link", name=number).click()
    await expect(zhao.locator("h1 .number")).to_have_text(number)
    await fits(zhao)
    await zhao.get_by_role("button", name="接手办理").click()
    await expect(zhao.locator(".chips")).to_contain_text("办理中")
    await no_barriers(zhao)
    history = zhao.locator(".history")
    for step in ("群众投诉", "转办", "接手", "答复", "重办"):
        await expect(history).to_contain_text(step)
    for page in (citizen, clerk, li, zhao):
        await page.context.close()


async def test_two_on_one_case(browser: Browser, server: Server) -> None:
    citizen = await opened(browser, server.url)
    await ask(citizen, STORY)
    await ask(citizen, "就这些")
    first, second = [await signed_in(browser, server, name) for name in ("li", "zhao")]
    for page in (first, second):
        await page.get_by_role("link", name="办身份证").first.click()
    await second.get_by_text("退回（不归我们管）").click()
    await second.get_by_label("原因（群众会看到）").fill("归政务服务中心")
    await first.get_by_role("button", name="接手办理").click()
    await expect(first.locator(".chips")).to_contain_text("办理中")
    await second.get_by_role("button", name="先看群众会收到什么").click()
    alert = second.get_by_role("alert")
    await expect(alert).to_contain_text("别人刚刚动过这一件")
    await expect(alert).to_contain_text("归政务服务中心")
    await no_barriers(second)
    for page in (citizen, first, second):
        await page.context.close()


async def test_sign_in_and_out_without_barriers(browser: Browser, server: Server) -> None:
    page = await opened(browser, f"{server.url}/staff", viewport=DESKTOP, color_scheme="dark")
    await no_barriers(page)
    await page.fill("#name", "li")
    await page.fill("#password", "a wrong password")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("status")).to_contain_text("不对")
    await page.context.close()
    page = await signed_in(browser, server, "li", color_scheme="dark")
    await no_barriers(page)
    await page.get_by_role("button", name="退出").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("工作人员登录")
    await page.goto(f"{server.url}/staff")
    await expect(page.get_by_role("heading", level=1)).to_have_text("工作人员登录")
    await page.context.close()


async def test_every_page_without_barriers_wide_and_narrow(
    browser: Browser, server: Server
) -> None:
    citizen = await opened(browser, server.url)
    await ask(citizen, "遛狗要不要办个证")
    for text in (STORY, "就这些"):
        await ask(citizen, text)
    await citizen.context.close()
    for viewport in (DESKTOP, NARROW):
        page = await signed_in(browser, server, "chen", viewport=viewport)
        for path in ("", "/topics", "/figures", "/gaps", "/templates", "/audit", "/account"):
            await page.goto(f"{server.url}/staff{path}")
            await no_barriers(page)
            await fits(page)
        await page.context.close()


async def test_a_gap_is_mended_and_a_template_is_used(browser: Browser, server: Server) -> None:
    citizen = await opened(browser, server.url)
    await ask(citizen, "遛狗要不要办个证")
    for text in (STORY, "就这些"):
        await ask(citizen, text)
    page = await signed_in(browser, server, "chen")
    await page.goto(f"{server.url}/staff/gaps")
    await page.get_by_label("补到哪份指南").first.select_option(label="电动车上牌")
    await page.get_by_role("button", name="看改动").first.click()
    await expect(page.locator(".diff ins")).to_contain_text("遛狗要不要办个证")
    await no_barriers(page)
    await page.goto(f"{server.url}/staff/templates")
    await page.get_by_label("名字").fill("道歉")
    await page.get_by_label("内容").fill("我们向你道歉。")
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator(".clusters")).to_contain_text("我们向你道歉。")
    await page.goto(f"{server.url}/staff?state=dispatched")
    await page.locator("[data-row]").first.click()
    await page.get_by_role("button", name="接手办理").click()
    await page.get_by_text("答复群众", exact=True).click()
    await page.get_by_role("button", name="道歉").click()
    await expect(page.get_by_label("答复（群众会看到）")).to_have_value("我们向你道歉。")
    for one in (citizen, page):
        await one.context.close()


async def test_a_code_for_a_chat_fits_a_phone(browser: Browser, server: Server) -> None:
    page = await signed_in(browser, server, "li", viewport=NARROW)
    await page.goto(f"{server.url}/staff/account")
    await page.get_by_role("button", name="取一个码，连一个群").click()
    await expect(page.get_by_text("发到群里")).to_be_visible()
    await expect(page.locator("code", has_text="/desk@")).to_be_visible()
    await no_barriers(page)
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
    await page.close()
