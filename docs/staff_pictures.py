"""A town with complaints at every stage, and the pictures of the console in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, expect

from bot import app as apps
from bot import passwords
from bot.app import App
from bot.cases import Actor, CaseState, ClosureCode, Role
from bot.desk import citizen, staff
from bot.desk.citizen import Caller
from bot.settings import Settings
from bot.store import Store
from bot.store.cases import Cases
from bot.store.sqlite import Inbound
from bot.store.staff import Accounts
from tests.conftest import INDEX
from tests.web.browser import opened

PASSWORD: Final = "a town of our own"  # noqa: S105 of a town that lives for a minute
CLERK: Final = Actor("wang", Role.clerk)
STORIES: Final = (
    ("我要投诉，3号窗口的人骂我，身份证拖了一个月还没办好，气死了", "public-security"),
    ("我要投诉，低保交了材料三个月没有答复，打电话没人接", "civil-affairs"),
    ("我要投诉，公积金提取跑了五趟，每次都说少一样材料", "housing-fund"),
    ("我要投诉，办营业执照窗口午休不接待，等了三个小时", "market"),
    ("我要投诉，医保报销单子交上去两个月没有下文", "medical-insurance"),
)
# How each story went on, so many days ago: every stage is to be seen.
WAYS: Final = ("taken", "solved", "solved", "partly", "new", "not", "silent", "asked", "solved")


def settle(folder: Path) -> None:
    """Fills a new data folder."""
    app = apps.build(Settings(semantic=False, data=INDEX))
    store = Store(folder / "doorstep.db")
    app = apps.assemble(
        Settings(semantic=False, data=folder), app.city, app.language, app.reader, store
    )
    now = app.now().replace(hour=10, minute=20)
    with store.transaction():
        for name, role, organisation in (
            ("wang", Role.clerk, None),
            ("li", Role.handler, "public-security"),
            ("admin", Role.admin, None),
        ):
            at = now.isoformat(timespec="seconds")
            Accounts(store).add(name, role, organisation, passwords.hashed(PASSWORD), at)
    for number in range(36):
        story, organisation = STORIES[number % len(STORIES)]
        way = WAYS[number % len(WAYS)]
        _live(
            app, store, number, story, organisation, way, now - timedelta(days=2 + number * 3 // 2)
        )
    store.close()


def _live(
    app: App, store: Store, number: int, story: str, organisation: str, way: str, day: datetime
) -> None:
    at, chat = day.isoformat(timespec="seconds"), f"chat{number}"
    for n, text in enumerate((story, "就这些")):
        app.intake.handle(Inbound("web", chat, f"{number}-{n}", "text", text, at))
    filed = Cases(store).of_chat("web", chat)
    if not filed or way == "new":
        return
    desk, name = app.intake.desk, filed[0].number
    handler = Actor("li", Role.handler, organisation)
    later = (day + timedelta(days=1 if number % 4 else 9)).isoformat(timespec="seconds")

    def act(action: Any, actor: Actor, **given: Any) -> None:
        version = Cases(store).case(name).version
        with store.transaction():
            action(desk, store, actor, name, version, later, **given)

    if Cases(store).case(name).state is CaseState.registered:
        act(staff.dispatch, CLERK, organisation=organisation)
    handler = Actor("li", Role.handler, Cases(store).case(name).organisation)
    act(staff.take, handler)
    if way == "asked":
        act(staff.ask_back, handler, question="是哪一天去的？带了哪些材料？")
    if way in ("taken", "asked"):
        return
    text = "我们查了录像，向你道歉。证已经办好，带旧证来3号窗口取，不用排队。"
    act(staff.answer, handler, text=text, code=ClosureCode.solved)
    if way == "silent":
        act(staff.close, Actor("qian", Role.reviewer))
        return
    caller = Caller("web", chat, filed[0].inbox, later)
    with store.transaction():
        citizen.judge(desk, store, caller, name, way)
        citizen.rate(desk, store, caller, name, {"solved": 5, "partly": 3, "not": 1}[way])


async def take(browser: Browser, url: str, shoot: Any) -> None:
    """The pictures of inbox, case and figures."""
    page = await _signed_in(browser, url, "admin", width=1180, height=640)
    await shoot(page, "staff-inbox")
    page = await _signed_in(browser, url, "admin", width=1180, height=800)
    await page.goto(f"{url}/staff?state=reopened")
    await page.locator("[data-row]").first.click()
    await expect(page.locator(".history")).to_be_visible()
    await shoot(page, "staff-case")
    page = await _signed_in(browser, url, "admin", width=1280, height=900)
    await page.goto(f"{url}/staff/figures")
    await shoot(page, "staff-figures")
    page = await _signed_in(browser, url, "admin", width=390, height=844)
    await shoot(page, "staff-phone")


async def _signed_in(browser: Browser, url: str, name: str, **viewport: int) -> Page:
    page = await opened(browser, f"{url}/staff", viewport=viewport)
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.locator("form.card button").click()
    await expect(page.locator("table")).to_be_visible()
    return page
