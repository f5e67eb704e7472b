"""Guide pages: the same facts as the chat's card, field by field, for every guide and situation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.book import Book
from bot.channels.web.site import Site
from bot.talk import Reply
from tests.conftest import LINSHAN
from tests.web.conftest import NOW
from tests.web.page import Page, squeezed

GUIDES = sorted(path.stem for path in (LINSHAN / "services").glob("*.yaml"))
AT = NOW.isoformat()
REPLIES = ("card", "facet_materials", "facet_where", "facet_time", "facet_fee",
           "facet_eligibility", "facet_steps")  # fmt: skip


def facts(card: dict[str, Any]) -> dict[str, list[list[str]]]:
    """Field to entries, each with the texts that must stand in it; times and fees come below."""
    if card["elsewhere"]:
        # The guide does not serve this person: both say what to do instead, and nothing else.
        return {
            "name": [[card["name"]]],
            "notes": [[line] for line in card["notes"]],
            "materials": [],
            "steps": [],
            "who": [],
            "time": [],
            "fees": [],
        }
    return {
        "name": [[card["name"]]],
        "materials": [
            [m["name"], m["when"] or "", m["source"] or m["guide_name"] or m["issuer"]]
            for m in card["materials"]
        ],
        "places": [
            [p["name"], p["address"] or "", p["phone"], p["note"] or ""]
            if p["kind"] != "halls"
            else [text for h in p["halls"] for text in (h["name"], h["address"], h["phone"])]
            for p in card["places"]
        ],
        "online": [[line] for line in card["online"]],
        "who": [[card["who"]]],
        "conditions": [[line] for line in card["conditions"]],
        "in_person": [[card["in_person"]["text"]]],
        "steps": [[line] for line in card["steps"]],
        "notes": [[line] for line in card["notes"]],
        "pitfalls": [[line] for line in card["pitfalls"]],
        "result": [[card["result"]["name"]]],
        "validity": [[card["result"]["validity"]]],
        "authority": [[card["authority"]]],
        "enquiry_phone": [[card["enquiry_phone"]]],
        "deadline": [[card["deadline"]]] if card["deadline"] else [],
    }


def chat(site: Site, card: dict[str, Any]) -> str:
    """Everything that the chat can answer of a guide."""
    replies = [Reply(f"ask.{name}", {"card": card}) for name in REPLIES]
    return squeezed("".join(m.text for r in replies for m in site.wording.messages(r)))


def agree(site: Site, page: Page, card: dict[str, Any]) -> None:
    said = chat(site, card)
    for field, entries in facts(card).items():
        shown = page.fields.get(field, [])
        assert len(shown) == len(entries), f"{field}: {shown}"
        for text, wanted in zip(shown, entries, strict=True):
            for one in map(squeezed, wanted):
                assert one in text, f"{field} of the page lacks {one}"
                assert one in said, f"the chat lacks {one}"
    assert squeezed(site.wording.text("ask.place_full", p=card["places"][0])) in page.text
    assert squeezed(site.wording.text("ask.source", card=card)) in page.text
    if card["elsewhere"]:
        return
    for field, macro in (("time", "ask.time_line"), ("fees", "ask.fee_line")):
        line = squeezed(site.wording.text(macro, card=card))
        assert page.fields[field] == [line]
        assert line in said


async def loaded(client: httpx.AsyncClient, path: str) -> Page:
    answer = await client.get(path)
    assert answer.status_code == 200, path
    return Page(answer.text)


def cases(book: Book) -> Iterator[tuple[str, dict[str, str]]]:
    for name in GUIDES:
        yield name, {}
        for situation in book.city.guides[name].situations:
            for option in situation.options:
                yield name, {situation.id: option.id}


async def test_page_and_chat_agree_on_every_guide_and_situation(
    client: httpx.AsyncClient, site: Site
) -> None:
    seen = 0
    for name, chosen in cases(site.book):
        page = await loaded(client, str(httpx.URL(f"/guides/{name}", params=chosen)))
        agree(site, page, site.book.card(name, chosen, AT))
        seen += 1
    assert seen > 71


async def test_a_page_names_every_situation_and_what_it_changes(
    client: httpx.AsyncClient, site: Site
) -> None:
    for name in GUIDES:
        page = await loaded(client, f"/guides/{name}")
        for situation in site.book.situations(name, AT):
            assert squeezed(situation["asks"]) in page.text
            for option in situation["options"]:
                wanted = [option["label"], *option["adds"], *option["drops"]]
                wanted += [t for t in (option["condition"], option["note"]) if t]
                wanted += [f["name"] for f in option.get("fees", [])]
                for text in map(squeezed, wanted):
                    assert text in page.text, f"{name}, {option['id']}: {text}"


async def test_the_differences_of_a_situation_are_those_of_the_card(site: Site) -> None:
    found = {o["id"]: o for s in site.book.situations("dibao", AT) for o in s["options"]}
    assert found["illness"]["adds"] == ["重病诊断证明"]
    assert found["illness"]["drops"] == []
    assert found["changed"]["drops"][0] == "低保申请书"
    assert "promised" not in found["illness"]
    assert found["outside"]["condition"] == "要在户口所在的乡镇、街道申请。"


@pytest.mark.parametrize("query", ["", "?health=illness", "?health=nonsense&x=1&health=1"])
async def test_an_address_with_nonsense_shows_what_it_can(
    client: httpx.AsyncClient, query: str
) -> None:
    page = await loaded(client, f"/guides/dibao{query}")
    assert len(page.fields["materials"]) == (7 if query == "?health=illness" else 8)


async def test_linked_data_says_what_the_page_says(client: httpx.AsyncClient, site: Site) -> None:
    for name in GUIDES:
        page = await loaded(client, f"/guides/{name}")
        (data,) = page.data
        service, public = data["@graph"]
        card = site.book.card(name, {}, AT)
        assert (service["@type"], public["@type"]) == ("GovernmentService", "cpsv:PublicService")
        assert service["name"] == card["name"]
        assert service["provider"]["name"] == card["authority"]
        assert [e["dct:title"] for e in public["cpsv:hasInput"]] == [
            m["name"] for m in card["materials"]
        ]
        assert [c["dct:title"] for c in public["cv:hasCost"]] == [f["name"] for f in card["fees"]]
        assert public["@id"] == f"http://doorstep.test/guides/{name}"


async def test_the_index_lists_every_guide_by_topic_and_by_department(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/guides", "/guides?by=department"):
        links = (await loaded(client, path)).links
        assert {f"/guides/{name}" for name in GUIDES} <= set(links)


async def test_the_index_finds(client: httpx.AsyncClient) -> None:
    assert (await client.get("/guides", params={"q": "低保"})).text.index("/guides/dibao") < (
        await client.get("/guides", params={"q": "低保"})
    ).text.index('class="tabs"')
    none = await loaded(client, "/guides?q=zzzz")
    assert "没有找到" in none.text


async def test_crawlers_find_every_guide(client: httpx.AsyncClient) -> None:
    sitemap = (await client.get("/sitemap.xml")).text
    assert all(f"<loc>http://doorstep.test/guides/{name}</loc>" in sitemap for name in GUIDES)
    robots = (await client.get("/robots.txt")).text
    assert "Sitemap: http://doorstep.test/sitemap.xml" in robots
    assert "Disallow: /api/" in robots


async def test_what_is_wrong_goes_through_the_one_door(
    client: httpx.AsyncClient, site: Site
) -> None:
    form = await loaded(client, "/guides/dibao/wrong")
    token = form.inputs["token"]
    empty = await client.post("/guides/dibao/wrong", data={"token": token, "text": "  "})
    assert empty.status_code == 422
    forged = await client.post("/guides/dibao/wrong", data={"token": "x", "text": "电话打不通了"})
    assert forged.status_code == 403
    assert "电话打不通了" in forged.text
    said = "电话0999-5100201一直没人接，打了三天"
    done = await client.post("/guides/dibao/wrong", data={"token": token, "text": said})
    assert (done.status_code, done.headers["location"]) == (303, "/#newest")
    assert site.store.read("SELECT text, guide FROM cases") == [(said, "dibao")]
    (number,) = site.store.read("SELECT number FROM cases")[0]
    assert number in (await loaded(client, "/")).text


async def test_an_unknown_guide_is_said_kindly(client: httpx.AsyncClient) -> None:
    for path in ("/guides/nowhere", "/guides/nowhere/wrong", "/nowhere"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert "没有这个页面" in answer.text
        assert "12345" in answer.text
