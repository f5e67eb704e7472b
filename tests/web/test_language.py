"""Pages speak the language that the visitor's own chat asked for."""

from __future__ import annotations

import httpx
import pytest

from bot.channels.web.site import Site
from tests.web.page import Page
from tests.web.test_chat import QUESTION, opened, say


async def test_the_whole_web_follows_the_choice_of_the_chat(client: httpx.AsyncClient) -> None:
    before = await client.get("/guides/id-card")
    assert before.headers["cache-control"] == "public, max-age=60"
    assert "Cookie" in before.headers["vary"]
    page = await opened(client)
    assert 'lang="zh-CN"' in page.html
    assert (await say(client, page, text=" /language EN ")).status_code == 303
    page = await opened(client)
    assert 'lang="en"' in page.html
    assert "/languageen" in page.text  # as it was typed, with the answer in English below
    assert ">Send</button>" in page.html
    assert "发送" not in page.html
    for path in ("/guides", "/guides?by=department", "/guides/id-card", "/guides/id-card/wrong"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert 'lang="en"' in answer.text, path
        # What depends on the choice of one browser is kept by nobody.
        assert answer.headers["cache-control"] == "no-store"
    missing = await client.get("/guides/none")
    assert (missing.status_code, 'lang="en"' in missing.text) == (404, True)
    # What the page's script hears has its labels in that language too.
    page = await opened(client)
    sent = {"token": page.inputs["token"], "message": "m" * 16, "text": QUESTION, "after": "0"}
    heard = (await client.post("/chat/say", data=sent)).json()["entries"]
    assert "guide" in heard[-1]["html"].partition('class="more"')[2].lower()
    assert "What to bring" in (await opened(client)).html
    await say(client, await opened(client), text="/language zh")
    assert 'lang="zh-CN"' in (await client.get("/guides")).text


async def test_traditional_characters_are_a_language_too(client: httpx.AsyncClient) -> None:
    await say(client, await opened(client), text="/language zh-hant")
    page = await opened(client)
    assert 'lang="zh-Hant"' in page.html
    assert "發送" in page.html
    guide = (await client.get("/guides/marriage-registration")).text
    assert "結婚" in guide
    assert "结婚" not in guide


async def test_another_browser_keeps_the_language_of_the_city(
    client: httpx.AsyncClient, site: Site
) -> None:
    await say(client, await opened(client), text="/language en")
    client.cookies.clear()
    assert 'lang="zh-CN"' in (await opened(client)).html


@pytest.mark.parametrize(
    ("typed", "kind", "shown"),
    [
        ("/language", "command", "English"),
        ("/language xx", "command", "English"),  # none that we know: which there are
        ("/help", "command", ""),
        ("/mine", "command", ""),
        ("/languages", "text", ""),
        ("/etc/passwd", "text", ""),
        ("/complain 窗口没人", "text", ""),
    ],
)
async def test_what_is_typed_as_a_command(
    client: httpx.AsyncClient, site: Site, typed: str, kind: str, shown: str
) -> None:
    await say(client, await opened(client), text=typed)
    assert site.store.read("SELECT kind FROM inbox") == [(kind,)]
    page = await opened(client)
    assert shown in Page(page.html).text
    assert "".join(typed.split()) in page.text


async def test_a_language_may_be_chosen_by_a_tap(client: httpx.AsyncClient) -> None:
    await say(client, await opened(client), text="/language")
    assert "language:en" in dict((await opened(client)).buttons)
    await say(client, await opened(client), choice="language:en", text="")
    assert 'lang="en"' in (await opened(client)).html
