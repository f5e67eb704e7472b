"""A person's rights: export everything, erase everything, and anonymise when the period is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import attachments, retention
from bot.app import App
from bot.cases import CaseError, CaseState
from bot.cli import main
from bot.desk import citizen, staff
from bot.desk.citizen import Caller
from bot.store import Store
from bot.store.cases import Cases
from tests.papers import PNG
from tests.townsfolk import AT, POLICE, Town, opened

STORY = "我要投诉，3号窗口的刘某骂我，我电话13912345678，身份证拖了一个月没办好"
SECRETS = ("刘某", "13912345678", "录音在这里", "证办好了", "内部话")


@pytest.fixture
def town(words_app: App, tmp_path: Path) -> Iterator[Town]:
    with opened(words_app, tmp_path) as town:
        yield town


@pytest.fixture
def finished(town: Town, tmp_path: Path) -> str:
    """A case with everything that can hang on one, closed on 24 November."""
    number = town.file(text=STORY)
    town.say(f"track:add:{number}", kind="choice")
    town.say("录音在这里")
    kept = attachments.keep(tmp_path, PNG)
    with town.store.transaction():
        row = town.store.read("SELECT max(id) FROM inbox")[0][0]
        caller = Caller("test", "c", row, AT)
        added = citizen.attach(town.app.intake.desk, town.store, caller, number, kept)
        assert "attached" in added
        staff.note(town.app.intake.desk, town.store, POLICE, number, AT, "内部话")
    town.act(staff.take, POLICE, number)
    town.act(staff.answer, POLICE, number, text="证办好了")
    town.say(number)
    town.say(f"track:verdict:{number}:solved", kind="choice")
    town.say(f"track:rate:{number}:4", kind="choice")
    return number


def dump(store: Store) -> str:
    return "\n".join(store.db.conn.iterdump())


def test_everything_kept_of_a_person_is_exported(town: Town, finished: str) -> None:
    chat = retention.chat_of(town.store, finished)
    found = retention.export(town.app.intake.desk, town.store, chat)
    text = json.dumps(found, ensure_ascii=False)
    assert "刘某" in text
    assert found["cases"][0]["contact"] == "13912345678"
    assert "录音在这里" in text
    assert "内部话" not in text
    assert retention.chat_of(town.store, "test:c") == chat


def test_erasing_leaves_numbers_and_dates_only(town: Town, finished: str, tmp_path: Path) -> None:
    assert all(s in dump(town.store) for s in SECRETS if s != "13912345678")
    desk, chat = town.app.intake.desk, retention.chat_of(town.store, finished)
    with town.store.transaction():
        assert retention.erase(desk, town.store, tmp_path, chat, AT) == [finished]
    left = dump(town.store)
    assert [s for s in SECRETS if s in left] == []
    case = town.case(finished)
    assert (case.state, case.organisation, case.verdict) == (
        CaseState.closed, "public-security", "solved",
    )  # fmt: skip
    assert list((tmp_path / attachments.FOLDER).iterdir()) == []
    with pytest.raises(CaseError):
        retention.chat_of(town.store, "test:c")
    # The chat may begin anew.
    assert town.say("身份证丢了怎么补办").turn.outcome == "answered"


def test_nobody_is_erased_from_under_an_office_that_works(town: Town, tmp_path: Path) -> None:
    number = town.file()
    desk, chat = town.app.intake.desk, retention.chat_of(town.store, number)
    with pytest.raises(CaseError, match=number), town.store.transaction():
        retention.erase(desk, town.store, tmp_path, chat, AT)


def test_the_period_ends_cases_one_by_one_and_again_changes_nothing(
    town: Town, finished: str, tmp_path: Path
) -> None:
    desk = town.app.intake.desk
    open_case = town.file("other", "我要投诉，5号窗口办护照的人骂我，气死了")
    assert retention.due(desk, town.store, date(2028, 11, 24)) == []
    assert [c.number for c in retention.due(desk, town.store, date(2028, 11, 25))] == [finished]
    assert "刘某" in dump(town.store)  # only looked at
    now = datetime.fromisoformat("2028-11-25T03:00:00+08:00")
    assert retention.run(desk, town.store, tmp_path, now) == [finished]
    left = dump(town.store)
    assert [s for s in SECRETS if s in left] == []
    assert retention.run(desk, town.store, tmp_path, now) == []
    assert dump(town.store) == left
    assert town.case(open_case).anonymised_at is None
    assert Cases(town.store).history(town.case(finished))[-1].event == "anonymise"


def test_nothing_is_left_in_the_bytes_of_the_file_or_its_log(
    town: Town, finished: str, tmp_path: Path
) -> None:
    def left() -> list[str]:
        files = tmp_path.glob("doorstep.db*")
        held = b"".join(file.read_bytes() for file in files)
        return [word for word in SECRETS if word.encode() in held]

    assert "刘某" in left()
    now = datetime.fromisoformat("2028-11-25T03:00:00+08:00")
    assert retention.run(town.app.intake.desk, town.store, tmp_path, now) == [finished]
    assert left() == []
    assert town.store.read("PRAGMA secure_delete") == [(1,)]


def test_nor_after_a_person_was_erased(town: Town, finished: str, tmp_path: Path) -> None:
    command = ["person", "erase", finished, "--yes", "--data", str(tmp_path)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    held = b"".join(file.read_bytes() for file in tmp_path.glob("doorstep.db*"))
    assert [word for word in SECRETS if word.encode() in held] == []


def test_killed_in_the_middle_it_is_all_or_nothing(
    town: Town, finished: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, original = town.app.intake.desk, Store.write
    now = datetime.fromisoformat("2028-11-25T03:00:00+08:00")
    before = dump(town.store)
    for killed_at in range(1, 12):
        count = 0

        def write(self: Store, sql: str, *values: object, at: int = killed_at) -> object:
            nonlocal count
            count += 1
            if count == at:
                raise KeyboardInterrupt
            return original(self, sql, *values)

        monkeypatch.setattr(Store, "write", write)
        with pytest.raises(KeyboardInterrupt):
            retention.run(desk, town.store, tmp_path, now)
        monkeypatch.undo()
        assert dump(town.store) == before
    assert retention.run(desk, town.store, tmp_path, now) == [finished]


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 11, 24), 24, date(2024, 11, 24)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 1), 1, date(2025, 12, 1)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
    ],
)
def test_months(day: date, months: int, before: date) -> None:
    assert retention._months_before(day, months) == before


# Files


def test_no_more_than_a_few_files_for_a_case(town: Town, tmp_path: Path) -> None:
    number = town.file()
    row = town.store.read("SELECT max(id) FROM inbox")[0][0]
    caller, desk = Caller("test", "c", row, AT), town.app.intake.desk
    for _ in range(attachments.MAX_FILES):
        kept = attachments.keep(tmp_path, PNG)
        with town.store.transaction():
            assert "attached" in citizen.attach(desk, town.store, caller, number, kept)
    with town.store.transaction():
        assert citizen.attach(desk, town.store, caller, number, kept)["refused"] == "too_many"
        stranger = Caller("test", "x", row, AT)
        assert citizen.attach(desk, town.store, stranger, number, kept)["refused"] == "unknown"
