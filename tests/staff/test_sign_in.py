"""Signing in and out: limits, sessions that can be taken back, one-time codes, own password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyotp
import pytest

from bot.channels.staff.access import COOKIE, IDLE, LONGEST
from bot.store.sessions import Sessions, hashed
from bot.store.staff import Accounts
from tests.staff.conftest import NOW, PASSWORD, Office, Staffer
from tests.townsfolk import AT
from tests.web.page import Page


def audit(office: Office) -> list[tuple[Any, ...]]:
    return office.store.read("SELECT actor, event FROM audit ORDER BY id")


async def test_in_and_out(office: Office) -> None:
    async with office.as_("li") as li:
        secret = li.client.cookies[COOKIE]
        assert (await li.get()).status_code == 200
        answer = await li.post("/sign-out")
        assert answer.headers["location"] == "/staff/sign-in"
        # The token opens nothing any more, for whoever kept it.
        li.client.cookies.set(COOKIE, secret, path="/staff")
        assert (await li.get()).status_code == 303
    assert audit(office) == [("li", "signed_in")]


async def test_the_session_is_new_and_only_its_hash_is_stored(office: Office) -> None:
    async with office.client() as client:
        staffer = Staffer(client)
        page = Page((await client.get("/staff/sign-in")).text)
        planted = client.cookies[COOKIE]
        fields = {"token": page.inputs["token"], "name": "li", "password": PASSWORD}
        answer = await client.post("/staff/sign-in", data=fields)
        secret = client.cookies[COOKIE]
        assert secret != planted
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/staff"))
        assert (await staffer.get()).status_code == 200
        client.cookies.clear()
        client.cookies.set(COOKIE, planted, path="/staff")
        assert (await staffer.get()).status_code == 303
    stored = office.store.read("SELECT hash, kind, subject FROM sessions")
    assert stored == [(hashed(secret), "staff", "li")]


async def test_a_citizens_session_opens_no_console(office: Office) -> None:
    await office.console.write(lambda store: Sessions(store).open("t" * 43, "web", "admin", AT))
    async with office.client() as client:
        client.cookies.set(COOKIE, "t" * 43, path="/staff")
        assert (await client.get("/staff")).status_code == 303


@pytest.mark.parametrize(
    ("name", "password"),
    [("li", "wrong password"), ("nobody", PASSWORD), ("", ""), ("li' OR 1=1 --", PASSWORD),
     ("li", "x" * 5000), ("li", "\x00")],
)  # fmt: skip
async def test_a_wrong_one_is_refused_and_tells_nothing(
    office: Office, name: str, password: str
) -> None:
    async with office.client() as client:
        answer = await Staffer(client).sign_in(name, password)
        assert answer.status_code == 403
        assert "用户名、密码或动态码不对" in answer.text
        assert password not in answer.text or not password.strip("\x00")
        assert (await client.get("/staff")).status_code == 303
    # What is no account's name may be a password in the wrong field: it is kept nowhere.
    assert audit(office) == ([("li", "sign_in_failed")] if name == "li" else [])


async def test_guessing_is_slowed_down_for_a_name(office: Office) -> None:
    async with office.client() as client:
        staffer = Staffer(client)
        answers = [await staffer.sign_in("li", f"wrong password {n}") for n in range(5)]
        assert [a.status_code for a in answers] == [403] * 5
        last = await staffer.sign_in("li")
        assert last.status_code == 429  # even the right one waits
        assert (await staffer.sign_in("wang")).status_code == 303


async def test_the_form_needs_its_own_token_and_cookie(office: Office) -> None:
    async with office.client() as client:
        page = Page((await client.get("/staff/sign-in")).text)
        fields = {"token": page.inputs["token"], "name": "li", "password": PASSWORD}
        client.cookies.clear()
        assert (await client.post("/staff/sign-in", data=fields)).status_code == 403
        assert (await client.post("/staff/sign-in", data=fields)).status_code == 403


@pytest.mark.parametrize(
    ("back", "where"),
    [("/staff/account", "/staff/account"), ("//evil.test", "/staff"),
     ("https://evil.test/staff", "/staff"), ("/staffevil", "/staff"), ("/\\evil.test", "/staff")],
)  # fmt: skip
async def test_one_goes_on_where_one_was_and_nowhere_else(
    office: Office, back: str, where: str
) -> None:
    async with office.client() as client:
        answer = await Staffer(client).sign_in("li", back=back)
        assert answer.headers["location"] == where


async def test_a_session_ends_when_unused_and_overnight(office: Office) -> None:
    async with office.as_("li") as li:
        office.now[0] = NOW + IDLE - timedelta(minutes=1)
        assert (await li.get()).status_code == 200
        office.now[0] += IDLE - timedelta(minutes=1)  # used meanwhile
        assert (await li.get()).status_code == 200
        office.now[0] += IDLE + timedelta(minutes=1)
        assert (await li.get()).status_code == 303
    office.now[0] = NOW
    async with office.as_("wang") as wang:
        while office.now[0] < NOW + LONGEST:
            assert (await wang.get()).status_code == 200
            office.now[0] += timedelta(hours=1, minutes=31)
        assert (await wang.get()).status_code == 303


async def test_a_new_password_ends_the_other_sessions(office: Office) -> None:
    async with office.as_("li") as here, office.as_("li") as there:
        wrong = await here.post("/account/password", password="wrong", new="another password")
        assert wrong.status_code == 403
        weak = await here.post("/account/password", password=PASSWORD, new="short")
        assert weak.status_code == 422
        done = await here.post("/account/password", password=PASSWORD, new="another password")
        assert "密码换好了" in done.text
        assert (await here.get()).status_code == 200
        assert (await there.get()).status_code == 303
        assert (await there.sign_in("li")).status_code == 403
        assert (await there.sign_in("li", "another password")).status_code == 303


async def test_a_one_time_code_is_asked_for_and_good_once(office: Office) -> None:
    async with office.as_("li") as li:
        secret = Page((await li.get("/account")).text).inputs["secret"]
        code = pyotp.TOTP(secret).at(NOW)
        wrong = await li.post("/account/code", secret=secret, code="000000")
        assert wrong.status_code == 422
        assert (await li.post("/account/code", secret=secret, code=code)).status_code == 303
        stored = Accounts(office.store).find("li")
        assert stored
        assert stored.totp
        assert secret not in stored.totp
    async with office.client() as client:
        li = Staffer(client)
        assert (await li.sign_in("li")).status_code == 403
        assert (await li.sign_in("li", code=code)).status_code == 403  # used to turn it on
        office.now[0] += timedelta(seconds=60)
        fresh = pyotp.TOTP(secret).at(office.now[0])
        assert (await li.sign_in("li", code=fresh)).status_code == 303
    async with office.client() as client:
        assert (await Staffer(client).sign_in("li", code=fresh)).status_code == 403
