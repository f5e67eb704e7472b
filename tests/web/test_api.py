"""The JSON API: its contract by hand, and its whole description through schemathesis."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from bot.app import App
from bot.channels import oneshot
from bot.channels.web.site import Site
from bot.talk import Outcome
from tests.web.conftest import NOW
from tests.web.server import Server

ASK = "/api/v1/ask"
QUESTION = "家里收入太少了，想吃低保，怎么申请"


async def test_the_answer_is_that_of_the_command_with_session_and_choices(
    client: httpx.AsyncClient, words_app: App
) -> None:
    found = (await client.post(ASK, json={"text": QUESTION})).json()
    wanted = oneshot.answer(words_app.intake, lambda: NOW, [QUESTION])
    assert {key: found[key] for key in wanted} == wanted
    assert set(found) == {*wanted, "session", "choices"}
    assert {"id": "checklist@dibao", "label": "列清单，带好一样勾一样"} in found["choices"]


async def test_a_session_goes_on_and_takes_choices(client: httpx.AsyncClient) -> None:
    first = (await client.post(ASK, json={"text": QUESTION})).json()
    session = first["session"]
    second = (await client.post(ASK, json={"session": session, "text": "那要多久"})).json()
    assert (second["guide"], second["facet"], second["session"]) == ("dibao", "time", session)
    third = (await client.post(ASK, json={"session": session, "choice": "checklist"})).json()
    assert [c["id"] for c in third["choices"]][:2] == [
        "have:application@dibao",
        "have:hukou-book@dibao",
    ]
    assert third["replies"] == 1


async def test_the_same_message_twice_is_one_turn_with_one_answer(
    client: httpx.AsyncClient, site: Site
) -> None:
    first = (await client.post(ASK, json={"text": QUESTION})).json()
    body = {"session": first["session"], "text": "那要多久", "message": "m-1"}
    answers = await asyncio.gather(*(client.post(ASK, json=body) for _ in range(2)))
    assert answers[0].json() == answers[1].json()
    assert len(site.store.read("SELECT id FROM inbox")) == 2


async def test_another_s_session_cannot_be_guessed(client: httpx.AsyncClient) -> None:
    answer = await client.post(ASK, json={"text": QUESTION, "session": "x" * 43})
    assert answer.status_code == 404
    assert "leave session out" in answer.json()["error"]


async def test_too_fast_is_an_outcome(client: httpx.AsyncClient) -> None:
    session = (await client.post(ASK, json={"text": QUESTION})).json()["session"]
    body = {"session": session, "text": "那要多久"}
    answers = [await client.post(ASK, json=body) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 429, 429]
    assert answers[-1].json()["outcome"] == Outcome.rate_limited
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"text": ""}', 422),
        (b'{"text": "a", "choice": "b"}', 422),
        (b'{"text": 1}', 422),
        (b'{"text": "a", "unknown": 1}', 422),
        (b'{"text": "a", "session": "short"}', 422),
        (b'{"text": "\\ud800"}', 422),
        (b'{"\\ud800": "a", "text": "b"}', 422),
        (b'{"text": "' + b"a" * 70_000 + b'"}', 413),
        (b"[" * 60_000, 400),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_bad_bodies_get_a_clear_error(
    client: httpx.AsyncClient, body: bytes, status: int
) -> None:
    answer = await client.post(ASK, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


async def test_texts_of_every_kind_are_answered(client: httpx.AsyncClient) -> None:
    for text in ("\x00", "😀", "a" * 3000, "\u202eevil", "<b>", "%00", "\n", "投诉"):
        body = json.dumps({"text": text})
        found = await client.post(ASK, content=body, headers={"Content-Type": "application/json"})
        assert found.status_code == 200, text
        assert found.json()["text"]


async def test_guides_as_data(client: httpx.AsyncClient, site: Site) -> None:
    listed = (await client.get("/api/v1/guides")).json()
    assert len(listed["guides"]) == 71
    one = next(g for g in listed["guides"] if g["id"] == "dibao")
    assert (one["topic"], one["department"]) == ("救助低保", "市民政局")
    found = (await client.get("/api/v1/guides/dibao")).json()
    assert found["card"] == site.book.card("dibao", {}, NOW.isoformat())
    assert found["situations"] == site.book.situations("dibao", NOW.isoformat())
    assert (await client.get("/api/v1/guides/nowhere")).status_code == 404


MODES = schemathesis.GenerationMode


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        ("POST", ASK, MODES.POSITIVE),
        ("POST", ASK, MODES.NEGATIVE),
        ("GET", "/api/v1/guides", MODES.POSITIVE),
        ("GET", "/api/v1/guides/{name}", MODES.POSITIVE),
        ("GET", "/api/v1/guides/{name}", MODES.NEGATIVE),
    ],
)
def test_the_description_holds(
    server: Server, method: str, path: str, mode: schemathesis.GenerationMode
) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/api/v1/openapi.json")

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(schema[path][method].as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        case.call_and_validate()

    holds()


def test_the_description_names_every_route(server: Server) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/api/v1/openapi.json")
    assert set(schema) == {ASK, "/api/v1/guides", "/api/v1/guides/{name}"}
