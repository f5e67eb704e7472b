"""`doorstep staff` as operators type it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import passwords
from bot.cli import main
from bot.store import Store
from bot.store.desks import Desks
from bot.store.sessions import Sessions
from bot.store.staff import KIND, Accounts
from tests.townsfolk import AT

Run = Callable[..., Result]
PASSWORD = "a long password"


@pytest.fixture
def doorstep(tmp_path: Path) -> Run:
    def run(*arguments: str, typed: str = f"{PASSWORD}\n") -> Result:
        return CliRunner().invoke(main, ["staff", *arguments, "--data", str(tmp_path)], input=typed)

    return run


def test_add_list_password_disable(doorstep: Run, tmp_path: Path) -> None:
    added = doorstep("add", "li", "--role", "handler", "--organisation", "public-security")
    assert (added.exit_code, "may sign in" in added.output) == (0, True)
    assert doorstep("add", "wang", "--role", "clerk").exit_code == 0
    listed = doorstep("list").output
    assert "public-security" in listed
    assert PASSWORD not in listed
    store = Store(tmp_path / "doorstep.db")
    stored = Accounts(store).find("li")
    assert stored
    assert passwords.fits(stored.password, PASSWORD)
    with store.transaction():
        Sessions(store).open("s" * 43, KIND, "li", AT)
    assert doorstep("password", "li", typed="another password\n").exit_code == 0
    session = Sessions(store).find("s" * 43, KIND)
    assert session
    assert session.ended
    assert doorstep("disable", "li").exit_code == 0
    assert "disabled" in doorstep("list").output
    events = [row[0] for row in store.read("SELECT event FROM audit ORDER BY id")]
    assert events == ["account_added", "account_added", "password_set", "account_disabled"]
    store.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "li", "--role", "handler"], "needs --organisation"),
        (["add", "li", "--role", "clerk", "--organisation", "health"], "nobody else has one"),
        (["add", "li", "--role", "handler", "--organisation", "x"], "one of: agriculture"),
        (["add", "l i", "--role", "clerk"], "2 to 40"),
        (["disable", "nobody"], "doorstep staff list"),
        (["password", "nobody"], "doorstep staff list"),
    ],
)
def test_what_is_wrong_is_said_with_a_remedy(
    doorstep: Run, arguments: list[str], said: str
) -> None:
    done = doorstep(*arguments)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert said in done.output


def test_a_short_password_and_a_taken_name(doorstep: Run) -> None:
    assert "10 to 200" in doorstep("add", "li", "--role", "clerk", typed="short\n").output
    doorstep("add", "li", "--role", "clerk")
    assert "choose another name" in doorstep("add", "li", "--role", "admin").output
    assert doorstep("add", "x1", "--role", "citizen").exit_code == 2


def test_a_code_links_an_account_and_ends_with_it(doorstep: Run, tmp_path: Path) -> None:
    doorstep("add", "li", "--role", "handler", "--organisation", "public-security")
    said = doorstep("link", "li").output
    code = said.partition("/desk ")[2].split()[0]
    assert "t.me" not in said
    store = Store(tmp_path / "doorstep.db")
    desks = Desks(store)
    assert code not in str(store.read("SELECT * FROM desk_codes"))
    with store.transaction():
        desks.name_bot("telegram", "linshan_bot")
        now = datetime.now(UTC)
        assert desks.redeem(code, now) == ("li", False)
        assert desks.redeem(code, now) is None
        desks.open("telegram", "7", "li", "7", AT)
        desks.open("telegram", "-5", "li", None, AT)
    linked = doorstep("link", "li", "--group").output
    assert "https://t.me/linshan_bot?startgroup=desk_" in linked
    late = linked.rpartition("desk_")[2].strip()
    with store.transaction():
        assert desks.redeem(late, now + timedelta(minutes=16)) is None
    assert "2 chat(s)" in doorstep("list").output
    assert "2 before" in doorstep("unlink", "li").output
    assert desks.member("telegram", "7") is None
    with store.transaction():
        assert desks.redeem(late, now) is None  # an unlinked account's codes are void
        desks.open("telegram", "7", "li", "7", AT)
    doorstep("disable", "li")
    assert store.read("SELECT * FROM desk_chats") == []
    assert "no active account" in doorstep("link", "li").output
    events = [row[0] for row in store.read("SELECT event FROM audit ORDER BY id")]
    assert events[1:] == ["chat_code", "chat_code", "chat_unlinked", "account_disabled"]
    store.close()


def test_who_cannot_be_linked(doorstep: Run) -> None:
    doorstep("add", "audit", "--role", "auditor")
    assert "nothing to do in a group" in doorstep("link", "audit", "--group").output
    assert "staff list" in doorstep("unlink", "nobody").output
