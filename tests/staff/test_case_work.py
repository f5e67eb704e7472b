"""What staff do with a case through the console, and what citizens read of it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from bot.cases import CaseState
from bot.store.cases import Cases
from tests.staff.conftest import Office, Staffer
from tests.townsfolk import STORY

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "'; DROP TABLE cases; --",
    '=HYPERLINK("http://evil.test")',
    "\u202egnp.exe\u200b",
    "</textarea><form action=//evil.test>",
]


async def move(staffer: Staffer, office: Office, number: str, target: str, **given: Any) -> Any:
    version = given.pop("version", office.case(number).version)
    return await staffer.post(f"/cases/{number}/move", target=target, version=version, **given)


async def test_the_way_of_a_case(office: Office) -> None:
    number = await office.file("我要投诉，有人骂我")
    case = office.case(number)
    assert case.state is CaseState.registered
    async with office.as_("wang") as clerk, office.as_("li") as li, office.as_("sun") as sun:
        assert number in (await clerk.get()).text
        assert number not in (await li.get()).text
        done = await move(clerk, office, number, "dispatched", organisation="public-security")
        assert done.headers["location"] == f"/staff/cases/{number}"
        assert number in (await li.get()).text
        assert number not in (await sun.get()).text
        await move(li, office, number, "in_progress")
        assert office.case(number).handler == "li"
        await move(li, office, number, "awaiting_citizen", reason="是哪个窗口？")
        assert "是哪个窗口？" in office.heard()[-1]
        await move(li, office, number, "in_progress")
        await move(li, office, number, "extended", reason="要看录像")
        html = (await li.get(f"/cases/{number}")).text
        assert "延期一次" not in html  # only once
        await move(li, office, number, "answered", reason="窗口的人已经道歉。", code="solved")
        assert "窗口的人已经道歉。" in office.heard()[-1]
    assert office.case(number).state is CaseState.answered
    events = [e.event for e in Cases(office.store).history(office.case(number))]
    assert events[-6:] == ["dispatch", "take", "ask_back", "resume", "extend", "answer"]


async def test_the_preview_is_word_for_word_what_the_citizen_reads(office: Office) -> None:
    number = await office.file()
    async with office.as_("li") as li:
        await move(li, office, number, "in_progress")
        before = office.heard()
        fields = {"target": "answered", "version": office.case(number).version,
                  "reason": "证办好了。<b>请来取</b>\n\n带上旧证。", "code": "solved"}  # fmt: skip
        page = await li.post(f"/cases/{number}/preview", **fields)
        assert page.status_code == 200
        assert office.heard() == before
        assert office.case(number).state is CaseState.in_progress
        shown = re.findall(r'<p class="said-text">(.*?)</p>', page.text, re.DOTALL)
        await li.post(f"/cases/{number}/move", **fields)
        assert [unescape(text) for text in shown] == office.heard()[len(before) :]
        assert shown


async def test_back_from_the_preview_nothing_is_lost(office: Office) -> None:
    number = await office.file()
    async with office.as_("li") as li:
        await move(li, office, number, "in_progress")
        fields = {"target": "answered", "version": office.case(number).version,
                  "reason": "写了一半", "code": "partly"}  # fmt: skip
        html = (await li.post(f"/cases/{number}/draft", **fields)).text
    assert ">写了一半</textarea>" in html
    assert '<option value="partly" selected>' in html
    assert "<details open>" in html


async def test_the_second_of_two_is_told_and_keeps_what_was_typed(office: Office) -> None:
    number = await office.file()
    version = office.case(number).version
    async with office.as_("li") as li, office.as_("zhao") as zhao:
        await move(li, office, number, "in_progress", version=version)
        late = await move(zhao, office, number, "returned", version=version, reason="不归我们管")
        assert late.status_code == 409
        assert "别人刚刚动过这一件" in late.text
        assert "不归我们管" in late.text
        preview = await zhao.post(f"/cases/{number}/preview", target="in_progress", version=version)
        assert preview.status_code == 409
    assert office.case(number).handler == "li"
    assert office.case(number).state is CaseState.in_progress


async def test_a_reopened_case_needs_another_handler(office: Office) -> None:
    number = await office.file()
    async with office.as_("li") as li, office.as_("zhao") as zhao, office.as_("qian") as reviewer:
        await move(li, office, number, "in_progress")
        await move(li, office, number, "answered", reason="好了", code="solved")
        await move(reviewer, office, number, "reopened", reason="群众来电说没好")
        assert "接手办理" not in (await li.get(f"/cases/{number}")).text
        refused = await move(li, office, number, "in_progress")
        assert refused.status_code == 422
        assert "要换一个人" in refused.text
        assert "接手办理" in (await zhao.get(f"/cases/{number}")).text
        await move(zhao, office, number, "in_progress")
    assert office.case(number).handler == "zhao"


async def test_returned_is_out_of_sight_for_the_office(office: Office) -> None:
    number = await office.file()
    async with office.as_("li") as li, office.as_("wang") as clerk:
        done = await move(li, office, number, "returned", reason="归卫健委")
        assert done.headers["location"] == "/staff"
        assert (await li.get(f"/cases/{number}")).status_code == 403
        assert "归卫健委" in (await clerk.get(f"/cases/{number}")).text


async def test_notes_and_handlers(office: Office) -> None:
    number = await office.file()
    async with office.as_("li") as li:
        await li.post(f"/cases/{number}/note", note="电话里说了<b>")
        assert (await li.post(f"/cases/{number}/note", note="  ")).status_code == 422
        html = (await li.get(f"/cases/{number}")).text
        assert "电话里说了&lt;b&gt;" in html
        version = office.case(number).version
        done = await li.post(f"/cases/{number}/assign", handler="zhao", version=version)
        assert done.status_code == 303
        assert office.case(number).handler == "zhao"
        for stranger in ("sun", "nobody", ""):
            answer = await li.post(
                f"/cases/{number}/assign", handler=stranger, version=office.case(number).version
            )
            assert answer.status_code == 422
    assert office.case(number).handler == "zhao"
    assert not any("电话里说了" in text for text in office.heard())


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"target": "nowhere"}, 422),
        ({"target": "closed"}, 422),
        ({"target": "merged", "into": "20200101-0001", "reason": "x"}, 422),
        ({"target": "deferred", "plan": "yesterday", "reason": "x"}, 422),
        ({"target": "deferred", "plan": "2020-01-01", "reason": "x"}, 422),
        ({"target": "answered", "code": "splendid", "reason": "x"}, 422),
        ({"target": "answered", "code": "solved", "reason": "字" * 2001}, 422),
        ({"target": "answered", "code": "solved", "reason": ""}, 422),
        ({"target": "answered", "code": "solved", "reason": "x", "version": "-1"}, 409),
        ({"target": "answered", "code": "solved", "reason": "x", "version": "9" * 99}, 409),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    office: Office, fields: dict[str, str], status: int
) -> None:
    number = await office.file()
    async with office.as_("admin") as admin:
        await move(admin, office, number, "in_progress")
        before = (office.case(number), office.heard())
        fields = {"version": str(before[0].version), **fields}
        for form in ("preview", "move"):
            answer = await admin.post(f"/cases/{number}/{form}", **fields)
            assert answer.status_code == status
            assert 'role="alert"' in answer.text
        assert (office.case(number), office.heard()) == before


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_words_stay_words(office: Office, text: str) -> None:
    number = await office.file(f"{STORY}{text}")
    async with office.as_("li") as li:
        await move(li, office, number, "in_progress")
        await li.post(f"/cases/{number}/note", note=text)
        fields = {"target": "answered", "code": "solved", "reason": text,
                  "version": office.case(number).version}  # fmt: skip
        pages = [await li.post(f"/cases/{number}/preview", **fields)]
        pages.append(await li.post(f"/cases/{number}/draft", **fields))
        await li.post(f"/cases/{number}/move", **fields)
        pages += [await li.get(f"/cases/{number}"), await li.get()]
        pages.append(await li.client.get("/staff", params={"q": text, "state": text}))
    for page in pages:
        assert page.status_code == 200
        assert not re.search(r"<script>|<img|<form action=//|onerror=alert\(1\)>", page.text)
        assert "7 * 7" not in text or "{{ 7 * 7 }}" in page.text
    assert office.store.read("SELECT count(*) FROM cases") == [(1,)]


@pytest.mark.parametrize("number", ["nothing", "20200101-0001", "..%2F..", "%00", "1' OR '1'='1"])
async def test_unknown_numbers_are_not_found(office: Office, number: str) -> None:
    async with office.as_("admin") as admin:
        assert (await admin.get(f"/cases/{number}")).status_code == 404


async def test_the_contact_is_shown_on_request_and_noted(office: Office) -> None:
    number = await office.file(f"{STORY}，我的电话13812345678")
    assert office.case(number).contact
    async with office.as_("li") as li:
        page = await li.get(f"/cases/{number}")
        assert "13812345678" not in page.text
        shown = await li.post(f"/cases/{number}/contact")
        assert "13812345678" in shown.text
    assert ("li", "contact_shown", number) in office.store.read(
        "SELECT actor, event, subject FROM audit"
    )


async def test_the_inbox_narrows_pages_and_counts(office: Office) -> None:
    numbers = [await office.file(STORY, f"chat{n}") for n in range(3)]
    await office.console.write(_copies)
    async with office.as_("admin") as admin:
        first = (await admin.get("?guide=id-card")).text
        assert first.count("data-row") == 50
        assert "53件" in first
        (address,) = re.findall(r'href="/staff(\?[^"]*after=[^"]+)"', first)
        second = (await admin.get(unescape(address))).text
        assert second.count("data-row") == 3
        listed = re.findall(r"/staff/cases/([\w-]+)", first + second)
        assert len(set(listed)) == 53
        assert set(numbers) <= set(listed)
        assert "没有符合的投诉" in (await admin.get("?q=没有这样的话")).text
        assert (await admin.get("?after=x~y&topic=x&state=x")).status_code == 200
        assert (await admin.get("?late=1")).text.count("data-row") == 50
        assert (await admin.get("?mine=1")).text.count("data-row") == 0


def _copies(store: Any) -> None:
    for number in range(50):
        store.write(
            "INSERT INTO cases (number, state, inbox, channel, chat, text, guide, organisation,"
            " filed_at, clock, clock_since, clock_days, due_on, due_at)"
            " SELECT ?, state, inbox, channel, 'other', text, guide, organisation, filed_at, clock,"
            " clock_since, clock_days, '2026-11-20', '2026-11-20T16:00:00Z' FROM cases LIMIT 1",
            f"20261101-{number:04d}",
        )


async def test_the_audit_can_only_grow(office: Office) -> None:
    async with office.as_("li"):
        pass
    for statement in ("DELETE FROM audit", "UPDATE audit SET actor = 'x'"):
        with pytest.raises(Exception, match="append-only"):
            await office.console.write(lambda store, sql=statement: store.write(sql))
