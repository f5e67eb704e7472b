"""`doorstep cases`, `person`, `keys`, `retention` as operators type them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.app import App
from bot.cases import Role
from bot.cli import main
from bot.reports import case_diagram
from bot.store.cases import Cases
from bot.store.staff import Accounts
from tests.townsfolk import AT, Town, opened

DOCS = Path(__file__).parent.parent / "docs" / "complaints.md"
Run = Callable[..., Result]


@pytest.fixture
def town(words_app: App, tmp_path: Path) -> Iterator[Town]:
    with opened(words_app, tmp_path) as town:
        yield town


@pytest.fixture
def doorstep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command within this process: a real one takes seconds to start on a busy machine."""
    monkeypatch.setenv("DOORSTEP_SEMANTIC", "off")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--data", str(tmp_path)])

    return run


def test_a_case_from_the_list_to_its_end(town: Town, doorstep: Run) -> None:
    number = town.file(text="我要投诉，大厅的人骂我，太差了，我电话13912345678")
    (listed,) = json.loads(doorstep("cases", "list", "--json").stdout)
    assert listed["number"] == number
    assert listed["state"] == "registered"

    def move(state: str, *more: str, user: str = "wang") -> None:
        done = doorstep("cases", "move", number, state, "--as", user, *more)
        assert done.exit_code == 0, done.stderr
        assert f"{number} is {state}" in done.stdout

    move("dispatched", "--organisation", "civil-affairs", "--reason", "归民政")
    move("in_progress")
    move("awaiting_citizen", "--reason", "哪天？")
    move("in_progress")
    move("extended", "--reason", "要查档案")
    move("in_progress")
    move("answered", "--reason", "已经批评教育", "--code", "solved")
    move("reopened", "--reason", "没道歉")
    refused = doorstep("cases", "move", number, "in_progress", "--as", "wang")
    assert refused.exit_code == 1
    assert "another handler" in refused.stderr
    move("in_progress", user="zhao")
    move("answered", "--reason", "已经道歉")
    move("closed")
    found = json.loads(doorstep("cases", "show", number, "--json").stdout)
    assert found["state"] == "closed"
    assert found["verdict"] == "none"
    assert found["round"] == 2
    assert [e["event"] for e in found["history"]][:4] == ["file", "dispatch", "take", "ask_back"]
    assert found["history"][1]["actor"] == "wang"
    assert "13912345678" not in json.dumps(found)
    assert "已经批评教育" in doorstep("cases", "show", number).stdout
    assert len(town.heard()) >= 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["answered", "--reason", "x"], "cannot become answered; it can: in_progress, returned"),
        (["returned"], "give: reason"),
        (["merged", "--reason", "x"], "--into"),
        (["returned", "--reason", "x", "--code", "solved"], "--code is for answered"),
        (["dispatched", "--organisation", "health"], "cannot become dispatched"),
    ],
)
def test_what_cannot_be_is_said_with_a_remedy(
    town: Town, doorstep: Run, arguments: list[str], said: str
) -> None:
    number = town.file()
    version = town.case(number).version
    done = doorstep("cases", "move", number, *arguments, "--as", "wang")
    assert done.exit_code == 1
    assert said in done.stderr
    assert isinstance(done.exception, SystemExit)
    assert town.case(number).version == version


def test_unknown_numbers(town: Town, doorstep: Run) -> None:
    for command in (["cases", "show", "1"], ["person", "export", "nobody"]):
        done = doorstep(*command)
        assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert doorstep("cases", "move", "1", "nowhere", "--as", "x").exit_code == 2
    assert json.loads(doorstep("cases", "list", "--json", "--overdue").stdout) == []


def test_accounts_decide_once_there_are_any(town: Town, doorstep: Run) -> None:
    number = town.file()
    with town.store.transaction():
        Accounts(town.store).add("sun", Role.handler, "health", "x", AT)
    assert "no active account" in doorstep("cases", "move", number, "returned", "--as", "x").stderr
    done = doorstep("cases", "move", number, "in_progress", "--as", "sun")
    assert "another organisation" in done.stderr


def test_rights_and_keys(town: Town, doorstep: Run) -> None:
    number = town.answered()
    town.say(f"track:verdict:{number}:solved", kind="choice")
    assert number in doorstep("person", "export", number).stdout
    assert "would erase" in doorstep("person", "erase", number).stdout
    assert town.case(number).anonymised_at is None
    assert "a new key" in doorstep("keys", "rotate").stdout
    assert "0 case(s) would be" in doorstep("retention").stdout
    assert "timer(s) rang" in doorstep("cases", "tick").stdout
    assert number in doorstep("person", "erase", number, "--yes").stdout
    assert town.case(number).anonymised_at
    assert Cases(town.store).of_chat("test", "c") == []


def test_a_lost_key_stops_the_start_with_a_remedy(town: Town, tmp_path: Path) -> None:
    town.file()
    (tmp_path / "doorstep.keys").unlink()
    for command in (["cases", "list"], ["chat"]):
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *command, "--data", str(tmp_path)],
            capture_output=True, text=True, check=False,
            env={**os.environ, "DOORSTEP_SEMANTIC": "off"},
        )  # fmt: skip
        assert done.returncode == 1
        assert "key file is missing" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_drawing_in_the_docs_is_fresh() -> None:
    text = DOCS.read_text("utf-8")
    assert case_diagram.put_into(text) == text, (
        "stale: doorstep cases diagram --write docs/complaints.md"
    )


def test_the_drawing_needs_its_place() -> None:
    with pytest.raises(ValueError, match="add them"):
        case_diagram.put_into("nothing")
