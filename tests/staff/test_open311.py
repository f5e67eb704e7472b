"""Another system through Open311 GeoReport v2: reads services, files and follows its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
import pytest_asyncio
from click.testing import CliRunner

from bot.channels import open311
from bot.channels.open311.routes import KIND
from bot.channels.web.factory import application
from bot.channels.web.limits import Limits
from bot.cli import main
from bot.store.cases import Cases
from bot.store.sessions import Sessions
from tests.staff.conftest import Office, Staffer
from tests.townsfolk import AT

KEY, OTHER = "k" * 43, "o" * 43
API = "/open311/v2"
FILED = {"api_key": KEY, "service_code": "id-card", "description": "窗口让我等了三个小时",
         "address_string": "政通路1号", "phone": "13812345678", "lat": "1", "long": "2"}  # fmt: skip


@pytest_asyncio.fixture
async def client(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    def keys(store: Any) -> None:
        Sessions(store).open(KEY, KIND, "city_app", AT)
        Sessions(store).open(OTHER, KIND, "cityXapp", AT)

    await office.console.write(keys)
    app = application(office.site, [open311.router(office.site)])
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://d.test") as found:
        yield found


async def test_services_in_both_formats(client: httpx.AsyncClient) -> None:
    listed = (await client.get(f"{API}/services.json")).json()
    assert {"service_code", "service_name", "metadata", "type"} <= set(listed[0])
    answer = await client.get(f"{API}/services.xml")
    assert answer.headers["content-type"].startswith("text/xml")
    root = ElementTree.fromstring(answer.content)  # our own bytes
    assert root.tag == "services"
    assert len(root) == len(listed)
    one = (await client.get(f"{API}/services/id-card.json")).json()
    assert [service["service_code"] for service in one] == ["id-card"]
    assert (await client.get(f"{API}/services/none.json")).status_code == 404
    assert (await client.get(f"{API}/services.exe")).status_code == 404


async def test_file_and_follow(client: httpx.AsyncClient, office: Office) -> None:
    answer = await client.post(f"{API}/requests.json", data=FILED)
    assert answer.status_code == 201
    number = answer.json()[0]["service_request_id"]
    case = office.case(number)
    assert (case.guide, case.organisation, case.place_name) == (
        "id-card", "public-security", "政通路1号",
    )  # fmt: skip
    assert case.contact
    assert "13812345678" not in case.contact
    events = [e.event for e in Cases(office.store).history(case)]
    assert events == ["file", "dispatch"]
    (shown,) = (await client.get(f"{API}/requests/{number}.json", params={"api_key": KEY})).json()
    assert (shown["status"], shown["agency_responsible"]) == ("open", "市公安局")
    assert shown["expected_datetime"] == "2026-12-01"
    second = (await client.post(f"{API}/requests.xml", data=FILED)).content
    assert ElementTree.fromstring(second)[0].find("service_request_id") is not None
    listed = await client.get(f"{API}/requests.json", params={"api_key": KEY, "status": "open"})
    assert len(listed.json()) == 2
    one = await client.get(
        f"{API}/requests.json", params={"api_key": KEY, "service_request_id": number}
    )
    assert [r["service_request_id"] for r in one.json()] == [number]
    closed = await client.get(f"{API}/requests.json", params={"api_key": KEY, "status": "closed"})
    assert closed.json() == []


@pytest.mark.parametrize(
    ("lat", "long", "where"),
    [
        ("43.8171", "125.3235", "附近，相距约"),
        ("31.2304", "121.4737", "坐标31.23040, 121.47370"),
    ],
)
async def test_a_point_without_an_address_is_told_as_the_nearest_hall(
    client: httpx.AsyncClient, office: Office, lat: str, long: str, where: str
) -> None:
    sent = {**FILED, "address_string": "", "lat": lat, "long": long}
    number = (await client.post(f"{API}/requests.json", data=sent)).json()[0]["service_request_id"]
    place = office.case(number).place_name or ""
    assert where in place
    if "附近" in where:
        hall = office.site.book.nearest_hall(float(lat), float(long), AT)["name"]
        assert place.startswith(hall)
    filed = Cases(office.store).history(office.case(number))[0].data
    assert (filed["lat"], filed["long"]) == (float(lat), float(long))
    (shown,) = (await client.get(f"{API}/requests/{number}.json", params={"api_key": KEY})).json()
    assert (shown["lat"], shown["long"], shown["address"]) == (float(lat), float(long), place)
    assert office.case(number).place is None  # so that it goes when the case is anonymised
    # An address tells more than the nearest hall.
    sent["address_string"] = "政通路1号"
    number = (await client.post(f"{API}/requests.json", data=sent)).json()[0]["service_request_id"]
    assert office.case(number).place_name == "政通路1号"


async def test_a_link_to_a_picture_is_told_and_never_fetched(office: Office) -> None:
    called = []

    async def somebody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append(await reader.read(10))
        writer.close()

    async with await asyncio.start_server(somebody, "127.0.0.1", 0) as server:
        link = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a.jpg?x=1"
        await office.console.write(lambda store: Sessions(store).open(KEY, KIND, "app", AT))
        app = application(office.site, [open311.router(office.site), office.console.router])
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(
            transport=transport, base_url="http://doorstep.test"
        ) as client:
            sent = {**FILED, "media_url": link}
            answer = await client.post(f"{API}/requests.json", data=sent)
            number = answer.json()[0]["service_request_id"]
            one = await client.get(f"{API}/requests/{number}.json", params={"api_key": KEY})
            assert one.json()[0]["media_url"] == link
            li = Staffer(client)
            await li.sign_in("li")
            page = (await li.get(f"/cases/{number}")).text
        assert office.case(number).text == f"{FILED['description']}\n{link}"
        assert link in page
        assert not re.search(r"<(a|img|iframe)\b[^>]*127\.0\.0\.1", page)
        assert called == []


async def test_no_token_was_ever_given_out(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{API}/tokens/abc.json")
    assert answer.status_code == 404
    assert [set(one) for one in answer.json()] == [{"code", "description"}]
    root = ElementTree.fromstring((await client.get(f"{API}/tokens/abc.xml")).content)
    assert [child.tag for child in root] == ["error"]
    assert (await client.get(f"{API}/tokens/abc.exe")).status_code == 404


async def test_a_system_sees_its_own_requests_only(
    client: httpx.AsyncClient,
    office: Office,
) -> None:
    own = await office.file()
    number = (await client.post(f"{API}/requests.json", data=FILED)).json()[0]["service_request_id"]
    for key, name in ((OTHER, number), (KEY, own)):
        answer = await client.get(f"{API}/requests/{name}.json", params={"api_key": key})
        assert answer.status_code == 404
    # `_` in the first system's name is no wildcard.
    listed = await client.get(f"{API}/requests.json", params={"api_key": OTHER})
    assert listed.json() == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"api_key": ""}, 403),
        ({"api_key": "x" * 43}, 403),
        ({"service_code": "none"}, 400),
        ({"description": " "}, 400),
        ({"description": "字" * 4001}, 400),
        ({"lat": "91"}, 400),
        ({"long": "-180.1"}, 400),
        ({"lat": "nan"}, 400),
        ({"long": "1e999"}, 400),
        ({"lat": "north"}, 400),
        ({"lat": ""}, 400),
        ({"long": ""}, 400),
        ({"media_url": "file:///etc/passwd"}, 400),
        ({"media_url": "javascript:alert(1)"}, 400),
        ({"media_url": "http://d.test/a b"}, 400),
        ({"media_url": f"http://d.test/{'a' * 500}"}, 400),
    ],
)
async def test_what_is_wrong_is_said(
    client: httpx.AsyncClient,
    office: Office,
    change: dict[str, str],
    status: int,
) -> None:
    for form in ("json", "xml"):
        answer = await client.post(f"{API}/requests.{form}", data={**FILED, **change})
        assert answer.status_code == status
    assert office.store.read("SELECT count(*) FROM cases") == [(0,)]
    assert (await client.get(f"{API}/requests.json")).status_code == 403


async def test_identity_numbers_are_masked_and_floods_slowed(office: Office) -> None:
    await office.console.write(lambda store: Sessions(store).open(KEY, KIND, "app", AT))
    site = replace(office.site, limits=Limits(2, 100))
    transport = httpx.ASGITransport(application(site, [open311.router(site)]))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://d.test") as client:
        text = "我的身份证11010519491231002X办不下来"
        data = {**FILED, "description": text}
        answers = [await client.post(f"{API}/requests.json", data=data) for _ in range(3)]
    assert [a.status_code for a in answers] == [201, 201, 429]
    assert "11010519491231002X" not in office.store.read("SELECT text FROM cases")[0][0]


def test_keys_are_made_and_revoked(tmp_path: Path) -> None:
    run = CliRunner().invoke
    made = run(main, ["open311", "key", "app", "--data", str(tmp_path)])
    assert made.exit_code == 0, made.output
    assert len(made.output.strip()) == 43
    assert run(main, ["open311", "revoke", "app", "--data", str(tmp_path)]).exit_code == 0
    assert run(main, ["open311", "key", "a b", "--data", str(tmp_path)]).exit_code == 1
