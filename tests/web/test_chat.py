"""The chat over plain HTTP: forms, sessions, replies as they come, and what is refused."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.channels.web.hub import CHANNEL
from bot.channels.web.site import Site
from bot.store.sessions import Sessions, hashed
from bot.store.sqlite import Inbound, Store
from tests.web.page import Page
from tests.web.server import Server

QUESTION = "怎么领结婚证"
AT = "2026-11-24T10:00:00+08:00"


async def opened(client: httpx.AsyncClient, path: str = "/") -> Page:
    return Page((await client.get(path)).text)


async def say(client: httpx.AsyncClient, page: Page, **fields: str) -> httpx.Response:
    sent = {"token": page.inputs["token"], "message": page.inputs["message"], **fields}
    return await client.post("/", data=sent)


async def test_a_form_without_a_script_holds_a_conversation(client: httpx.AsyncClient) -> None:
    answer = await say(client, await opened(client), text="家里收入太少了，想吃低保，怎么申请")
    assert (answer.status_code, answer.headers["location"]) == (303, "/#newest")
    page = await opened(client)
    assert "申请低保" in page.text
    assert ("checklist@dibao", "列清单，带好一样勾一样") in page.buttons
    await say(client, page, choice="checklist@dibao", text="")
    page = await opened(client)
    ticks = [name for name, _ in page.buttons if name.startswith("have:")]
    assert len(ticks) == 8
    assert page.html.count('aria-checked="true"') == 0
    await say(client, page, choice=ticks[2], text="")
    page = await opened(client)
    assert page.html.count('aria-checked="true"') == 1
    # The list was ticked where it stands, and the tick is no remark of its own.
    assert page.html.count('class="ticks"') == 1
    assert page.html.count('class="said"') == 2


async def test_the_same_form_twice_is_one_turn(client: httpx.AsyncClient, site: Site) -> None:
    page = await opened(client)
    await asyncio.gather(*(say(client, page, text=QUESTION) for _ in range(3)))
    assert len(site.store.read("SELECT id FROM inbox")) == 1


async def test_another_text_from_a_page_kept_in_memory_is_not_lost(
    client: httpx.AsyncClient, site: Site
) -> None:
    page = await opened(client)
    await say(client, page, text=QUESTION)
    await say(client, page, text="身份证丢了怎么补")
    assert len(site.store.read("SELECT id FROM inbox")) == 2


async def test_only_the_newest_choices_can_be_taken(client: httpx.AsyncClient) -> None:
    page = await opened(client)
    await say(client, page, text=QUESTION)
    first = len((await opened(client)).buttons)
    await say(client, await opened(client), text="那要多久")
    assert 0 < len((await opened(client)).buttons) <= first + 1


async def test_a_long_conversation_is_read_to_its_beginning(
    client: httpx.AsyncClient, site: Site
) -> None:
    await say(client, await opened(client), text="第一句话")
    ((chat,),) = site.store.read("SELECT chat FROM inbox")
    assert "看更早的对话" not in (await opened(client)).text

    def fill(store: Store) -> None:
        for number in range(150):
            inbound = Inbound(CHANNEL, chat, f"m{number:09}", "text", f"问{number}问", AT)
            row = store.receive(inbound)
            assert row
            for part in range(3):
                store.queue(row, AT, inbound, f"答{number}-{part}答", (("a", "选这个"),))

    await site.worker.write(fill)
    path, seen, pages = "/", list[str](), 0
    while path:
        page = await opened(client, path)
        pages += 1
        said = re.findall(r"问\d+问", page.text)
        heard = re.findall(r"答\d+-\d答", page.text)
        # Whole turns: nothing said without its replies, nothing twice.
        assert len(heard) == 3 * len(said)
        assert len(heard) <= 200
        seen = said + seen
        assert ("家门口" in page.html and 'class="heard welcome"' in page.html) is (pages == 3)
        if pages > 1:
            assert page.buttons == []  # to be read only
            assert "text" not in page.inputs
            assert "chat.js" not in page.html
            assert any(link == "/#newest" for link in page.links)
        path = next((link for link in page.links if "before=" in link), "")
    assert (pages, seen) == (3, [f"问{number}问" for number in range(150)])
    assert "第一句话" in page.text
    # Another's reply is no way into another's chat, and what is none is the page itself.
    client.cookies.clear()
    assert "问" not in "".join(re.findall(r"问\d+问", (await opened(client, "/?before=400")).text))
    assert (await client.get("/?before=x")).status_code == 200
    assert (await client.get("/?before=99999999999999999999")).status_code == 200


async def test_a_turn_longer_than_a_page_is_not_lost(site: Site) -> None:
    def fill(store: Store) -> None:
        inbound = Inbound(CHANNEL, "c", "m", "text", "x", AT)
        row = store.receive(inbound)
        assert row
        for part in range(5):
            store.queue(row, AT, inbound, str(part), ())

    await site.worker.write(fill)
    found, before = list[str](), 0
    for _ in range(3):
        exchanges, more = site.history.page(CHANNEL, "c", before, limit=2)
        heard = [h for e in exchanges for h in e.heard]
        found = [h.text for h in heard] + found
        before = heard[0].id
    assert (found, more) == (["0", "1", "2", "3", "4"], False)


async def test_a_visit_alone_writes_nothing(client: httpx.AsyncClient, site: Site) -> None:
    await opened(client)
    await opened(client, "/guides/dibao/wrong")
    assert site.store.read("SELECT hash FROM sessions") == []


async def test_the_store_holds_no_token(client: httpx.AsyncClient, site: Site) -> None:
    await say(client, await opened(client), text=QUESTION)
    token = client.cookies["doorstep"]
    rows = [str(value) for row in site.store.read("SELECT * FROM sessions") for value in row]
    rows += [str(value) for row in site.store.read("SELECT * FROM inbox") for value in row]
    assert hashed(token) in rows
    assert not any(token in text for text in rows)


async def test_a_session_that_was_ended_opens_nothing(
    client: httpx.AsyncClient, site: Site
) -> None:
    await say(client, await opened(client), text=QUESTION)
    token = client.cookies["doorstep"]
    await site.worker.write(lambda store: Sessions(store).end(token, site.at()))
    page = await opened(client)
    assert client.cookies["doorstep"] != token
    assert QUESTION not in page.text


async def test_a_made_up_cookie_opens_no_other_chat(client: httpx.AsyncClient, site: Site) -> None:
    await say(client, await opened(client), text=QUESTION)
    (chat,) = site.store.read("SELECT DISTINCT chat FROM inbox")[0]
    for value in (chat, hashed(client.cookies["doorstep"]), "x" * 43, "../../etc/passwd"):
        client.cookies.clear()
        client.cookies.set("doorstep", value)
        assert QUESTION not in (await opened(client)).text


@pytest.mark.parametrize(
    ("fields", "status", "hint"),
    [
        ({"token": "forged"}, 403, "页面放得太久了"),
        ({"token": "é" * 64}, 403, "页面放得太久了"),
        ({"message": "short"}, 403, "页面放得太久了"),
        ({"text": " \n "}, 422, "还没有写字"),
    ],
)
async def test_what_is_refused_is_said_and_the_draft_kept(
    client: httpx.AsyncClient, site: Site, fields: dict[str, str], status: int, hint: str
) -> None:
    answer = await say(client, await opened(client), **{"text": QUESTION, **fields})
    assert answer.status_code == status
    assert hint in answer.text
    if "text" not in fields:
        assert f'value="{QUESTION}"' in answer.text
    assert site.store.read("SELECT id FROM inbox") == []


async def test_a_form_of_another_session_is_refused(client: httpx.AsyncClient) -> None:
    page = await opened(client)
    client.cookies.clear()
    await opened(client)
    assert (await say(client, page, text=QUESTION)).status_code == 403


async def test_too_fast_is_said_with_the_time_to_wait(client: httpx.AsyncClient) -> None:
    page = await opened(client)
    answers = [await say(client, page, text=f"{QUESTION}{n}") for n in range(5)]
    assert [a.status_code for a in answers] == [303, 303, 303, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 20
    assert re.search(r"请等\d+秒再说", answers[-1].text)
    token = page.inputs["token"]
    sent = {"token": token, "message": "m" * 16, "text": "再问一句"}
    script = await client.post("/chat/say", data=sent)
    assert script.status_code == 429
    assert script.json()["outcome"] == "rate_limited"


async def test_a_body_too_large_is_refused(client: httpx.AsyncClient) -> None:
    page = await opened(client)
    answer = await say(client, page, text="长" * 40_000)
    assert answer.status_code == 413
    assert "content-security-policy" in answer.headers


async def test_a_long_text_has_its_own_outcome(client: httpx.AsyncClient, site: Site) -> None:
    await say(client, await opened(client), text="长" * 2500)
    assert site.store.read("SELECT outcome FROM turns") == [("too_long",)]


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</li></ol><h1>x",
    "{{ 7 * 7 }} {% raw %}",
    "' onmouseover='alert(1)",
    "【<b>x</b>】\n■ <i>y</i>\n1. <u>z</u>",
    "&lt;b&gt; &amp;",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_text(client: httpx.AsyncClient, text: str) -> None:
    page = await opened(client)
    await say(client, page, text=text)
    shown = await opened(client)  # raises if tags were opened or closed that should not be
    assert "".join(text.split()) in shown.text
    assert "<script>alert" not in shown.html
    news = await client.post(
        "/chat/say",
        data={"token": page.inputs["token"], "message": "m" * 16, "text": text, "after": "0"},
    )
    for entry in news.json()["entries"]:
        Page(entry["html"])


# Replies as they come


async def events(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The events of a stream as dicts of their fields, comments under an empty name."""
    event: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        if not line and event:
            yield event
            event = {}
        elif line:
            name, _, value = line.partition(": ")
            event[name] = value


