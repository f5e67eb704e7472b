"""The complaint form: what it understands of people's words, and what it never keeps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from bot.app import App, assemble, language_pack
from bot.book import Book
from bot.store import Store
from bot.store.cases import Cases
from bot.store.schema import STEPS
from bot.store.sqlite import Inbound
from conversations.complain import dates, story
from tests.townsfolk import STORY, Town, opened

TODAY = date(2026, 11, 24)  # a Tuesday
WORDS = language_pack("zh").complaints


@pytest.fixture
def town(words_app: App, tmp_path: Path) -> Iterator[Town]:
    with opened(words_app, tmp_path) as town:
        yield town


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("上周三的事", "2026-11-18"),
        ("上个星期天", "2026-11-22"),
        ("上上周五", "2026-11-13"),
        ("周一去的", "2026-11-23"),
        ("礼拜三去的", "2026-11-18"),
        ("这周三", None),
        ("7月15号", "2026-07-15"),
        ("七月十五日", "2026-07-15"),
        ("12月3号", "2025-12-03"),
        ("去年3月8号", "2025-03-08"),
        ("2026年7月15日上午", "2026-07-15"),
        ("2026-07-15", "2026-07-15"),
        ("今天早上", "2026-11-24"),
        ("昨天下午", "2026-11-23"),
        ("大前天", "2026-11-21"),
        ("三天前", "2026-11-21"),
        ("2月30号", None),
        ("上个月", None),
        ("3号窗口", None),
        ("明年", None),
        ("last Wednesday", "2026-11-18"),
        ("on Monday", "2026-11-23"),
        ("July 15th", "2026-07-15"),
        ("the 3rd of March", "2026-03-03"),
        ("3 days ago", "2026-11-21"),
        ("yesterday", "2026-11-23"),
        ("my money", None),
    ],
)
def test_days(said: str, day: str | None) -> None:
    found = dates.day(said, TODAY)
    assert (found.isoformat() if found else None) == day


@given(st.dates(TODAY - timedelta(days=364), TODAY))
def test_every_day_of_the_last_year_is_read_as_people_write_it(day: date) -> None:
    for text in (f"{day.month}月{day.day}号那天", day.isoformat(), f"{day:%B} {day.day}"):
        assert dates.day(text, TODAY) == day


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    found = dates.day(text, TODAY)
    assert found is None or found <= TODAY
    assert story.contact_in(text) is None or any(c.isdigit() or c == "@" for c in text)


@pytest.mark.parametrize(
    ("said", "place", "organisation"),
    [
        ("3号窗口的人", "window:id-card", "public-security"),
        ("二十八号窗口的人", "window:property-transfer", "natural-resources"),
        ("十号窗口", "window:marriage", "civil-affairs"),
        ("13号窗口", "window:disability", "disabled-federation"),
        ("去车管所办", "office:vehicle-office", "traffic-police"),
        ("婚姻登记处关着门", "office:marriage-office", "civil-affairs"),
        ("民生社区便民服务大厅", "hall:minsheng-hall", None),
        ("医疗保障局的人", "organisation:medical-insurance", "medical-insurance"),
        ("窗口的人", None, None),
        ("103号窗口", None, None),
        ("身份证丢了怎么补办", None, None),
    ],
)
def test_places(book: Book, said: str, place: str | None, organisation: str | None) -> None:
    found = book.place_named(said, WORDS.place_prefixes)
    assert (found["place"] if found else None) == place
    assert (found["organisation"] if found else None) == organisation


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("让我交80块钱", "80块钱"),
        ("收了1,200元", "1,200元"),
        ("要三百块", "三百块"),
        ("三万块血汗钱", "三万块"),
        ("没收钱", None),
    ],
)
def test_amounts(words_app: App, said: str, amount: str | None) -> None:
    told = story.read(said, None, words_app.intake.book, "2026-11-24T10:00:00+08:00", WORDS)
    assert told.get("amount") == amount


@pytest.mark.parametrize(
    "said", ["投诉", "我要投诉", "我想投诉你们", "我要举报一件事情", "投诉！！！"]
)
def test_a_wish_to_complain_is_no_case_yet(town: Town, said: str) -> None:
    town.say(said)
    assert Cases(town.store).of_chat("test", "c") == []


CONTACTS = (
    "13912345678",
    "139 1234 5678",
    "0999-5987654",
    "+86 139 1234 5678",
    "zhang.san@example.com",
)


@pytest.mark.parametrize("contact", CONTACTS)
def test_a_contact_is_kept_encrypted_and_nowhere_else(town: Town, contact: str) -> None:
    town.say(f"{STORY}，找我打{contact}，谢谢")
    case = Cases(town.store).of_chat("test", "c")[0]
    assert town.app.intake.desk.vault.show(str(case.contact)) == contact
    assert contact not in "".join(town.store.db.conn.iterdump())


@pytest.mark.parametrize("contact", [*CONTACTS, "5551234"])
def test_a_contact_that_was_asked_for_too(town: Town, contact: str) -> None:
    town.say(STORY)
    for _ in range(3):
        if "电话" in town.say("跳过").messages[-1].text:
            break
    town.say(contact)
    case = Cases(town.store).of_chat("test", "c")[0]
    assert town.app.intake.desk.vault.show(str(case.contact)) == contact
    assert contact not in "".join(town.store.db.conn.iterdump())


@pytest.mark.parametrize("number", ["11010519491231002X", "4111 1111 1111 1111"])
def test_identity_and_card_numbers_are_masked_with_a_word_why(town: Town, number: str) -> None:
    handled = town.say(f"{STORY}，我的号{number}")
    text = "\n".join(m.text for m in handled.messages)
    assert number not in "".join(town.store.db.conn.iterdump())
    assert "遮住" in text


def test_the_form_survives_whatever_its_slots_hold(town: Town) -> None:
    town.say(STORY)
    number = Cases(town.store).of_chat("test", "c")[0].number
    kept = town.store.chat("test", "c")
    assert kept is not None
    for slots in ({"asked": "gone"}, {"fields": None}, {"skipped": None}, {"offered": None}):
        state = {**kept[0], "step": "no such step", "slots": {**kept[0]["slots"], **slots}}
        with town.store.transaction():
            town.store.save_chat("test", "c", state, False)
        assert town.say("3号窗口").turn.outcome == "complaint"
    assert len(Cases(town.store).of_chat("test", "c")) == 1
    assert Cases(town.store).of_chat("test", "c")[0].number == number


@pytest.mark.parametrize("when", ["2026-11-27T10:00:00+08:00", "2027-01-05T10:00:00+08:00"])
def test_days_later_the_form_goes_on(town: Town, when: str) -> None:
    town.say(STORY)
    assert "补上了" in town.say("上周三", at=when).messages[0].text
    assert Cases(town.store).of_chat("test", "c")[0].day is not None


def test_a_complaint_tapped_under_another_answer_is_another_case(town: Town) -> None:
    town.say(STORY)
    town.say("怎么领结婚证")
    assert "请说说" in town.say("complain", kind="choice").messages[-1].text
    town.say("登记处的人不理我，问三遍都不吭声")
    first, second = reversed(Cases(town.store).of_chat("test", "c"))
    assert second.guide == "marriage-registration"
    assert first.guide == "id-card"


def test_a_complaint_on_the_guide_is_tied_to_guide_and_material(town: Town) -> None:
    town.say("办低保要带什么材料")
    town.say("投诉")
    town.say("网上写6样，窗口还要诚信承诺书公证，凭什么")
    case = Cases(town.store).of_chat("test", "c")[0]
    named = town.app.city.guides["dibao"].materials
    assert (case.guide, case.about_guide) == ("dibao", True)
    assert case.material == next(m.id for m in named if m.name.startswith("诚信承诺书"))


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ("报修三天了都说马上来，家里一直没电，还有没有人管", True),
        ("窗口的人骂我没文化，还把材料扔出来", False),  # of no matter in particular
    ],
)
def test_a_guide_is_offered_where_one_may_be_meant(town: Town, said: str, *, offered: bool) -> None:
    choices = town.say(said).turn.replies[-1].choices
    assert any(choice.id.startswith("guide:") for choice in choices) == offered


def test_old_complaints_move_over(tmp_path: Path, words_app: App) -> None:
    path = tmp_path / "doorstep.db"
    with closing(sqlite3.connect(path)) as old:
        STEPS[0](Database(old))
        old.execute("PRAGMA user_version = 1")
        at = "2026-11-20T09:00:00+08:00"
        old.execute(
            "INSERT INTO inbox (id, channel, chat, message, kind, text, at)"
            " VALUES (1, 'web', 'x', '1', 'text', '慢', ?)",
            [at],
        )
        old.execute(
            "INSERT INTO complaints (number, inbox, text, guide, at)"
            " VALUES ('20261120-0001', 1, '慢', 'dibao', ?)",
            [at],
        )
        old.commit()
    store = Store(path)
    case = Cases(store).case("20261120-0001")
    assert (case.state, case.text, case.guide, case.chat) == ("registered", "慢", "dibao", "x")
    assert [e.event for e in Cases(store).history(case)] == ["file"]
    one = words_app
    again = assemble(one.settings, one.city, one.language, one.reader, store)
    again.intake.handle(Inbound("web", "y", "2", "text", STORY, "2026-11-20T10:00:00+08:00"))
    assert Cases(store).of_chat("web", "y")[0].number == "20261120-0002"
    store.close()


# What comes in the midst


def test_what_comes_by_the_way_offers_the_form_again(town: Town) -> None:
    asked = town.say(STORY).messages[-1].choices
    assert {c for c, _ in asked} >= {"form:skip", "form:finish"}
    number = Cases(town.store).of_chat("test", "c")[0].number
    for said, kind in (("我的投诉", "text"), ("20260101-9999", "text")):
        shown = town.say(said, kind=kind).messages[-1].choices
        assert [c for c in shown if not c[0].startswith("track:")] == list(asked)
    shown = town.say(number).messages[-1].choices
    assert ("form:skip", dict(asked)["form:skip"]) in shown
    # By its number too, counted as it is shown.
    place = [c for c, _ in shown].index("form:skip") + 1
    after = town.say(str(place)).messages[-1]
    assert {c for c, _ in after.choices} >= {"form:finish"}
    assert after.choices != asked
    # What the complaint offered itself before is not offered again when it is taken back.
    gone = town.say(f"track:withdraw:{number}", kind="choice").messages[-1].choices
    assert gone == after.choices


def test_a_form_that_an_older_doorstep_left_names_no_empty_choice(town: Town) -> None:
    town.say(STORY)
    state, _ = town.store.chat("test", "c") or ({}, False)
    for offer in state["slots"]["offered"]:
        offer.pop("key")
    with town.store.transaction():
        town.store.save_chat("test", "c", state, traditional=False)
    handled = town.say("20260101-9999")
    assert (handled.turn.outcome, handled.messages[-1].choices) == ("track", ())


def test_after_the_form_nothing_of_it_is_offered(town: Town) -> None:
    town.file()
    shown = town.say("我的投诉").messages[-1].choices
    assert not [c for c, _ in shown if c.startswith("form:")]
