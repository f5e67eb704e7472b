"""Headers on every answer, frames only where they are allowed, and the widget."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest

from bot.channels.web.factory import application
from bot.channels.web.site import STATIC, Site
from bot.channels.web.static import FOR_EVER

PAGES = ("/", "/guides", "/guides/dibao", "/guides/dibao/wrong", "/nowhere", "/healthz",
         "/api/v1/guides", "/embed", "/widget.js", "/sitemap.xml")  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_is_guarded(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    framed = path == "/embed"
    assert ("frame-ancestors 'self'" if framed else "frame-ancestors 'none'") in policy
    assert ("x-frame-options" in headers) is not framed
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize("path", PAGES[:5])
async def test_pages_hold_no_inline_code_and_call_nobody_else(
    client: httpx.AsyncClient, path: str
) -> None:
    html = (await client.get(path)).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    for script in re.findall(r"<script[^>]*>", html):
        assert "src=" in script or 'type="application/ld+json"' in script
    loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', html)
    assert all(url.startswith(("/static/", "http://doorstep.test/guides/")) for url in loaded)


async def test_data_within_a_page_carries_a_new_mark_each_time(client: httpx.AsyncClient) -> None:
    marks = set()
    for _ in range(2):
        answer = await client.get("/guides/dibao")
        (mark,) = re.findall(r'nonce="([^"]+)"', answer.text)
        assert f"'nonce-{mark}'" in answer.headers["content-security-policy"]
        marks.add(mark)
    assert len(marks) == 2


async def test_static_files_are_kept_for_ever_under_the_mark_of_their_content(
    client: httpx.AsyncClient,
) -> None:
    html = (await client.get("/")).text
    for url in re.findall(r'"(/static/[^"]+)"', html):
        assert (await client.get(url)).headers["cache-control"] == FOR_EVER
    old = await client.get("/static/older/chat.js")
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")
    for path in ("/static/x/none.js", "/static/x/..%2Fsite.py", "/static/x/%2e%2e/site.py"):
        assert (await client.get(path)).status_code == 404


async def test_scripts_put_no_text_into_markup() -> None:
    # The one place that reads HTML reads what the server escaped.
    script = (STATIC / "chat.js").read_text("utf-8")
    assert script.count("innerHTML") == 2
    assert not re.search(r"outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


@pytest.fixture
async def public(site: Site) -> httpx.AsyncClient:
    settings = replace(
        site.settings,
        public_url="https://doorstep.test",
        frame_ancestors="'self' https://city.test",
    )
    transport = httpx.ASGITransport(application(replace(site, settings=settings)))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="https://doorstep.test")


async def test_over_https_cookies_are_secure_and_frames_follow_the_setting(
    public: httpx.AsyncClient,
) -> None:
    async with public:
        page = await public.get("/")
        assert page.headers["strict-transport-security"].startswith("max-age=")
        cookie = page.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"))
        frame = await public.get("/embed")
        assert (
            "frame-ancestors 'self' https://city.test" in frame.headers["content-security-policy"]
        )
        assert "SameSite=None; Secure; Partitioned" in frame.headers["set-cookie"]
        assert "https://doorstep.test/guides/dibao" in (await public.get("/sitemap.xml")).text


async def test_over_https_no_neighbour_plants_a_session(public: httpx.AsyncClient) -> None:
    async with public:
        planted = "x" * 43
        page = await public.get("/", headers={"Cookie": f"doorstep={planted}"})
        cookie = page.headers["set-cookie"]
        # A browser takes this name only from this very site, over https, for every path.
        assert cookie.startswith("__Host-doorstep=")
        assert "Domain" not in cookie
        assert planted not in cookie
        kept = await public.get("/", headers={"Cookie": cookie.partition(";")[0]})
        assert kept.headers["set-cookie"].partition(";")[0] == cookie.partition(";")[0]


async def test_any_site_may_load_the_widget(client: httpx.AsyncClient) -> None:
    answer = await client.get("/widget.js")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "办事问一问" in answer.text.encode().decode("unicode_escape") or "\\u529e" in answer.text
    assert "WORDS" not in answer.text


async def test_health_says_how_we_are(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert answer.status_code == 200
    found = answer.json()
    assert found["ok"] is True
    assert found["city"] == {"id": "linshan", "name": "临山市", "guides": 71}
    assert found["database"]["ok"] is True


async def test_without_a_database_we_are_not_well(client: httpx.AsyncClient, site: Site) -> None:
    site.store.close()
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()["ok"]) == (503, False)


async def test_a_defect_is_said_kindly_and_guarded(site: Site) -> None:
    site.store.close()
    transport = httpx.ASGITransport(application(site), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://doorstep.test") as client:
        client.cookies.set("doorstep", "x" * 43)
        answer = await client.get("/")
        assert answer.status_code == 500
        assert "12345" in answer.text
        assert "content-security-policy" in answer.headers
        asked = await client.get("/api/v1/guides/dibao")
        assert asked.status_code == 200
