"""The one door: whatever comes in is kept, answered once, and never crashes the bot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App, assemble
from bot.intake import MAX_STORY, MAX_TEXT, Handled
from bot.store import Store
from bot.store.sqlite import Inbound

AT = "2026-11-24T10:00:00+08:00"


@pytest.fixture
def app(words_app: App) -> App:
    one = words_app
    return assemble(one.settings, one.city, one.language, one.reader, Store())


def say(
    app: App, text: str, message: str = "1", kind: str = "text", chat: str = "chat"
) -> Handled | None:
    return app.intake.handle(Inbound("test", chat, message, kind, text, AT))


def rows(app: App, table: str) -> list[dict[str, object]]:
    return list(app.intake.store.db.table(table).rows)


HOSTILE = {
    "empty": ("", "declined"),
    "blanks": (" \t\n ", "declined"),
    "emoji": ("😀👍🏽❤️", "declined"),
    "controls": ("\x00\x01\x02\x7f", "declined"),
    "surrogate": ("\ud800", "declined"),
    "too long": ("我想办身份证，" * 15_000, "too_long"),
    "right to left": ("\u202e身份证丢了怎么补办\u202c", "answered"),
    "nul inside": ("身份证\x00丢了怎么补办", None),
    "sql": ("'; DROP TABLE inbox; --", None),
    "template": ("{{ 7*7 }}{% for x in y %}", None),
    "markup": ("<script>alert(1)</script>", None),
    "full width": ("ＩＤ　ＣＡＲＤ", None),
}


@pytest.mark.parametrize(("text", "outcome"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_gets_clear_words(app: App, text: str, outcome: str | None) -> None:
    handled = say(app, text)
    assert handled is not None
    assert outcome in (None, handled.turn.outcome.value)
    assert handled.messages[-1].text
    assert "49" not in handled.messages[-1].text or outcome
    assert len(rows(app, "inbox")) == 1


@given(st.text(max_size=300))
def test_any_text_is_kept_and_answered(words_app: App, text: str) -> None:
    one = assemble(
        words_app.settings, words_app.city, words_app.language, words_app.reader, Store()
    )
    first, second = say(one, text, "1"), say(one, text, "2")
    assert first is not None
    assert second is not None
    assert first.messages
    assert first.turn.outcome.value != "error"
    assert len(rows(one, "inbox")) == 2


@given(st.text(max_size=40))
def test_any_choice_is_kept_and_answered(words_app: App, choice: str) -> None:
    one = assemble(
        words_app.settings, words_app.city, words_app.language, words_app.reader, Store()
    )
    assert say(one, "身份证丢了怎么补办", "1")
    handled = say(one, choice, "2", "choice")
    assert handled is not None
    assert handled.turn.outcome.value != "error"


def test_the_same_message_twice_is_one_turn(app: App) -> None:
    assert say(app, "身份证丢了怎么补办")
    assert say(app, "身份证丢了怎么补办") is None
    assert len(rows(app, "turns")) == 1


def test_replies_wait_in_the_outbox_with_their_choices(app: App) -> None:
    handled = say(app, "过户")
    assert handled is not None
    (row,) = rows(app, "outbox")
    assert row["text"] == handled.messages[0].text
    assert json.loads(str(row["choices"]))[0][0] == "guide:property-transfer"


def test_an_unanswered_question_becomes_a_gap_in_the_citizens_words(app: App) -> None:
    say(app, "喷火龙的饲养证怎么办")
    assert [row["text"] for row in rows(app, "gaps")] == ["喷火龙的饲养证怎么办"]


def test_complaints_are_numbered_by_the_day(app: App) -> None:
    say(app, "我要投诉，窗口的人骂我，态度太差了", "1")
    say(app, "投诉！你们让我跑了五趟还没办好", "2", chat="another")
    numbers = [row["number"] for row in rows(app, "cases")]
    assert numbers == ["20261124-0001", "20261124-0002"]


def test_identity_numbers_are_never_stored(app: App, tmp_path: Path) -> None:
    say(app, "我的身份证号是11010519491231002X，丢了怎么补办")
    assert "11010519491231002X" not in "".join(app.intake.store.db.conn.iterdump())


def test_what_stands_behind_a_command_is_masked_too(app: App) -> None:
    told = {"argument": "我的身份证号11010519491231002X，拖了三个月"}
    app.intake.handle(Inbound("test", "chat", "1", "command", "complain", AT, data=told))
    assert "11010519491231002X" not in str(rows(app, "inbox") + rows(app, "cases"))
    assert "拖了三个月" in str(rows(app, "inbox"))


def test_a_state_of_an_unknown_conversation_begins_anew(app: App) -> None:
    with app.intake.store.transaction():
        state = {"dialogue": "gone", "step": "x", "slots": {"a": 1}}
        app.intake.store.save_chat("test", "chat", state, False)
    handled = say(app, "怎么领结婚证")
    assert handled is not None
    assert handled.turn.outcome.value == "answered"


@pytest.mark.parametrize("slots", [{"guide": "gone"}, {"chosen": {"no": "such"}}, {"offered": []}])
def test_slots_that_no_longer_fit_are_survived(app: App, slots: dict[str, object]) -> None:
    with app.intake.store.transaction():
        state = {"dialogue": "ask", "step": "no such step", "slots": slots}
        app.intake.store.save_chat("test", "chat", state, False)
    handled = say(app, "那要多久")
    assert handled is not None
    assert handled.turn.outcome.value != "error"


def test_a_defect_apologises_keeps_the_words_and_undoes_the_rest(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(type(app.intake.book), "card", broken)
    handled = say(app, "怎么领结婚证")
    assert handled is not None
    assert handled.turn.outcome.value == "error"
    assert "对不起" in handled.messages[0].text
    assert [row["text"] for row in rows(app, "inbox")] == ["怎么领结婚证"]


RAGE = "我跑了一趟又一趟，每次窗口都说少一样，问他还少什么他又不说，就让我回去等。"
RANT = f"我要投诉，3号窗口的人骂我，身份证拖了一个月还没办好，气死了。{RAGE * 100}你们到底管不管，太欺负人了"


def test_a_long_angry_story_is_filed_whole(app: App) -> None:
    assert MAX_TEXT < len(RANT) < MAX_STORY
    handled = say(app, RANT)
    assert handled is not None
    assert handled.turn.outcome.value == "complaint"
    assert [row["text"] for row in rows(app, "cases")] == [RANT]


def test_a_long_question_is_asked_for_in_a_few_words(app: App) -> None:
    handled = say(app, "身份证丢了怎么补办，要带什么，多少钱？" * 200)
    assert handled is not None
    assert handled.turn.outcome.value == "too_long"
    assert rows(app, "cases") == []


def test_a_story_beyond_all_measure_is_kept_in_part_and_said_to_be_too_long(app: App) -> None:
    handled = say(app, RANT + RAGE * 600)
    assert handled is not None
    assert handled.turn.outcome.value == "too_long"
    (row,) = rows(app, "inbox")
    assert len(str(row["text"])) == MAX_STORY


def test_who_was_asked_what_happened_may_tell_it_at_length(app: App) -> None:
    say(app, "投诉", "1")
    handled = say(app, RAGE * 100, "2")
    assert handled is not None
    assert [row["text"] for row in rows(app, "cases")] == [RAGE * 100]


def test_an_addition_may_be_long_but_is_never_cut(app: App) -> None:
    say(app, RANT, "1")
    say(app, "就这些", "2")
    number = rows(app, "cases")[0]["number"]
    for again, text in enumerate((RAGE * 100, RAGE * 1000)):
        intake = app.intake
        tap = Inbound("test", "chat", f"tap{again}", "choice", f"track:add:{number}", AT)
        intake.handle(tap)
        say(app, text, f"add{again}")
    added = [row["reason"] for row in rows(app, "case_history") if row["event"] == "add"]
    assert added == [RAGE * 100]
    assert "太长了" in str(rows(app, "outbox")[-1]["text"])


def test_who_writes_traditional_is_answered_in_traditional(app: App) -> None:
    first = say(app, "身份證不見了怎麼補辦", "1")
    second = say(app, "1", "2")
    assert first is not None
    assert second is not None
    assert "來源" in first.messages[-1].text
    assert "滿16週歲" in second.messages[-1].text
