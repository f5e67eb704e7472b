"""Citizens at a real browser: asking, choosing, ticking off, two tabs, phones, paper, no script."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FrameLocator, Page, Route, expect

from bot.city import City
from tests.web.browser import PHONE, ask, launched, opened, tap
from tests.web.host import hosted
from tests.web.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIBAO = "家里收入太少了，想吃低保，怎么申请"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, server: Server) -> AsyncIterator[Page]:
    found = await opened(browser, server.url)
    problems: list[str] = []
    found.on("pageerror", lambda error: problems.append(str(error)))
    # What the network did is told by the page itself; here only what our scripts did wrong.
    network = "Failed to load resource"
    found.on(
        "console",
        lambda m: problems.append(m.text) if m.type == "error" and network not in m.text else None,
    )
    asked: list[str] = []
    found.on("request", lambda request: asked.append(request.url))
    yield found
    # An answer that a test holds back must be through before the page goes.
    await found.unroute_all(behavior="wait")
    await found.context.close()
    assert problems == []
    assert all(url.startswith(server.url) for url in asked)


async def test_ask_choose_narrow_follow_up(page: Page) -> None:
    await ask(page, DIBAO)
    answer = page.locator("li.heard").last
    await expect(answer.locator("h2")).to_have_text("申请低保")
    await expect(answer).to_contain_text("全家的户口簿")
    await tap(page, "选我的情况")
    await expect(page.locator("li.heard").last).to_contain_text("你是哪一种情况？")
    await tap(page, "全家一起申请")
    await expect(page.locator("li.heard").last).to_contain_text("有重病人、残疾人吗")
    await tap(page, "有重病人")
    await expect(page.locator(".ticks")).to_be_visible()
    await ask(page, "那要多久")
    await expect(page.locator("li.heard").last).to_contain_text("20个工作日")
    await expect(page.locator("li.said").last).to_have_text(re.compile("那要多久$"))
    await expect(page.locator(".typing")).to_have_count(0)


async def test_clarify_by_tapping(page: Page) -> None:
    await ask(page, "落户")
    choice = page.locator(".choices button").first
    await expect(choice).to_have_text("给孩子上户口")
    await tap(page, "给孩子上户口")
    await expect(page.locator("li.heard h2").last).to_have_text("给孩子上户口")


async def test_the_checklist_is_ticked_where_it_stands(page: Page) -> None:
    await ask(page, DIBAO)
    await tap(page, "列清单")
    ticks = page.get_by_role("checkbox")
    await expect(ticks).to_have_count(8)
    await ticks.nth(1).click()
    await expect(ticks.nth(1)).to_be_checked()
    await expect(ticks.nth(1)).to_be_focused()
    await page.keyboard.press("Space")
    await expect(ticks.nth(1)).not_to_be_checked()
    for number in range(8):
        await ticks.nth(number).click()
        await expect(ticks.nth(number)).to_be_checked()
    await expect(page.locator("li.heard").last).to_contain_text("都齐了，可以去办了")
    await expect(page.locator("li.said")).to_have_count(2)


async def test_a_tick_seen_is_taken_back_before_its_answer_is_through(page: Page) -> None:
    await ask(page, DIBAO)
    await tap(page, "列清单")
    through = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await through.wait()
        await route.fulfill(response=answer)

    await page.route("**/say", late)
    tick = page.get_by_role("checkbox").nth(1)
    await tick.click()
    await expect(tick).to_be_checked()  # by the stream of events: the answer is held back
    await page.keyboard.press("Space")
    through.set()
    await expect(tick).not_to_be_checked()


async def test_a_reload_and_a_second_tab_show_the_same(page: Page) -> None:
    await ask(page, DIBAO)
    await tap(page, "列清单")
    shown = await page.locator("#log").inner_text()
    await page.reload()
    assert await page.locator("#log").inner_text() == shown
    other = await page.context.new_page()
    await other.goto(page.url)
    await ask(other, "那要多少钱")
    await expect(page.locator("li.said").last).to_contain_text("那要多少钱")
    await expect(page.locator("li.heard").last).to_contain_text("不要钱")
    await page.get_by_role("checkbox").first.click()
    await expect(other.get_by_role("checkbox").first).to_be_checked()
    assert await other.locator("li").count() == await page.locator("li").count()


async def test_a_double_click_is_one_turn(page: Page) -> None:
    await page.fill("#text", DIBAO)
    await page.dblclick(".send")
    await expect(page.locator("li.heard h2")).to_have_count(1)
    await ask(page, "那要多久")
    await expect(page.locator("li.said")).to_have_count(2)


async def test_what_was_missed_is_shown_after_the_network_came_back(page: Page) -> None:
    await ask(page, DIBAO)
    other = await page.context.new_page()
    await other.goto(page.url)
    await page.context.set_offline(True)
    await page.context.set_offline(False)
    await ask(other, "那要多久")
    await expect(page.locator("li.heard").last).to_contain_text("20个工作日")


async def test_offline_nothing_typed_is_lost(browser: Browser, server: Server) -> None:
    page = await opened(browser, server.url)
    await page.context.set_offline(True)
    await page.fill("#text", DIBAO)
    await page.click(".send")
    await expect(page.locator("#notice")).to_contain_text("没发出去")
    await expect(page.locator("#text")).to_have_value(DIBAO)
    await expect(page.locator("li.said")).to_have_count(0)
    await page.context.set_offline(False)
    await page.click(".send")
    await expect(page.locator("li.heard h2")).to_have_text("申请低保")
    await expect(page.locator("li.said")).to_have_count(1)
    await page.context.set_offline(True)
    choices = page.locator(".choices button")
    offered = await choices.count()
    await choices.nth(1).click()
    await expect(page.locator("#notice")).to_contain_text("没发出去")
    await expect(choices.and_(page.locator(":visible"))).to_have_count(offered)
    await page.context.close()


async def test_a_page_whose_session_was_lost_keeps_the_draft(page: Page) -> None:
    await page.context.clear_cookies()
    await page.goto("about:blank")
    await page.go_back()
    await page.context.clear_cookies()
    await page.fill("#text", DIBAO)
    await page.click(".send")
    await expect(page.locator("#text")).to_have_value(DIBAO)
    await expect(page.locator("#notice")).to_contain_text("再按一次")
    await ask(page, DIBAO)


async def test_suggestions_by_mouse_and_keyboard(page: Page) -> None:
    await page.locator("#text").press_sequentially("低保")
    first = page.locator("#suggestions button").first
    await expect(first).to_have_text("申请低保")
    await page.keyboard.press("Escape")
    await expect(page.locator("#suggestions")).to_be_hidden()
    await page.locator("#text").press_sequentially("金")
    await expect(first).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("li.heard h2")).to_have_text("申请低保")
    await expect(page.locator("#text")).to_have_value("")


HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


async def test_hostile_text_is_text_everywhere(page: Page, server: Server) -> None:
    title = await page.title()
    await ask(page, HOSTILE)
    for _ in range(2):
        await expect(page.locator("li.said p").last).to_have_text(HOSTILE)
        assert await page.title() == title
        assert await page.locator("#log img, #log script").count() == 0
        await page.reload()
    await page.goto(f"{server.url}/guides?q={HOSTILE}")
    await expect(page.locator("#q")).to_have_value(HOSTILE)
    assert await page.locator("main img, main script").count() == 0


async def test_large_type_is_remembered(page: Page) -> None:
    async def size() -> float:
        return float(
            (await page.eval_on_selector("body", "e => getComputedStyle(e).fontSize"))[:-2]
        )

    before = await size()
    await page.get_by_role("button", name="大字").click()
    assert await size() > before * 1.25
    await page.goto(f"{page.url}guides/dibao")
    assert await page.get_by_role("button", name="大字").get_attribute("aria-pressed") == "true"
    assert await size() > before * 1.25


async def test_without_a_script(browser: Browser, server: Server) -> None:
    page = await opened(browser, server.url, java_script_enabled=False)
    await page.fill("#text", DIBAO)
    await page.click(".send")
    await expect(page.locator("li.heard h2")).to_have_text("申请低保")
    await page.locator(".choices button", has_text="列清单").click()
    await page.get_by_role("checkbox").nth(2).click()
    await expect(page.get_by_role("checkbox").nth(2)).to_be_checked()
    await page.get_by_role("button", name="大字").click()
    await expect(page.locator("html.large")).to_have_count(1)
    await page.context.close()


@pytest.mark.parametrize("script", [True, False])
async def test_enter_sends_what_is_typed(browser: Browser, server: Server, script: bool) -> None:
    page = await opened(browser, server.url, java_script_enabled=script)
    for text in (DIBAO, "那要多久"):  # the second time choices stand above the field
        await page.fill("#text", text)
        await page.press("#text", "Enter")
        await expect(page.locator("li.said").last).to_contain_text(text)
        await expect(page.locator("li[data-heard]").last).to_contain_text("申请低保")
    await expect(page.locator("li[data-heard]").last).to_contain_text("20个工作日")
    await page.context.close()


@pytest.mark.parametrize("large", [False, True])
async def test_a_phone_needs_no_sideways_scrolling(
    browser: Browser, server: Server, large: bool
) -> None:
    page = await opened(browser, server.url, viewport=PHONE)
    if large:
        await page.get_by_role("button", name="大字").click()
    await ask(page, DIBAO)
    await tap(page, "列清单")
    await page.fill("#text", "身份")
    await expect(page.locator("#suggestions button").first).to_be_visible()
    await fits(page)
    for path in ("/guides", "/guides?by=department&q=低保", "/guides/dibao",
                 "/guides/property-transfer", "/guides/dibao/wrong", "/nowhere"):  # fmt: skip
        await page.goto(server.url + path)
        await fits(page)
    await page.context.close()


async def fits(page: Page) -> None:
    width = await page.evaluate("() => document.scrollingElement.scrollWidth")
    assert width <= PHONE["width"], page.url
    # What is to be tapped is large enough for a finger.
    for box in await page.locator(
        "button:visible:not(.unseen), .top nav a, .cards a, .topics a"
    ).all():
        found = await box.bounding_box()
        assert found is None or found["height"] >= 40, await box.inner_text()


async def test_every_guide_fits_one_sheet_of_paper(
    browser: Browser, server: Server, city: City
) -> None:
    page = await opened(browser, server.url)
    too_long = {}
    for name in city.guides:
        await page.goto(f"{server.url}/guides/{name}", wait_until="domcontentloaded")
        sheets = await page.pdf(format="A4", prefer_css_page_size=True)
        count = len(re.findall(rb"/Type\s*/Page\b", sheets))
        if count != 1:
            too_long[name] = count
    assert too_long == {}
    await page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_serious_barrier(browser: Browser, server: Server, scheme: str) -> None:
    page = await opened(browser, server.url, color_scheme=scheme, viewport=PHONE)
    await free_of_barriers(page)
    await ask(page, DIBAO)
    await tap(page, "列清单")
    await page.get_by_role("checkbox").first.click()
    await expect(page.get_by_role("checkbox").first).to_be_checked()
    await page.fill("#text", "身份")
    await expect(page.locator("#suggestions button").first).to_be_visible()
    await free_of_barriers(page)
    for path in ("/guides?q=低保", "/guides?by=department", "/guides/dibao?health=illness",
                 "/guides/dibao/wrong", "/nowhere", "/embed"):  # fmt: skip
        await page.goto(server.url + path)
        await free_of_barriers(page)
    await page.context.close()


async def free_of_barriers(page: Page) -> None:
    found = (await Axe().run(page)).response["violations"]
    serious = [
        (v["id"], [node["target"] for node in v["nodes"]], v["nodes"][0]["failureSummary"])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == [], page.url


async def test_feedback_on_a_guide_ends_in_the_chat(page: Page, server: Server) -> None:
    await page.goto(f"{server.url}/guides/dibao")
    await page.get_by_role("link", name="这里写错了").click()
    await page.fill("textarea", "电话0999-5100201一直没人接，打了三天")
    await page.get_by_role("button", name="交给工作人员").click()
    await expect(page.get_by_text("你的投诉记下了，编号")).to_be_visible()


async def test_the_widget_is_the_chat_in_a_frame(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        hosted(tmp_path_factory.mktemp("host")) as host,
        Server(tmp_path_factory.mktemp("framed"), DOORSTEP_FRAME_ANCESTORS=host.url) as server,
    ):
        host.write(f'<title>City</title><script src="{server.url}/widget.js" async></script>')
        page = await opened(browser, host.url)
        await page.get_by_role("button", name="办事问一问").click()
        frame = page.frame_locator("iframe")
        await ask_in(frame)
        await page.reload()
        await page.get_by_role("button", name="办事问一问").click()
        await expect(frame.locator("li.heard h2")).to_have_text("申请低保")
        await page.get_by_role("button", name="收起来").click()
        await expect(page.locator("iframe")).to_be_hidden()
        await page.context.close()


async def test_a_site_that_is_not_named_shows_no_frame(
    browser: Browser, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with hosted(tmp_path_factory.mktemp("host")) as host:
        host.write(f'<title>Other</title><script src="{server.url}/widget.js" async></script>')
        page = await opened(browser, host.url)
        refused = []
        page.on("console", lambda message: refused.append(message.text))
        await page.get_by_role("button", name="办事问一问").click()
        await expect(page.frame_locator("iframe").locator("#text")).to_have_count(0)
        while not any("frame-ancestors" in text for text in refused):
            await page.wait_for_timeout(50)
        await page.context.close()


async def ask_in(frame: FrameLocator) -> None:
    await frame.locator("#text").fill(DIBAO)
    await frame.locator(".send").click()
    await expect(frame.locator("li.heard h2")).to_have_text("申请低保")
