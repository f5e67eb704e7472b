"""Templates of answers: written once, used in answers, each organisation its own."""

from __future__ import annotations

import re

import pytest
from cryptography.fernet import Fernet

from bot import vault as vaults
from bot.store.staff import Accounts
from tests.staff.conftest import Office
from tests.staff.test_case_work import move


async def test_a_template_is_offered_in_the_answer(office: Office) -> None:
    number = await office.file()
    async with office.as_("li") as li, office.as_("sun") as sun, office.as_("wang") as clerk:
        assert (await li.post("/templates", name="道歉", text="对不起<b>")).status_code == 303
        assert (await clerk.post("/templates", name="转告", text="已转告")).status_code == 303
        await move(li, office, number, "in_progress")
        html = (await li.get(f"/cases/{number}")).text
        assert 'data-text="对不起&lt;b&gt;"' in html
        assert 'data-text="已转告"' in html
        theirs = (await sun.get("/templates")).text
        assert "已转告" in theirs
        assert "对不起" not in theirs
        assert "/remove" not in theirs
        numbers = re.findall(r"/staff/templates/(\d+)/remove", (await li.get("/templates")).text)
        assert len(numbers) == 1
        for one in range(1, 4):
            assert (await sun.post(f"/templates/{one}/remove")).status_code == 404
        assert (await li.post(f"/templates/{numbers[0]}/remove")).status_code == 303
        assert "对不起" not in (await li.get("/templates")).text


@pytest.mark.parametrize(
    ("name", "text"), [("", "x"), ("x", " "), ("字" * 21, "x"), ("x", "字" * 2001)]
)
async def test_what_is_empty_or_too_long_is_said(office: Office, name: str, text: str) -> None:
    async with office.as_("admin") as admin:
        answer = await admin.post("/templates", name=name, text=text)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert text in answer.text
    assert office.store.read("SELECT count(*) FROM answer_templates") == [(0,)]


async def test_new_keys_encrypt_the_secrets_of_codes_too(office: Office) -> None:
    vault = office.console.desk.vault
    hidden = vault.hide("S" * 32)
    await office.console.write(lambda store: Accounts(store).set_totp("li", hidden))
    vaults.rotate(office.store, vault)
    stored = Accounts(office.store).find("li")
    assert stored
    assert stored.totp != hidden
    assert vault.file
    newest = vault.file.read_text("ascii").split()[0]
    assert Fernet(newest).decrypt((stored.totp or "").encode()).decode() == "S" * 32
