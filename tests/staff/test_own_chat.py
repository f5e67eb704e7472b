"""Linking a chat under the own name at the console."""

from __future__ import annotations

import re

import pytest

from bot.store.desks import Desks
from tests.staff.conftest import NOW, Office
from tests.townsfolk import AT


@pytest.mark.parametrize("kind", ["one", "group"])
async def test_a_code_under_the_own_name_links_a_chat_once(office: Office, kind: str) -> None:
    async with office.as_("li") as li:
        assert "还没有连上" in (await li.get("/account")).text
        html = (await li.post("/account/chat", kind=kind)).text
        (code,) = re.findall(r"/desk\S* ([a-z]+)</code>", html)
        assert "t.me" not in html
        await office.console.write(lambda store: Desks(store).name_bot("telegram", "linshan_bot"))
        assert await office.console.write(lambda store: Desks(store).redeem(code, NOW)) == (
            "li",
            kind == "group",
        )
        await office.console.write(lambda store: Desks(store).open("telegram", "7", "li", "7", AT))
        again = (await li.post("/account/chat", kind=kind)).text
        assert code not in again
        start = "startgroup" if kind == "group" else "start"
        assert f"https://t.me/linshan_bot?{start}=desk_" in again
        assert "现在连着1个聊天" in again
        assert (await li.post("/account/unlink")).status_code == 303
    assert Desks(office.store).member("telegram", "7") is None
    events = office.store.read("SELECT event FROM audit WHERE actor = 'li' ORDER BY id")
    assert events == [("signed_in",), ("chat_code",), ("chat_code",), ("chat_unlinked",)]


async def test_who_only_reads_links_no_group(office: Office) -> None:
    async with office.as_("zhou") as auditor:
        assert "连一个群" not in (await auditor.get("/account")).text
        html = (await auditor.post("/account/chat", kind="group")).text
        (code,) = re.findall(r"/desk\S* ([a-z]+)</code>", html)
    assert await office.console.write(lambda store: Desks(store).redeem(code, NOW)) == (
        "zhou",
        False,
    )
