"""Staff and citizens at the desk: every action through a real store and the one door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.cases import Actor, CaseError, CaseState, IllegalMoveError, Role, StaleError
from bot.desk import staff, topics
from bot.store.case_list import CaseList, Filter
from bot.store.cases import Cases
from tests.townsfolk import AT, CLERK, HEALTH, OTHER, POLICE, STORY, City, opened


@pytest.fixture
def city(words_app: App, tmp_path: Path) -> Iterator[City]:
    with opened(words_app, tmp_path) as city:
        yield city


def test_a_known_office_gets_the_case_at_once_and_the_receipt_says_so(city: City) -> None:
    city.say(STORY)
    city.heard()
    city.say("就这些")
    case = Cases(city.store).of_chat("test", "c")[0]
    assert (case.state, case.organisation) == (CaseState.dispatched, "public-security")
    (receipt,) = city.heard()
    assert "市公安局" in receipt
    assert "12月1日" in receipt
    assert "5个工作日" in receipt
    history = Cases(city.store).history(case)
    assert [(e.event, e.role) for e in history] == [("file", "citizen"), ("dispatch", "system")]


def test_each_move_is_told_in_the_citizens_chat_by_the_one_door(city: City) -> None:
    number = city.file()
    city.heard()
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
        case = city.act(action, POLICE, number, **given)
        assert any(told in text for text in city.heard()), action
        (row,) = city.store.read("SELECT kind, sender FROM inbox ORDER BY id DESC LIMIT 1")
        assert row == ("staff", "li")
        assert Cases(city.store).history(case)[-1].inbox is not None


def test_the_second_of_two_is_told(city: City) -> None:
    number = city.file()
    version = city.case(number).version
    desk = city.app.intake.desk
    with city.store.transaction():
        staff.take(desk, city.store, POLICE, number, version, AT)
    with pytest.raises(StaleError, match="changed meanwhile"), city.store.transaction():
        staff.take(desk, city.store, OTHER, number, version, AT)
    assert city.case(number).handler == "li"


def test_another_organisation_sees_and_moves_nothing(city: City) -> None:
    number = city.file()
    desk = city.app.intake.desk
    for action, given in (
        (staff.take, {}),
        (staff.return_to_clerk, {"reason": "x"}),
        (staff.assign, {"handler": "sun"}),
    ):
        with pytest.raises(IllegalMoveError) as refused:
            city.act(action, HEALTH, number, **given)
        assert refused.value.code == "organisation"
    with pytest.raises(IllegalMoveError):
        desk.seen(city.store, HEALTH, number)
    with pytest.raises(IllegalMoveError):
        staff.note(desk, city.store, HEALTH, number, AT, "x")
    assert CaseList(city.store).page(Filter().for_actor(HEALTH)).cases == []
    assert CaseList(city.store).page(Filter().for_actor(Actor("x", Role.handler))).cases == []
    assert len(CaseList(city.store).page(Filter().for_actor(POLICE)).cases) == 1


def test_who_reads_only_writes_nothing(city: City) -> None:
    number = city.file()
    auditor = Actor("audit", Role.auditor)
    with pytest.raises(IllegalMoveError):
        city.act(staff.assign, auditor, number, handler="li")
    with pytest.raises(IllegalMoveError):
        topics.gather(city.app.intake.desk, city.store, auditor, [number], AT, name="x")
    assert city.app.intake.desk.seen(city.store, auditor, number).number == number


def test_a_return_keeps_the_date_that_the_citizen_was_told(city: City) -> None:
    number = city.file()
    due = city.case(number).due_on
    city.act(staff.return_to_clerk, POLICE, number, reason="不归我们管")
    assert city.case(number).organisation is None
    case = city.act(
        staff.dispatch, CLERK, number, "2026-11-25T09:00:00+08:00", organisation="health"
    )
    assert (case.organisation, case.due_on) == ("health", due)


def test_returning_is_for_the_first_day(city: City) -> None:
    number = city.file()
    with pytest.raises(IllegalMoveError) as refused:
        city.act(staff.return_to_clerk, POLICE, number, "2026-11-25T10:00:01+08:00", reason="x")
    assert refused.value.code == "return_window"


def test_waiting_for_the_citizen_stops_the_answer_clock(city: City) -> None:
    number = city.file()  # due on 1 December
    city.act(staff.take, POLICE, number)
    case = city.act(staff.ask_back, POLICE, number, "2026-11-25T10:00:00+08:00", question="哪天？")
    assert (case.clock, case.due_on) == ("addition", "2026-12-02")
    city.say(f"track:add:{number}", kind="choice")
    city.say("11月3号", at="2026-11-30T10:00:00+08:00")
    case = city.case(number)
    # Four working days were left on the 25th: so they are on the 30th.
    assert (case.state, case.due_on) == (CaseState.in_progress, "2026-12-04")


def test_extended_once_only(city: City) -> None:
    number = city.file()
    city.act(staff.take, POLICE, number)
    case = city.act(staff.extend, POLICE, number, reason="要查档案")
    assert case.due_on == "2026-12-08"
    city.act(staff.resume, POLICE, number)
    with pytest.raises(IllegalMoveError) as refused:
        city.act(staff.extend, POLICE, number, reason="还要")
    assert refused.value.code == "once"


@pytest.mark.parametrize(
    ("verdict", "state", "code"),
    [("solved", "closed", "solved"), ("partly", "closed", "partly"), ("not", "reopened", None)],
)
def test_the_citizen_judges(city: City, verdict: str, state: str, code: str | None) -> None:
    number = city.answered()
    city.heard()
    handled = city.say(f"track:verdict:{number}:{verdict}", kind="choice")
    case = city.case(number)
    assert (case.state.value, case.code, case.verdict) == (state, code, verdict)
    assert len(handled.messages[-1].choices) >= 5
    city.say(f"track:rate:{number}:2", kind="choice")
    assert city.case(number).satisfaction == 2
    rows = city.store.read("SELECT round, verdict, satisfaction, handler FROM case_verdicts")
    assert rows == [(1, verdict, 2, "li")]


def test_the_verdict_may_be_typed_as_a_number(city: City) -> None:
    number = city.answered()
    city.say("1")
    assert city.case(number).verdict == "solved"


def test_reopened_goes_to_another_handler_with_a_new_clock(city: City) -> None:
    number = city.answered()
    at = "2026-12-03T10:00:00+08:00"
    city.say(f"track:verdict:{number}:not", kind="choice", at=at)
    case = city.case(number)
    assert (case.round, case.due_on) == (2, "2026-12-10")
    with pytest.raises(IllegalMoveError) as refused:
        city.act(staff.take, POLICE, number, at)
    assert refused.value.code == "other_handler"
    assert city.act(staff.take, OTHER, number, at).handler == "zhao"


def test_the_window_for_reopening_counts_from_the_answer(city: City) -> None:
    number = city.answered()
    city.say(f"track:verdict:{number}:partly", kind="choice", at="2026-12-10T10:00:00+08:00")
    late = "2027-01-08T10:00:00+08:00"
    handled = city.say(f"track:verdict:{number}:not", kind="choice", at=late)
    assert city.case(number).state is CaseState.closed
    assert "过了重新办的期限" in handled.messages[-1].text


def test_taking_back(city: City) -> None:
    city.say(STORY)
    (case,) = Cases(city.store).of_chat("test", "c")
    city.say(f"track:withdraw:{case.number}", kind="choice")
    assert city.case(case.number).state is CaseState.withdrawn
    assert city.case(case.number).code == "withdrawn"


def test_taking_back_once_an_office_has_it(city: City) -> None:
    number = city.file()
    handled = city.say(f"track:withdraw:{number}", kind="choice")
    assert "告诉他们" in handled.messages[-1].text
    assert city.case(number).wish_withdrawn
    city.act(staff.take, POLICE, number)
    case = city.act(staff.answer, POLICE, number, text="好的")
    assert (case.state, case.code, case.verdict) == (CaseState.closed, "withdrawn", "none")


def test_merging_and_taking_apart(city: City) -> None:
    first = city.file("a")
    city.say("3号窗口态度太差，我要投诉这个窗口的人", "b")
    second = Cases(city.store).of_chat("test", "b")[0].number
    city.heard("b")
    case = city.act(staff.merge, CLERK, second, into=first, reason="同一件事")
    assert case.state is CaseState.merged
    assert first in city.heard("b")[0]
    city.act(staff.take, POLICE, first)
    city.act(staff.answer, POLICE, first, text="换了人")
    assert "换了人" in city.heard("b")[0]
    assert city.act(staff.unmerge, CLERK, second, reason="不是一件事").state is CaseState.registered
    with pytest.raises(CaseError, match="cannot be merged"):
        city.act(staff.merge, CLERK, second, into=second, reason="x")


def test_many_on_one_matter_become_a_topic_and_keep_their_numbers(city: City) -> None:
    numbers = [city.file(f"chat{n}", f"{STORY}{n}") for n in range(6)]
    assert len(set(numbers)) == 6
    (topic,) = CaseList(city.store).topics()
    assert topic["count"] == 6
    assert topic["guide"] == "id-card"
    first = city.case(numbers[0])
    assert Cases(city.store).history(first)[-1].data == {"topic": topic["id"]}
    with city.store.transaction():
        topics.take_out(city.app.intake.desk, city.store, CLERK, numbers[0], AT)
    assert CaseList(city.store).topics()[0]["count"] == 5


def test_one_who_complains_often_is_no_topic(city: City) -> None:
    for n in range(6):
        city.file("same", f"{n}号那天{STORY * (n + 1)}")
    assert CaseList(city.store).topics() == []


def test_the_same_facts_point_to_the_first(city: City) -> None:
    number = city.file()
    handled = city.say(STORY + "！")
    assert number in handled.messages[-1].text
    assert len(Cases(city.store).of_chat("test", "c")) == 1
    assert Cases(city.store).history(city.case(number))[-1].event == "repeat"
    city.say("2")
    assert len(Cases(city.store).of_chat("test", "c")) == 2


def test_another_chat_needs_the_check_word(city: City) -> None:
    number = city.file()
    word = city.app.intake.desk.vault.show(str(city.case(number).word))
    wrong = city.say(f"{number} 苹果 苹果苹果", "stranger")
    unknown = city.say("20200101-0001 苹果", "stranger")
    assert wrong.messages[0].text == unknown.messages[0].text.replace("20200101-0001", number)
    city.say(f"track:withdraw:{number}", "stranger", "choice")
    assert not city.case(number).wish_withdrawn
    right = city.say(f"{number} {word}", "friend")
    assert "市公安局" in right.messages[0].text
    city.say(f"track:withdraw:{number}", "friend", "choice")
    assert city.case(number).wish_withdrawn
    assert word not in str(city.store.read("SELECT text FROM inbox WHERE chat = 'friend'"))


def test_guessing_the_check_word_is_stopped(city: City) -> None:
    number = city.file()
    word = city.app.intake.desk.vault.show(str(city.case(number).word))
    for n in range(10):
        city.say(f"{number} 苹果 {n}", f"guesser{n}")
    assert "没有查到" in city.say(f"{number} {word}", "late").messages[0].text
    assert "市公安局" in city.say(number).messages[0].text
    tomorrow = "2026-11-25T10:00:00+08:00"
    assert "市公安局" in city.say(f"{number} {word}", "late", at=tomorrow).messages[0].text


def test_history_cannot_be_rewritten(city: City) -> None:
    city.file()
    for sql in (
        "DELETE FROM case_history",
        "UPDATE case_history SET actor = 'nobody' WHERE role = 'system'",
        "UPDATE case_history SET reason = 'x'",
        "UPDATE case_history SET at = '2020-01-01'",
        "UPDATE case_history SET event = 'x', reason = '', data = '{}'",
    ):
        with pytest.raises(Exception, match="append-only"), city.store.transaction():
            city.store.write(sql)


def test_identity_numbers_in_an_answer_are_masked(city: City) -> None:
    number = city.file()
    city.act(staff.take, POLICE, number)
    case = city.act(staff.answer, POLICE, number, text="证号11010519491231002X已办")
    assert "11010519491231002X" not in str(case.answer)
    assert "11010519491231002X" not in "".join(city.store.db.conn.iterdump())


def test_a_preview_is_what_is_sent(city: City) -> None:
    number = city.file()
    city.act(staff.take, POLICE, number)
    city.heard()
    desk = city.app.intake.desk
    seen = staff.preview(desk, city.store, number, CaseState.awaiting_citizen, "哪天？")
    city.act(staff.ask_back, POLICE, number, question="哪天？")
    assert seen[0].text.splitlines()[:2] == city.heard()[0].splitlines()[:2]


def test_unknown_organisation_and_number_say_what_to_do(city: City) -> None:
    city.say("我要投诉，大厅的人骂我，太差了")
    number = Cases(city.store).of_chat("test", "c")[0].number
    with pytest.raises(CaseError, match="public-security"):
        city.act(staff.dispatch, CLERK, number, organisation="nowhere")
    with pytest.raises(IllegalMoveError, match="organisation"):
        city.act(staff.dispatch, CLERK, number)
    with pytest.raises(CaseError, match="cases list"):
        city.case("1")