async def until(stream: AsyncIterator[dict[str, Any]], text: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        async for event in stream:
            if text in json.loads(event.get("data", '{"html": ""}'))["html"]:
                return event
    raise AssertionError(f"the stream ended without {text}")


async def test_two_tabs_hear_the_same_and_a_reconnect_hears_what_it_missed(
    server: Server,
) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        page = await opened(client)
        async with (
            client.stream("GET", "/chat/events?after=0") as one,
            client.stream("GET", "/chat/events?after=0") as two,
        ):
            first, second = events(one), events(two)
            await say(client, page, text=QUESTION)
            assert one.headers["content-type"].startswith("text/event-stream")
            said, also_said = await until(first, QUESTION), await until(second, QUESTION)
            assert json.loads(said["data"])["said"] == page.inputs["message"]
            assert said["data"] == also_said["data"]
            heard, also_heard = await until(first, "领结婚证"), await until(second, "领结婚证")
            assert heard == also_heard
        await say(client, await opened(client), text="那要多少钱")
        headers = {"Last-Event-ID": heard["id"]}
        async with client.stream("GET", "/chat/events?after=0", headers=headers) as again:
            stream = events(again)
            missed = await until(stream, "那要多少钱")
            assert "领结婚证怎么" not in missed["data"]
            assert int((await until(stream, "多少钱</h3>"))["id"]) > int(heard["id"])


async def test_a_reply_of_another_process_is_heard(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        page = await opened(client)
        await say(client, page, text=QUESTION)
        other = Store(server.data / "doorstep.db")
        (chat,) = other.read("SELECT chat FROM inbox ORDER BY id DESC LIMIT 1")[0]
        async with client.stream("GET", "/chat/events?after=0") as answer:
            stream = events(answer)
            await until(stream, "领结婚证")
            to = Inbound(CHANNEL, str(chat), "staff", "text", "", "2026-11-24T10:00:00+08:00")
            with other.transaction():
                (inbox,) = other.read("SELECT max(id) FROM inbox")[0]
                other.queue(inbox, to.at, to, "工作人员回了你的话", ())
            await until(stream, "工作人员回了你的话")
        # What somebody saw is marked as sent, soon.
        async with asyncio.timeout(30):
            while other.unsent(CHANNEL, str(chat)):
                await asyncio.sleep(0.1)
        other.close()


async def test_no_stream_without_a_session(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        assert (await client.get("/chat/events")).status_code == 204


@pytest.mark.parametrize("after", ["-1", "x", "9" * 40, "٣", ""])
async def test_a_cursor_of_nonsense_means_the_beginning(
    client: httpx.AsyncClient, after: str
) -> None:
    page = await opened(client)
    sent = {"token": page.inputs["token"], "message": "m" * 16, "text": QUESTION, "after": after}
    assert len((await client.post("/chat/say", data=sent)).json()["entries"]) >= 2


async def test_suggestions_are_names_to_say(client: httpx.AsyncClient) -> None:
    assert (await client.get("/chat/suggest", params={"q": "低保"})).json()[0] == "申请低保"
    for nothing in ("", " ", "zzzz", "\x00", "😀"):
        assert (await client.get("/chat/suggest", params={"q": nothing})).json() == []


async def test_a_guide_can_be_asked_about_from_its_page(client: httpx.AsyncClient) -> None:
    assert (await opened(client, "/?ask=dibao")).inputs["text"] == "申请低保"
    assert (await opened(client, "/?ask=nowhere")).inputs["text"] == ""


async def test_large_type_is_remembered(client: httpx.AsyncClient) -> None:
    answer = await client.post("/type", data={"size": "large", "back": "/guides"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/guides")
    assert '<html lang="zh-CN" class="large">' in (await client.get("/guides/dibao")).text
    for back in ("https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere.test", ""):
        answer = await client.post("/type", data={"size": "normal", "back": back})
        assert answer.headers["location"] == "/"


async def test_the_longest_complaint_goes_through_the_form(
    client: httpx.AsyncClient, site: Site
) -> None:
    rage = "我跑了一趟又一趟，每次窗口都说少一样，问他还少什么他又不说，就让我回去等。"
    story = f"我要投诉，3号窗口的人骂我，气死了。{rage * 520}你们到底管不管，太欺负人了"
    assert 19_000 < len(story) < 20_000
    answer = await say(client, await opened(client), text=story)
    assert answer.status_code == 303
    assert site.store.read("SELECT text FROM cases") == [(story,)]
