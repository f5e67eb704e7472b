"""Staff and citizens at the desk: every action through a real store and the one door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.cases import Actor, CaseError, CaseState, IllegalMoveError, Role, StaleError
from bot.desk import messages, staff, topics
from bot.store.case_list import CaseList, Filter
from bot.store.cases import Cases
from tests.townsfolk import AT, CLERK, HEALTH, OTHER, POLICE, STORY, Town, opened


@pytest.fixture
def town(words_app: App, tmp_path: Path) -> Iterator[Town]:
    with opened(words_app, tmp_path) as town:
        yield town


def test_a_known_office_gets_the_case_at_once_and_the_receipt_says_so(town: Town) -> None:
    town.say(STORY)
    town.heard()
    town.say("就这些")
    case = Cases(town.store).of_chat("test", "c")[0]
    assert (case.state, case.organisation) == (CaseState.dispatched, "public-security")
    (receipt,) = town.heard()
    assert "市公安局" in receipt
    assert "12月1日" in receipt
    assert "5个工作日" in receipt
    history = Cases(town.store).history(case)
    assert [(e.event, e.role) for e in history] == [("file", "citizen"), ("dispatch", "system")]


def test_each_move_is_told_in_the_citizens_chat_by_the_one_door(town: Town) -> None:
    number = town.file()
    town.heard()
    steps: list[tuple[Any, dict[str, Any], str]] = [
        (staff.take, {}, "有人接手"),
        (staff.ask_back, {"question": "哪天交的材料？"}, "哪天交的材料？"),
        (staff.resume, {}, "有人接手"),
        (staff.extend, {"reason": "要查档案"}, "要查档案"),
        (staff.resume, {}, "有人接手"),
        (staff.defer, {"reason": "等系统修好", "plan": date(2026, 12, 18)}, "12月18日"),
        (staff.resume, {}, "有人接手"),
        (staff.answer, {"text": "证办好了"}, "证办好了"),
    ]
    for action, given, told in steps:
        case = town.act(action, POLICE, number, **given)
        assert any(told in text for text in town.heard()), action
        (row,) = town.store.read("SELECT kind, sender FROM inbox ORDER BY id DESC LIMIT 1")
        assert row == ("staff", "li")
        assert Cases(town.store).history(case)[-1].inbox is not None


def test_the_second_of_two_is_told(town: Town) -> None:
    number = town.file()
    version = town.case(number).version
    desk = town.app.intake.desk
    with town.store.transaction():
        staff.take(desk, town.store, POLICE, number, version, AT)
    with pytest.raises(StaleError, match="changed meanwhile"), town.store.transaction():
        staff.take(desk, town.store, OTHER, number, version, AT)
    assert town.case(number).handler == "li"


def test_another_organisation_sees_and_moves_nothing(town: Town) -> None:
    number = town.file()
    desk = town.app.intake.desk
    for action, given in (
        (staff.take, {}),
        (staff.return_to_clerk, {"reason": "x"}),
        (staff.assign, {"handler": "sun"}),
    ):
        with pytest.raises(IllegalMoveError) as refused:
            town.act(action, HEALTH, number, **given)
        assert refused.value.code == "organisation"
    with pytest.raises(IllegalMoveError):
        desk.seen(town.store, HEALTH, number)
    with pytest.raises(IllegalMoveError):
        staff.note(desk, town.store, HEALTH, number, AT, "x")
    assert CaseList(town.store).page(Filter().for_actor(HEALTH)).cases == []
    assert CaseList(town.store).page(Filter().for_actor(Actor("x", Role.handler))).cases == []
    assert len(CaseList(town.store).page(Filter().for_actor(POLICE)).cases) == 1


def test_who_reads_only_writes_nothing(town: Town) -> None:
    number = town.file()
    auditor = Actor("audit", Role.auditor)
    with pytest.raises(IllegalMoveError):
        town.act(staff.assign, auditor, number, handler="li")
    with pytest.raises(IllegalMoveError):
        topics.gather(town.app.intake.desk, town.store, auditor, [number], AT, name="x")
    assert town.app.intake.desk.seen(town.store, auditor, number).number == number


def test_a_return_keeps_the_date_that_the_citizen_was_told(town: Town) -> None:
    number = town.file()
    due = town.case(number).due_on
    town.act(staff.return_to_clerk, POLICE, number, reason="不归我们管")
    assert town.case(number).organisation is None
    case = town.act(
        staff.dispatch, CLERK, number, "2026-11-25T09:00:00+08:00", organisation="health"
    )
    assert (case.organisation, case.due_on) == ("health", due)


def test_returning_is_for_the_first_day(town: Town) -> None:
    number = town.file()
    with pytest.raises(IllegalMoveError) as refused:
        town.act(staff.return_to_clerk, POLICE, number, "2026-11-25T10:00:01+08:00", reason="x")
    assert refused.value.code == "return_window"


def test_waiting_for_the_citizen_stops_the_answer_clock(town: Town) -> None:
    number = town.file()  # due on 1 December
    town.act(staff.take, POLICE, number)
    case = town.act(staff.ask_back, POLICE, number, "2026-11-25T10:00:00+08:00", question="哪天？")
    assert (case.clock, case.due_on) == ("addition", "2026-12-02")
    town.say(f"track:add:{number}", kind="choice")
    town.say("11月3号", at="2026-11-30T10:00:00+08:00")
    case = town.case(number)
    # Four working days were left on the 25th: so they are on the 30th.
    assert (case.state, case.due_on) == (CaseState.in_progress, "2026-12-04")


def test_extended_once_only(town: Town) -> None:
    number = town.file()
    town.act(staff.take, POLICE, number)
    case = town.act(staff.extend, POLICE, number, reason="要查档案")
    assert case.due_on == "2026-12-08"
    town.act(staff.resume, POLICE, number)
    with pytest.raises(IllegalMoveError) as refused:
        town.act(staff.extend, POLICE, number, reason="还要")
    assert refused.value.code == "once"


@pytest.mark.parametrize(
    ("verdict", "state", "code"),
    [("solved", "closed", "solved"), ("partly", "closed", "partly"), ("not", "reopened", None)],
)
def test_the_citizen_judges(town: Town, verdict: str, state: str, code: str | None) -> None:
    number = town.answered()
    town.heard()
    handled = town.say(f"track:verdict:{number}:{verdict}", kind="choice")
    case = town.case(number)
    assert (case.state.value, case.code, case.verdict) == (state, code, verdict)
    assert len(handled.messages[-1].choices) >= 5
    town.say(f"track:rate:{number}:2", kind="choice")
    assert town.case(number).satisfaction == 2
    rows = town.store.read("SELECT round, verdict, satisfaction, handler FROM case_verdicts")
    assert rows == [(1, verdict, 2, "li")]


def test_the_verdict_may_be_typed_as_a_number(town: Town) -> None:
    number = town.answered()
    town.say("1")
    assert town.case(number).verdict == "solved"


def test_reopened_goes_to_another_handler_with_a_new_clock(town: Town) -> None:
    number = town.answered()
    at = "2026-12-03T10:00:00+08:00"
    town.say(f"track:verdict:{number}:not", kind="choice", at=at)
    case = town.case(number)
    assert (case.round, case.due_on) == (2, "2026-12-10")
    with pytest.raises(IllegalMoveError) as refused:
        town.act(staff.take, POLICE, number, at)
    assert refused.value.code == "other_handler"
    assert town.act(staff.take, OTHER, number, at).handler == "zhao"


def test_the_window_for_reopening_counts_from_the_answer(town: Town) -> None:
    number = town.answered()
    town.say(f"track:verdict:{number}:partly", kind="choice", at="2026-12-10T10:00:00+08:00")
    late = "2027-01-08T10:00:00+08:00"
    handled = town.say(f"track:verdict:{number}:not", kind="choice", at=late)
    assert town.case(number).state is CaseState.closed
    assert "过了重新办的期限" in handled.messages[-1].text


def test_taking_back(town: Town) -> None:
    town.say(STORY)
    (case,) = Cases(town.store).of_chat("test", "c")
    town.say(f"track:withdraw:{case.number}", kind="choice")
    assert town.case(case.number).state is CaseState.withdrawn
    assert town.case(case.number).code == "withdrawn"


def test_taking_back_once_an_office_has_it(town: Town) -> None:
    number = town.file()
    handled = town.say(f"track:withdraw:{number}", kind="choice")
    assert "告诉他们" in handled.messages[-1].text
    assert town.case(number).wish_withdrawn
    town.act(staff.take, POLICE, number)
    case = town.act(staff.answer, POLICE, number, text="好的")
    assert (case.state, case.code, case.verdict) == (CaseState.closed, "withdrawn", "none")


def test_merging_and_taking_apart(town: Town) -> None:
    first = town.file("a")
    town.say("3号窗口态度太差，我要投诉这个窗口的人", "b")
    second = Cases(town.store).of_chat("test", "b")[0].number
    town.heard("b")
    case = town.act(staff.merge, CLERK, second, into=first, reason="同一件事")
    assert case.state is CaseState.merged
    assert first in town.heard("b")[0]
    town.act(staff.take, POLICE, first)
    town.act(staff.answer, POLICE, first, text="换了人")
    assert "换了人" in town.heard("b")[0]
    assert town.act(staff.unmerge, CLERK, second, reason="不是一件事").state is CaseState.registered
    with pytest.raises(CaseError, match="cannot be merged"):
        town.act(staff.merge, CLERK, second, into=second, reason="x")


def test_many_on_one_matter_become_a_topic_and_keep_their_numbers(town: Town) -> None:
    numbers = [town.file(f"chat{n}", f"{STORY}，{n}号的事") for n in range(6)]
    assert len(set(numbers)) == 6
    (topic,) = CaseList(town.store).topics()
    assert topic["count"] == 6
    assert topic["guide"] == "id-card"
    first = town.case(numbers[0])
    assert Cases(town.store).history(first)[-1].data == {"topic": topic["id"]}
    with town.store.transaction():
        topics.take_out(town.app.intake.desk, town.store, CLERK, numbers[0], AT)
    assert CaseList(town.store).topics()[0]["count"] == 5


def test_one_who_complains_often_is_no_topic(town: Town) -> None:
    for n in range(6):
        town.file("same", f"{n}号那天{STORY * (n + 1)}")
    assert CaseList(town.store).topics() == []


def test_the_same_facts_point_to_the_first(town: Town) -> None:
    number = town.file()
    handled = town.say(STORY + "！")
    assert number in handled.messages[-1].text
    assert len(Cases(town.store).of_chat("test", "c")) == 1
    assert Cases(town.store).history(town.case(number))[-1].event == "repeat"
    town.say("2")
    assert len(Cases(town.store).of_chat("test", "c")) == 2


def test_another_chat_needs_the_check_word(town: Town) -> None:
    number = town.file()
    word = town.app.intake.desk.vault.show(str(town.case(number).word))
    wrong = town.say(f"{number} 苹果 苹果苹果", "stranger")
    unknown = town.say("20200101-0001 苹果", "stranger")
    assert wrong.messages[0].text == unknown.messages[0].text.replace("20200101-0001", number)
    town.say(f"track:withdraw:{number}", "stranger", "choice")
    assert not town.case(number).wish_withdrawn
    right = town.say(f"{number} {word}", "friend")
    assert "市公安局" in right.messages[0].text
    town.say(f"track:withdraw:{number}", "friend", "choice")
    assert town.case(number).wish_withdrawn
    assert word not in str(town.store.read("SELECT text FROM inbox WHERE chat = 'friend'"))


def test_guessing_the_check_word_is_stopped(town: Town) -> None:
    number = town.file()
    word = town.app.intake.desk.vault.show(str(town.case(number).word))
    for n in range(10):
        town.say(f"{number} 苹果 {n}", f"guesser{n}")
    assert "没有查到" in town.say(f"{number} {word}", "late").messages[0].text
    assert "市公安局" in town.say(number).messages[0].text
    tomorrow = "2026-11-25T10:00:00+08:00"
    assert "市公安局" in town.say(f"{number} {word}", "late", at=tomorrow).messages[0].text


def test_history_cannot_be_rewritten(town: Town) -> None:
    town.file()
    for sql in (
        "DELETE FROM case_history",
        "UPDATE case_history SET actor = 'nobody' WHERE role = 'system'",
        "UPDATE case_history SET reason = 'x'",
        "UPDATE case_history SET at = '2020-01-01'",
        "UPDATE case_history SET event = 'x', reason = '', data = '{}'",
    ):
        with pytest.raises(Exception, match="append-only"), town.store.transaction():
            town.store.write(sql)


def test_identity_numbers_in_an_answer_are_masked(town: Town) -> None:
    number = town.file()
    town.act(staff.take, POLICE, number)
    case = town.act(staff.answer, POLICE, number, text="证号11010519491231002X已办")
    assert "11010519491231002X" not in str(case.answer)
    assert "11010519491231002X" not in "".join(town.store.db.conn.iterdump())


def test_a_preview_is_what_is_sent_and_keeps_nothing(town: Town) -> None:
    number = town.file()
    town.act(staff.take, POLICE, number)
    town.heard()
    before, case = list(town.store.db.conn.iterdump()), town.case(number)
    args = (town.app.intake.desk, town.store, POLICE, number, case.version)
    with town.store.transaction():
        seen = staff.preview(*args, CaseState.awaiting_citizen, AT, reason="哪天？")
    assert list(town.store.db.conn.iterdump()) == before
    town.act(staff.ask_back, POLICE, number, question="哪天？")
    assert town.heard() == seen
    with pytest.raises(StaleError), town.store.transaction():
        staff.preview(*args, CaseState.answered, AT, reason="x")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", CaseState)
def test_every_state_can_be_told_in_every_language(
    words_app: App, tmp_path: Path, state: CaseState, language: str
) -> None:
    spoken = replace(words_app, settings=replace(words_app.settings, language=language))
    with opened(spoken, tmp_path) as town:
        number = town.file()
        desk = town.app.intake.desk
        for clock in ("answer", "verdict", None):
            with town.store.transaction():
                Cases(town.store).change(
                    town.case(number),
                    {"state": state.value, "clock": clock, "verdict": "none", "merged_into": 1},
                )
            case = town.case(number)
            (message,) = messages.rendered(
                desk, town.store, case, f"moved_{state.value}", "REASON", ()
            )
            told = state not in (
                CaseState.registered, CaseState.dispatched, CaseState.withdrawn,
                CaseState.in_progress, CaseState.reopened,
            )  # fmt: skip
            assert number in message.text
            assert ("REASON" in message.text) == told
            assert "None" not in message.text
            assert number in town.say(number).messages[0].text


def test_unknown_organisation_and_number_say_what_to_do(town: Town) -> None:
    town.say("我要投诉，大厅的人骂我，太差了")
    number = Cases(town.store).of_chat("test", "c")[0].number
    with pytest.raises(CaseError, match="public-security"):
        town.act(staff.dispatch, CLERK, number, organisation="nowhere")
    with pytest.raises(IllegalMoveError, match="organisation"):
        town.act(staff.dispatch, CLERK, number)
    with pytest.raises(CaseError, match="cases list"):
        town.case("1")
