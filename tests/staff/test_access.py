"""Every route as every role, as another organisation, without a session and without a token."""

from __future__ import annotations

import httpx
import pytest

from bot.cases import CaseState, Role
from bot.channels.staff.access import RIGHTS
from tests.staff.conftest import PEOPLE, Office
from tests.townsfolk import STORY

# What a form of each kind needs so that it fails, if it fails, for no other reason than rights.
FORM = {"target": "in_progress", "reason": "x", "text": "x", "note": "x", "handler": "li"}


def paths(office: Office, number: str) -> list[tuple[str, str, str]]:
    return [
        (route.method, route.path.replace("{number}", number).replace("{file}", "1"), route.right)
        for route in office.console.routes
    ]


def everything(office: Office) -> list[object]:
    tables = ("cases", "case_history", "case_notes", "outbox", "staff", "gaps_handled",
              "answer_templates", "topics")  # fmt: skip
    return [office.store.read(f"SELECT * FROM {table}") for table in tables]


async def test_nobody_passes_without_a_session(office: Office) -> None:
    number = await office.file()
    before = everything(office)
    async with office.client() as client:
        for method, path, _ in paths(office, number):
            answer = await client.request(method, path, data=FORM if method == "POST" else None)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/staff/sign-in")
            assert STORY not in answer.text
    assert everything(office) == before


@pytest.mark.parametrize("name", PEOPLE)
async def test_every_route_asks_for_the_right_of_the_role(office: Office, name: str) -> None:
    number = await office.file()
    role = PEOPLE[name][0]
    async with office.as_(name) as staffer:
        token = await staffer.token()
        for method, path, right in paths(office, number):
            if path == "/staff/sign-out":
                continue
            data = {**FORM, "token": token} if method == "POST" else None
            answer = await staffer.client.request(method, path, data=data)
            if role not in RIGHTS[right]:
                assert answer.status_code == 403, path
                assert STORY not in answer.text
            elif "/cases/" not in path:
                assert answer.status_code != 403 or "password" in path, path
            assert answer.status_code < 500, path


async def test_a_form_without_its_token_changes_nothing(office: Office) -> None:
    number = await office.file()
    async with office.as_("admin") as admin, office.as_("wang") as other:
        stolen = await other.token()
        before = everything(office)
        for method, path, _ in paths(office, number):
            if method == "POST":
                for token in ("", "forged", "é" * 64, stolen):
                    answer = await admin.client.post(path, data={**FORM, "token": token})
                    assert answer.status_code == 403, path
    assert everything(office) == before


async def test_another_organisation_sees_and_changes_nothing(office: Office) -> None:
    number = await office.file()
    before = everything(office)
    async with office.as_("sun") as sun:
        inbox = await sun.get("?state=all")
        assert inbox.status_code == 200
        assert number not in inbox.text
        # Asking for the other organisation by name does not help.
        for query in ("organisation=public-security", "q=骂我", f"q={number}"):
            assert "data-row" not in (await sun.get(f"?state=all&{query}")).text
        token = await sun.token()
        for method, path, right in paths(office, number):
            if number in path and Role.handler in RIGHTS[right]:
                data = {**FORM, "token": token} if method == "POST" else None
                answer = await sun.client.request(method, path, data=data)
                assert answer.status_code == 403, path
                assert STORY not in answer.text
    assert everything(office) == before


async def test_only_what_the_table_allows_is_offered(office: Office) -> None:
    number = await office.file()
    offered = {"li": "接手办理", "wang": "", "zhou": "", "qian": ""}
    for name, label in offered.items():
        async with office.as_(name) as staffer:
            html = (await staffer.get(f"/cases/{number}")).text
            assert ("接手办理" in html) is bool(label), name
    async with office.as_("zhou") as auditor:
        html = (await auditor.get(f"/cases/{number}")).text
        assert "<textarea" not in html
        assert "联系方式" not in html


async def test_an_account_that_is_disabled_is_out_at_once(office: Office) -> None:
    async with office.as_("li") as li:
        assert (await li.get()).status_code == 200
        await office.console.write(
            lambda store: store.write("UPDATE staff SET disabled_at = 'x' WHERE name = 'li'")
        )
        assert (await li.get()).status_code == 303
        assert (await li.sign_in("li")).status_code == 403


async def test_the_check_word_is_not_shown_to_staff(office: Office) -> None:
    number = await office.file()
    case = office.case(number)
    word = office.console.desk.vault.show(case.word or "")
    await office.say(f"{number} {word.replace(' ', '')}")
    async with office.as_("admin") as admin:
        html = (await admin.get(f"/cases/{number}")).text
    assert "查询口令：••••" in html
    assert word not in html
    assert word.replace(" ", "") not in html
    assert case.state is CaseState.dispatched


async def test_pages_are_guarded_and_kept_by_nobody(office: Office) -> None:
    async with office.as_("admin") as admin:
        headers: httpx.Headers = (await admin.get()).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert "'unsafe" not in headers["content-security-policy"]
