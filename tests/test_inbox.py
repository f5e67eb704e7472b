"""Staff in chat: linked, told, and at work; through the one door, a real store and the real desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import retention
from bot.app import App
from bot.cases import CaseState, Role
from bot.desk import staff
from bot.desk.effects import performer
from bot.store.case_list import CaseList
from bot.store.cases import Cases
from bot.store.desks import Desks
from bot.store.sqlite import Inbound
from bot.store.staff import Accounts
from bot.talk import Effect
from tests.phones import Phone, audits, code, group, hire, phone
from tests.townsfolk import AT, CLERK, OTHER, POLICE, STORY, Town, opened

UNKNOWN_OFFICE = "我要投诉，大厅的人骂我，太差了"


@pytest.fixture
def town(words_app: App, tmp_path: Path) -> Iterator[Town]:
    with opened(words_app, tmp_path) as town:
        hire(town)
        yield town


def events(town: Town, number: str) -> list[tuple[str, str]]:
    return [(e.event, e.actor) for e in Cases(town.store).history(town.case(number))]


# Linking


def test_a_code_links_a_private_chat_once(town: Town) -> None:
    one, other = Phone(town, "7", "7"), Phone(town, "8", "8")
    found = code(town, "li")
    one.command("start", f"desk_{found}")
    assert "连上了：li（经办人，市公安局）" in one.heard()[0]
    other.command("desk", found)
    assert "用过了" in other.heard()[0]
    other.command("desk", "nosuchcode")
    assert "用过了" in other.heard()[0]
    assert Desks(town.store).member("test", "7") == Accounts(town.store).find("li").actor
    assert Desks(town.store).member("test", "8") is None
    assert audits(town) == [("li", "chat_linked")]


def test_a_code_is_good_for_a_quarter_of_an_hour(town: Town) -> None:
    one = Phone(town, "7", "7")
    late = (datetime.fromisoformat(AT) + timedelta(minutes=15, seconds=1)).isoformat()
    one.command("desk", code(town, "li"), late)
    assert "过了15分钟" in one.heard()[0]
    assert Desks(town.store).member("test", "7") is None


def test_a_code_from_nobody_is_not_used_up(town: Town) -> None:
    found = code(town, "li")
    inbound = Inbound("test", "w", "1", "command", "desk", AT, data={"argument": found})
    assert town.app.intake.handle(inbound) is not None
    one = Phone(town, "7", "7")
    one.command("desk", found)
    assert "连上了" in one.heard()[0]


def test_a_code_for_the_other_kind_of_chat_is_used_up(town: Town) -> None:
    one, many = Phone(town, "7", "7"), Phone(town, "7", "g", group=True)
    for here, there, given in ((one, many, True), (many, one, False)):
        found = code(town, "li", group=given)
        here.command("desk", found)
        assert "已经作废" in here.heard()[0]
        there.command("desk", found)
        assert "用过了" in there.heard()[0]
    assert town.store.read("SELECT * FROM desk_chats") == []


def test_who_is_disabled_or_unlinked_is_a_citizen(town: Town) -> None:
    li, many = phone(town, "li"), group(town, "li")
    number = town.file()
    assert len(li.heard()) == len(many.heard()) == 1
    stale = li.choices(number)["接手"]
    with town.store.transaction():
        Accounts(town.store).disable("li", AT)
    assert li.send("choice", stale).turn.outcome.value == "small_talk"
    assert town.case(number).state is CaseState.dispatched
    li.command("inbox")
    many.command("inbox")
    assert not any("等着办" in text for text in (*li.heard(), *many.heard()))
    town.tick("2027-02-01T09:00:00+08:00")
    assert li.heard() == many.heard() == []
    one = phone(town, "zhao")
    with town.store.transaction():
        Desks(town.store).close("zhao")
    town.file("d", STORY + "，第二回")
    assert one.heard() == []


def test_an_account_that_ends_any_other_way_is_out_too(town: Town) -> None:
    li = phone(town, "li")
    with town.store.transaction():
        town.store.write("UPDATE staff SET disabled_at = ? WHERE name = 'li'", AT)
    town.file()
    assert li.heard() == []
    assert Desks(town.store).member("test", "p-li") is None


# Notices


def test_whose_turn_it_is_is_told_and_nobody_else(town: Town) -> None:
    wang, li, sun, ma = (phone(town, name) for name in ("wang", "li", "sun", "ma"))
    police, city = group(town, "li", "g1"), group(town, "ma", "g2")
    town.say(STORY)
    everybody = (wang, li, sun, ma, police, city)
    assert [one.heard() for one in everybody] == [[]] * 6  # the form is open
    town.say("就这些")
    number = Cases(town.store).of_chat("test", "c")[0].number
    (told,) = li.heard()
    assert police.heard() == [told]
    for part in (
        number,
        "办身份证",
        "市公安局",
        "身份证拖了一个月",
        "12月1日",
        "还有5个工作日",
        "3号窗口",
    ):
        assert part in told, part
    assert [one.heard() for one in (wang, sun, ma, city)] == [[]] * 4
    town.act(staff.return_to_clerk, POLICE, number, reason="不归我们管")
    (back,) = wang.heard()
    assert city.heard() == [back]
    assert "退回" in back
    assert "不归我们管" in back
    assert [one.heard() for one in (li, sun, ma, police)] == [[]] * 4
    town.act(staff.dispatch, CLERK, number, organisation="health")
    assert number in sun.heard()[0]
    assert [one.heard() for one in (li, wang, ma, police, city)] == [[]] * 5


def test_what_waits_for_a_clerk_is_told_when_the_form_ends(town: Town) -> None:
    wang = phone(town, "wang")
    town.say(UNKNOWN_OFFICE)
    assert wang.heard() == []
    town.tick("2026-11-24T11:00:00+08:00")  # left for an hour
    (told,) = wang.heard()
    assert "等你们转给单位" in told
    assert list(wang.choices("等你们")) == ["记备注", "看经过"]  # which office the console asks
    number = Cases(town.store).of_chat("test", "c")[0].number
    town.say(f"track:withdraw:{number}", kind="choice")
    assert "撤回了" in wang.heard()[0]


def test_no_contact_and_no_check_word(town: Town) -> None:
    li = phone(town, "li")
    town.say("我要投诉，3号窗口的人骂我，打我电话13912345678，身份证拖了一个月，气死了")
    town.say("就这些")
    case = Cases(town.store).of_chat("test", "c")[0]
    word = town.app.intake.desk.vault.show(str(case.word))
    town.say(f"track:add:{case.number}", kind="choice")
    town.say(f"我的查询码是{word}，快点")
    li.tap("看经过")
    told = "\n".join(li.heard())
    assert "快点" in told
    assert "13912345678" not in told
    assert word not in told


def test_what_the_citizen_does_later_is_told(town: Town) -> None:
    li = phone(town, "li")
    number = town.file()
    town.say(f"track:add:{number}", kind="choice")
    town.say("那天是3号")
    town.say(f"track:withdraw:{number}", kind="choice")
    first, added, wish = li.heard()
    assert "转给你们" in first
    assert "那天是3号" in added
    assert "想撤回" in wish


@pytest.mark.parametrize(
    ("language", "said", "label"),
    [("en", "was passed to you", "Take it"), ("zh-hant", "投訴轉給你們", "接手")],
)
def test_each_chat_is_told_in_its_own_language(
    town: Town, language: str, said: str, label: str
) -> None:
    li, zhao = phone(town, "li"), phone(town, "zhao")
    li.send("choice", f"language:{language}")
    li.heard()
    number = town.file()
    assert said in li.heard()[0]
    assert label in li.choices(number)
    assert "投诉转给你们" in zhao.heard()[0]


def test_nothing_is_told_while_the_form_is_open(town: Town) -> None:
    wang = phone(town, "wang")
    town.say(UNKNOWN_OFFICE)
    number = Cases(town.store).of_chat("test", "c")[0].number
    town.say(f"track:add:{number}", kind="choice")
    town.say("那天是3号")
    town.say(f"track:withdraw:{number}", kind="choice")
    assert town.case(number).state is CaseState.withdrawn
    assert wang.heard() == []


def test_an_addition_that_was_asked_for_is_told_once(town: Town) -> None:
    li = phone(town, "li")
    number = town.file()
    town.act(staff.take, POLICE, number)
    town.act(staff.ask_back, POLICE, number, question="哪天？")
    li.heard()
    town.say(f"track:add:{number}", kind="choice")
    town.say("11月3号")
    (told,) = li.heard()
    assert "11月3号" in told
    town.act(staff.ask_back, POLICE, number, question="几点？")
    town.tick("2026-12-03T09:00:00+08:00")  # no answer came
    assert any("该继续办了" in text for text in li.heard())


def test_clocks_are_told_each_once_and_the_last_to_those_who_watch(town: Town) -> None:
    li, sun, ma, boss, wang = (phone(town, n) for n in ("li", "sun", "ma", "boss", "wang"))
    town.file()
    li.heard()
    for now, said in (
        ("2026-12-01T09:00:00+08:00", "快到期了"),
        ("2026-12-02T09:00:00+08:00", "超期1个工作日"),
    ):
        town.tick(now)
        (told,) = li.heard()
        assert said in told
        assert ma.heard() == boss.heard() == []
    town.tick("2026-12-16T09:00:00+08:00")
    (told,) = li.heard()
    assert "再次上报" in told
    assert ma.heard() == boss.heard() == [told]
    town.tick("2028-01-01T00:00:00+08:00")
    town.file("late", STORY + "，晚了")
    li.heard()
    town.tick("2026-12-02T09:00:00+08:00")  # after a downtime: no warning for what is overdue
    assert ["超期了" in text for text in li.heard()] == [True]
    assert [one.heard() for one in (li, sun, ma, boss, wang)] == [[]] * 5


def test_a_late_dispatch_is_told_to_clerks(town: Town) -> None:
    wang, li = phone(town, "wang"), phone(town, "li")
    town.file(text=UNKNOWN_OFFICE)
    assert "新投诉" in wang.heard()[0]
    for now, said in (("25", "快到期了"), ("26", "超期1个工作日")):
        town.tick(f"2026-11-{now}T09:00:00+08:00")
        (told,) = wang.heard()
        assert said in told
    assert li.heard() == []


def test_buttons_are_the_moves_that_the_role_may_make(town: Town) -> None:
    li, many = phone(town, "li"), group(town, "li")
    number = town.file()
    fresh = ["接手", "答复群众", "退回（不归我们管）", "记备注", "看经过"]
    assert list(li.choices(number)) == list(many.choices(number)) == fresh
    li.tap("接手")
    busy = ["答复群众", "请群众补充", "延期一次", "记备注", "看经过"]
    assert list(li.choices(number)) == busy
    town.tick("2026-12-16T09:00:00+08:00")
    for one, shown in (("ma", ["记备注", "看经过"]), ("boss", busy), ("audit", ["看经过"])):
        watcher = phone(town, one)
        watcher.command("inbox", at="2026-12-16T09:00:00+08:00")
        watcher.tap(number, at="2026-12-16T09:00:00+08:00")
        assert list(watcher.choices("经过：")) == shown


# At work


def test_a_reply_is_previewed_sent_read_and_judged(town: Town) -> None:
    li, zhao = phone(town, "li"), phone(town, "zhao")
    number = town.file()
    town.heard()
    li.tap("接手", number)
    assert town.case(number).handler == "li"
    li.heard()
    li.reply("证已经办好，周一来取。", number)
    (preview,) = li.heard()
    assert "证已经办好，周一来取。" in preview
    assert "解决了吗" in preview  # the very message
    assert "证已经办好" not in "".join(town.heard())
    assert town.case(number).state is CaseState.in_progress
    li.tap("发出：解决了")
    case = town.case(number)
    assert (case.state, case.code, case.answer) == (
        CaseState.answered, "solved", "证已经办好，周一来取。",
    )  # fmt: skip
    (read,) = town.heard()
    assert "证已经办好，周一来取。" in read
    assert read in preview
    zhao.heard()
    town.say(f"track:verdict:{number}:not", kind="choice")
    for one in (li, zhao):
        assert "没解决" in one.heard()[-1]
    assert "接手" not in li.choices("没解决")  # somebody else must
    assert "接手" in zhao.choices("没解决")
    assert ("answer", "li") in events(town, number)


def test_an_answer_takes_the_case_too(town: Town) -> None:
    li = phone(town, "li")
    number = town.file()
    town.heard()
    li.tap("答复群众", number)
    li.say("办好了。")
    li.tap("作了解释")
    assert [event for event, _ in events(town, number)][-2:] == ["take", "answer"]
    assert "办好了。" in town.heard()[-1]


@pytest.mark.parametrize(
    ("label", "state", "told"),
    [
        ("请群众补充", CaseState.awaiting_citizen, "单位想问你"),
        ("延期一次", CaseState.extended, "要多用些时间"),
    ],
)
def test_a_tap_and_the_next_message(town: Town, label: str, state: CaseState, told: str) -> None:
    li = phone(town, "li")
    number = town.file()
    li.tap("接手", number)
    town.heard()
    li.tap(label, number)
    li.say("要看回执上的日期")
    assert town.case(number).state is CaseState.in_progress
    li.tap("发出")
    assert town.case(number).state is state
    (read,) = town.heard()
    assert told in read
    assert "要看回执上的日期" in read


def test_giving_back_and_passing_on(town: Town) -> None:
    li, wang = phone(town, "li"), phone(town, "wang")
    number = town.file()
    li.tap("退回", number)
    li.say("该找卫健委")
    li.tap("发出")
    assert town.case(number).state is CaseState.returned
    li.heard()
    wang.tap("转给市公安局", number)
    assert town.case(number).state is CaseState.dispatched
    assert "转给你们" in li.heard()[0]


def test_a_clerk_merges_into_an_earlier_one(town: Town) -> None:
    wang = phone(town, "wang")
    story = "我要投诉，办身份证的人骂我，气死了"
    first, second = (town.file(chat, story + chat) for chat in ("a", "b"))
    with town.store.transaction():  # as if no office were known
        town.store.write("UPDATE cases SET state = 'registered', organisation = NULL")
    town.heard("b")
    wang.send("choice", f"inbox:show:{first}:1")
    assert not any("合并" in label for label in wang.choices(first))
    wang.send("choice", f"inbox:show:{second}:1")
    wang.tap("合并", second)
    assert first in wang.heard()[-1].partition("：")[2]
    wang.say("同一件事")
    assert "最早那一件的编号" in wang.heard()[-1]
    wang.reply("20200101-0001 同一件事", "合并到更早")
    assert "没有这个编号" in wang.heard()[-1]
    wang.reply(f"{first}，同一件事", "合并到更早")
    assert "原因：同一件事" in wang.heard()[-1]
    assert town.case(second).state is CaseState.registered
    wang.tap("发出")
    assert town.case(second).merged_into == town.case(first).id
    (read,) = town.heard("b")
    assert first in read


def test_notes_are_kept_at_once_and_not_told(town: Town) -> None:
    li, wang = phone(town, "li"), phone(town, "wang")
    number = town.file()
    town.heard()
    li.tap("记备注", number)
    li.say("打过电话，没人接")
    assert town.heard() == []
    assert [n["text"] for n in Cases(town.store).notes(town.case(number))] == ["打过电话，没人接"]
    wang.heard()
    li.tap("看经过", number)
    assert "打过电话，没人接" in li.heard()[-1]


def test_the_list_has_what_is_overdue_first(town: Town) -> None:
    li, sun = phone(town, "li"), phone(town, "sun")
    now = "2026-12-02T10:00:00+08:00"
    late = town.file("a")
    town.say(STORY + "又一次", "b", at="2026-12-01T10:00:00+08:00")
    town.say("就这些", "b", at="2026-12-01T10:00:00+08:00")
    early = Cases(town.store).of_chat("test", "b")[0].number
    town.say(STORY + "表还没填完", "d", at=now)
    li.heard()
    li.command("inbox", at=now)
    (told,) = li.heard()
    assert told.index(late) < told.index(early)
    assert "2件" in told
    assert "超期1个工作日" in told
    sun.command("inbox", at=now)
    assert "没有等着办的" in sun.heard()[0]
    for n in range(11):
        town.file(f"n{n}", f"{STORY}{n}")
    li.heard()
    li.command("inbox", at=now)
    assert "先看这10件" in li.heard()[0]
    assert len(li.choices("等着办的")) == 10


# Who may what


@pytest.mark.parametrize("name", ["sun", "wang", "ma", "audit"])
@pytest.mark.parametrize("kind", ["take", "answer", "send", "return", "dispatch", "note", "show"])
def test_no_role_does_more_in_chat_than_at_the_console(town: Town, name: str, kind: str) -> None:
    one = phone(town, name)
    number = town.file()
    case = town.case(number)
    role = Accounts(town.store).find(name).role
    one.send("choice", f"inbox:{kind}:{number}:{case.version}:1:solved")
    told = "\n".join(one.heard())
    one.say("随便写写")
    if kind == "show" and role is not Role.handler:
        assert "身份证拖了一个月" in told
    elif name == "sun":
        assert "不在你们单位" in told
        assert "身份证" not in told
    elif kind == "note" and role is not Role.auditor:
        assert len(Cases(town.store).notes(case)) == 1
    else:
        assert "没有办成" in told
        assert Cases(town.store).notes(case) == []
    assert (town.case(number).state, town.case(number).version) == (case.state, case.version)


@pytest.mark.parametrize(
    "forged",
    ["inbox:take:{}:{}", "inbox:answer:{}:{}", "inbox:send:{}:{}:1:solved", "inbox:show:{}:{}",
     "inbox:list", "inbox:", "inbox:xyz", "inbox:cancel:::"],
)  # fmt: skip
def test_a_citizen_who_forges_a_button_gets_what_any_old_button_gets(
    town: Town, forged: str
) -> None:
    number = town.file()
    version = town.case(number).version
    town.heard()
    citizen = Phone(town, "c", "c")
    old = citizen.send("choice", "nonsense:1").messages
    handled = citizen.send("choice", forged.format(number, version))
    assert handled.messages == old
    assert citizen.command("inbox").messages == citizen.command("unheardof").messages
    assert citizen.reply("我说了算", number).turn.outcome.value != "track"
    assert town.case(number).version == version
    nobody = citizen.town.say(forged.format(number, version), "web", "choice")  # no sender at all
    assert nobody.messages == old


@pytest.mark.parametrize("sender", [None, "x", "p-sun", "p-li"])
@pytest.mark.parametrize("chat", ["p-li", "g", "h"])
def test_the_desk_itself_asks_who_it_is(town: Town, sender: str | None, chat: str) -> None:
    """Whatever a conversation may ask for: what it says of the sender counts for nothing."""
    for name in ("li", "sun"):
        phone(town, name)
    group(town, "li")
    number = town.file()
    version = town.case(number).version
    about = {"group": True} if chat != "p-li" else {}
    inbound = Inbound("test", chat, "forged", "choice", "x", AT, sender=sender, data=about)
    with town.store.transaction():
        row = town.store.receive(inbound)
        assert row is not None
        perform = performer(town.app.intake.desk, town.store, row, inbound)
        asked = {"number": number, "version": version}
        moved = perform(Effect("desk_move", {**asked, "move": "take"}))
        told = [perform(Effect("desk_show", asked)), perform(Effect("desk_list"))]
    if sender == "p-li" and chat != "h":
        assert town.case(number).handler == "li"
        return
    assert moved == {"effect": "desk_move", "number": number, "refused": "organisation"} or (
        moved == {"effect": "desk_move", "refused": "unlinked"}
    )
    assert "身份证" not in str(told)
    assert town.case(number).version == version


@pytest.mark.parametrize(
    "name", ["inbox:", "inbox:xyz:1", "inbox:show:1:1", "inbox:send::x:y", "inbox:cancel:1"]
)
def test_a_button_that_says_nothing_breaks_nothing(town: Town, name: str) -> None:
    li = phone(town, "li")
    assert li.send("choice", name).turn.outcome.value == "track"
    assert "没有办成" in li.heard()[0]


def test_somebody_was_faster_and_the_draft_is_not_lost(town: Town) -> None:
    li, zhao = phone(town, "li"), phone(town, "zhao")
    number = town.file()
    li.reply("办好了，来取。", number)
    li.heard()
    zhao.tap("接手", number)
    town.heard()
    li.tap("发出：解决了")
    (told,) = li.heard()
    assert "别人刚刚动过" in told
    assert "zhao" in told
    assert town.case(number).state is CaseState.in_progress
    assert town.heard() == []
    li.tap("用刚才写的")
    assert "办好了，来取。" in li.heard()[0]
    li.tap("发出：解决了")
    assert town.case(number).answer == "办好了，来取。"


def test_a_button_of_an_old_notice_asks_for_no_text_in_vain(town: Town) -> None:
    li, zhao = phone(town, "li"), phone(town, "zhao")
    number = town.file()
    li.heard()
    zhao.tap("接手", number)
    li.tap("答复群众", number)
    assert "别人刚刚动过" in li.heard()[0]


def test_a_reply_to_an_old_notice_is_told_what_changed(town: Town) -> None:
    li, zhao = phone(town, "li"), phone(town, "zhao")
    number = town.file()
    li.heard()
    zhao.tap("接手", number)
    li.reply("办好了", number)
    assert "别人刚刚动过" in li.heard()[0]
    zhao.heard()
    zhao.reply("我来答", "转给你们")  # one's own move is no surprise
    assert "发出以后" in zhao.heard()[0]


def test_a_draft_is_sent_once_and_a_dropped_one_never(town: Town) -> None:
    li = phone(town, "li")
    number = town.file()
    li.reply("第一稿", number)
    first = li.choices("第一稿")
    li.tap("不发了", "第一稿")
    li.send("choice", first["发出：解决了"])
    assert "作废" in li.heard()[-1]
    li.reply("第二稿", "作废")
    li.tap("重写", "第二稿")
    li.say("第三稿")
    sends = li.choices("第三稿")
    li.send("choice", sends["发出：解决了"])
    li.send("choice", sends["发出：解决了"])
    assert [e for e, _ in events(town, number)].count("answer") == 1
    assert town.case(number).answer == "第三稿"


def test_a_question_that_was_sent_is_not_sent_again(town: Town) -> None:
    li = phone(town, "li")
    number = town.file()
    li.tap("接手", number)
    li.tap("请群众补充", number)
    li.say("哪天？")
    send = li.choices("哪天？")["发出"]
    li.send("choice", send)
    town.say(f"track:add:{number}", kind="choice")
    town.say("3号")
    li.heard()
    li.send("choice", send)
    assert "作废" in li.heard()[-1]
    assert town.case(number).state is CaseState.in_progress


def test_what_cannot_be_answered_is_not_taken_either(town: Town) -> None:
    li = phone(town, "li")
    number = town.file()
    li.reply("办好了", number)
    send = li.choices("发出以后")["发出：解决了"]
    li.send("choice", send.replace("solved", "withdrawn"))
    assert "请选这次答复的结果" in li.heard()[-1]
    assert town.case(number).state is CaseState.dispatched
    li.send("choice", send)
    assert town.case(number).code == "solved"


def test_what_is_too_long_or_empty_is_said(town: Town) -> None:
    li = phone(town, "li")
    number = town.file()
    li.reply("很长。" * 700, number)
    assert "太长了" in li.heard()[-1]
    li.reply("\u200b", number)
    assert "必填" in li.heard()[-1]
    assert town.case(number).state is CaseState.dispatched


# A citizen in the same chat


def test_a_member_of_staff_may_still_ask_and_complain(town: Town) -> None:
    li = phone(town, "li")
    number = town.file()
    li.reply("办好了，来取。", number)
    assert li.say("身份证丢了怎么补办").turn.guide == "id-card"
    li.tap("发出：解决了", "发出以后")  # the draft waited
    assert town.case(number).state is CaseState.answered
    li.say(STORY)
    li.tap("看经过", number)
    li.say("就这些")
    (own,) = Cases(town.store).of_chat("test", "p-li")
    assert own.state is CaseState.dispatched
    li.heard()
    li.reply("给自己的答复", "群众说")  # about the other one, which is answered
    assert "没有办成" in li.heard()[-1]
    li.reply("给自己的答复", own.number)
    (preview,) = (text for text in li.heard() if "发出以后" in text)
    assert preview.count("给自己的答复") == 1  # not what staff are told in the same chat


def test_staff_are_told_in_their_own_chat_what_the_citizen_does_not_read(town: Town) -> None:
    li = phone(town, "li")
    li.say(UNKNOWN_OFFICE)
    li.say("就这些")
    (own,) = Cases(town.store).of_chat("test", "p-li")
    with town.store.transaction():
        texts = staff.preview(
            town.app.intake.desk, town.store, CLERK, own.number, own.version,
            CaseState.dispatched, AT, organisation="public-security",
        )  # fmt: skip
    assert ["转给了市公安局" in text for text in texts] == [True]


def test_a_reply_that_looks_like_a_choice_is_a_draft_all_the_same(town: Town) -> None:
    li = phone(town, "li")
    li.say(STORY)
    li.say("就这些")
    (own,) = Cases(town.store).of_chat("test", "p-li")
    town.file("d", STORY + "，另一件")
    town.act(staff.take, OTHER, own.number)
    town.act(staff.answer, OTHER, own.number, text="好了")  # `1` would judge it
    li.heard()
    li.reply("1", "另一件")
    assert "发出以后" in li.heard()[-1]
    assert town.case(own.number).verdict is None


def test_who_was_asked_for_a_text_long_ago_speaks_as_a_citizen(town: Town) -> None:
    li = phone(town, "li")
    number = town.file()
    li.tap("答复群众", number)
    assert li.say("身份证丢了怎么补办", "2026-11-24T10:31:00+08:00").turn.guide == "id-card"
    li.tap("答复群众", number)
    li.command("help")
    assert li.say("身份证丢了怎么补办").turn.guide == "id-card"
    li.tap("答复群众", number)
    assert li.send("text", "身份证丢了怎么补办", origin="user:5").turn.guide == "id-card"
    li.tap("答复群众", number)
    assert li.say("家里着火了").turn.outcome.value == "crisis"


# What is kept


def test_what_staff_read_and_wrote_goes_with_the_case(town: Town, tmp_path: Path) -> None:
    li, many = phone(town, "li"), group(town, "li")
    story, notes = "我要投诉，3号窗口的刘某骂我，身份证拖了一个月", ("内部话", "刘某已批评")
    number = town.file(text=story)
    li.tap("记备注", number)
    li.say(notes[0])
    li.reply(notes[1], number)
    li.tap("发出：解决了")
    town.say(f"track:verdict:{number}:solved", kind="choice")
    li.command("inbox")
    with town.store.transaction():
        retention.anonymise(town.store, tmp_path, town.case(number), AT)
    kept = "\n".join(town.store.db.conn.iterdump())
    assert [word for word in ("刘某", *notes) if word in kept] == []
    assert len(many.heard()) == 1


def test_nobody_is_shown_what_is_of_other_cases(town: Town) -> None:
    li = phone(town, "li")
    li.say(STORY + "，我自己的")
    secret = "我要投诉，3号窗口的刘某骂我，身份证拖了一个月"
    town.file("d", secret)
    li.tap("看经过", "刘某")
    li.reply("刘某已批评", "刘某")
    li.say("就这些")
    (own,) = Cases(town.store).of_chat("test", "p-li")
    around = str(CaseList(town.store).chat_around(own))
    desk = town.app.intake.desk
    mine = str(retention.export(desk, town.store, retention.Chat("test", "p-li")))
    for shown in (around, mine):
        assert "我自己的" in shown
        assert "刘某" not in shown


# Groups


def test_in_a_group_each_acts_as_the_own_account(town: Town) -> None:
    phone(town, "li")
    phone(town, "zhao")
    li = group(town, "li")
    zhao, guest = Phone(town, "p-zhao", "g", group=True), Phone(town, "x", "g", group=True)
    number = town.file()
    li.heard()
    guest.tap("接手", number)
    assert "还不认识你" in li.heard()[0]
    guest.reply("我来答", number)
    guest.command("inbox")
    assert ["还不认识你" in text for text in li.heard()] == [True, True]
    assert town.case(number).state is CaseState.dispatched
    zhao.tap("接手", number)
    assert town.case(number).handler == "zhao"
    zhao.reply("zhao写的", number)
    li.tap("发出：解决了", "zhao写的")
    assert "别人写的" in li.heard()[-1]
    assert town.case(number).state is CaseState.in_progress
    li.reply("li写的", number)  # both drafts at once
    zhao.tap("发出：解决了", "zhao写的")
    assert town.case(number).answer == "zhao写的"
    assert ("answer", "zhao") in events(town, number)
    li.tap("发出：解决了", "li写的")
    assert "别人刚刚动过" in li.heard()[-1]


def test_in_a_group_others_may_take_what_its_owner_answered(town: Town) -> None:
    phone(town, "zhao")
    li = group(town, "li")
    number = town.answered()
    town.say(f"track:verdict:{number}:not", kind="choice")
    assert "接手" in li.choices("没解决")
    Phone(town, "p-zhao", "g", group=True).tap("接手", "没解决")
    assert town.case(number).handler == "zhao"


def test_a_tap_in_a_group_waits_for_a_reply_and_not_for_the_next_message(town: Town) -> None:
    phone(town, "li")
    li = group(town, "li")
    number = town.file()
    li.tap("答复群众", number)
    li.say("身份证丢了怎么补办")
    assert "办身份证" in li.heard()[-1]
    li.reply("证办好了", "怎么写")
    assert "发出以后" in li.heard()[-1]


def test_a_group_shows_no_more_than_it_may_see(town: Town) -> None:
    for name in ("wang", "ma", "sun", "li"):
        phone(town, name)
    number = town.file()
    health = group(town, "sun", "h")
    for name in ("ma", "wang", "li"):
        guest = Phone(town, f"p-{name}", "h", group=True)
        guest.command("inbox")
        guest.send("choice", f"inbox:show:{number}:1")
        told = "".join(health.heard())
        assert "身份证" not in told
        assert number not in told.replace(f"（{number}）", "")
    elsewhere = Phone(town, "p-li", "other", group=True)
    elsewhere.command("inbox")
    assert not any(number in text for text in elsewhere.heard())


def test_a_group_that_is_no_desk_stays_as_it_was(town: Town) -> None:
    phone(town, "li")
    number = town.file()
    version = town.case(number).version
    li = Phone(town, "p-li", "other", group=True)
    plain = Phone(town, "x", "third", group=True)
    for name in (f"inbox:take:{number}:{version}", "nonsense"):
        assert li.send("choice", name).messages == plain.send("choice", name).messages
    assert town.case(number).version == version
