"""Staff in chat against the strict fake: linked, told, answering by replies, in private and groups."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import test_killed
from fake_api import FakeApi
from running import Bot, Starter, now, until
from test_killed import Killer, check_sent, run_to_the_end

from bot import timers
from bot.app import App
from bot.cases import CaseState, Role
from bot.store import Store
from bot.store.cases import Case, Cases
from bot.store.desks import Desks
from bot.store.staff import Accounts

LI, ZHAO, CITIZEN, STRANGER, GROUP = 7, 8, 9, 10, -100500
STORY = "我要投诉，3号窗口的人骂我，身份证拖了一个月还没办好，气死了"
AT = "2026-11-24T10:00:00+08:00"


def hire(store: Store, *names: str) -> None:
    for name in names:
        Accounts(store).add(name, Role.handler, "public-security", "hash", AT)


def code(store: Store, name: str, *, group: bool = False) -> str:
    return Desks(store).code(name, now(), group=group)


async def linked(api: FakeApi, bot: Bot, **people: int) -> None:
    await bot.worker.write(lambda store: hire(store, *people))
    for name, user in people.items():
        found = await bot.worker.write(lambda store, name=name: code(store, name))
        api.message(user, text=f"/start desk_{found}")
        await until(lambda user=user: "连上了" in "".join(api.texts(user)))


async def grouped(api: FakeApi, bot: Bot, name: str) -> None:
    found = await bot.worker.write(lambda store: code(store, name, group=True))
    api.message(GROUP, LI, text=f"/start@linshan_bot desk_{found}")
    await until(lambda: "投诉工作群" in "".join(api.texts(GROUP)))


async def heard(api: FakeApi, bot: Bot, chat: int, text: str) -> str:
    """The newest message of a chat that contains `text`, once it is there and all is done."""
    await until(lambda: text in "".join(api.texts(chat)))
    await bot.all_done()
    return next(said for said in reversed(api.texts(chat)) if text in said)


async def filed(api: FakeApi, bot: Bot, chat: int = CITIZEN, story: str = STORY) -> str:
    api.message(chat, text=story)
    api.message(chat, text="就这些")
    await heard(api, bot, chat, "投诉回执")
    return Cases(bot.store).of_chat("telegram", str(chat))[0].number


def tap(api: FakeApi, chat: int, label: str, user: int | None = None) -> None:
    api.tap(chat, next(data for text, data in api.buttons(chat) if label in text), user)


def case(bot: Bot, number: str) -> Case:
    return Cases(bot.store).case(number)


async def test_from_the_complaint_to_the_answer_and_back(
    api: FakeApi, started: Starter, words_app: App
) -> None:
    async with started() as bot:
        await linked(api, bot, li=LI, zhao=ZHAO)
        number = await filed(api, bot)
        assert STORY in await heard(api, bot, LI, "转给你们")
        assert STORY in await heard(api, bot, ZHAO, "转给你们")
        assert all(len(data.encode()) <= 64 for _, data in api.buttons(LI))
        api.reply(LI, "证办好了，周一来取。", "转给你们")
        preview = await heard(api, bot, LI, "发出以后")
        assert "证办好了，周一来取。" in preview
        assert case(bot, number).state is CaseState.dispatched
        tap(api, LI, "发出：解决了")
        read = await heard(api, bot, CITIZEN, "有答复了")
        assert read in preview
        assert (case(bot, number).state, case(bot, number).handler) == (CaseState.answered, "li")
        tap(api, CITIZEN, "没解决")
        for chat in (LI, ZHAO):
            assert number in await heard(api, bot, chat, "没解决")
        assert case(bot, number).state is CaseState.reopened
        tap(api, ZHAO, "接手")
        await heard(api, bot, CITIZEN, "有人接手")
        late = now() + timedelta(days=40)
        desk = words_app.intake.desk
        rang = await timers.catch_up(bot.worker, lambda: desk, lambda: late)
        assert [timer.kind for timer in rang] == ["warn", "due", "again"]
        assert "再次上报" in await heard(api, bot, ZHAO, "超期很久了")
        await bot.all_done()
        count = len(api.calls)
    async with started() as bot:
        await timers.catch_up(bot.worker, lambda: desk, lambda: late)
        api.message(STRANGER, text="你好")
        await heard(api, bot, STRANGER, "你好")
        assert [
            c for c in api.calls[count:] if c.params.get("chat_id") in (str(LI), str(ZHAO))
        ] == []
    assert api.refused == []


async def test_two_in_a_group_act_as_themselves(api: FakeApi, started: Starter) -> None:
    async with started() as bot:
        await linked(api, bot, li=LI, zhao=ZHAO)
        await grouped(api, bot, "li")
        number = await filed(api, bot)
        await heard(api, bot, GROUP, "转给你们")
        tap(api, GROUP, "接手", STRANGER)
        api.reply(GROUP, "我来答", "转给你们", STRANGER)
        await until(lambda: "".join(api.texts(GROUP)).count("还不认识你") == 2)
        assert case(bot, number).state is CaseState.dispatched
        api.message(GROUP, STRANGER, text="大家好，中午吃什么")  # talk among others
        tap(api, GROUP, "接手", ZHAO)
        await heard(api, bot, GROUP, "好了：接手办理")
        assert case(bot, number).handler == "zhao"
        api.reply(GROUP, "证办好了", "接手办理", LI)
        await heard(api, bot, GROUP, "发出以后")
        tap(api, GROUP, "发出：作了解释", ZHAO)
        await heard(api, bot, GROUP, "别人写的")
        api.message(GROUP, LI, text="/inbox@linshan_bot")
        await heard(api, bot, GROUP, "等着办的1件")
        tapped = next(c for c in api.of("sendMessage", GROUP) if "发出以后" in c.params["text"])
        rows = json.loads(tapped.params["reply_markup"])["inline_keyboard"]
        api.tap(GROUP, rows[2][0]["callback_data"], LI)
        await heard(api, bot, CITIZEN, "证办好了")
        history = Cases(bot.store).history(case(bot, number))
        assert [(e.event, e.actor) for e in history][-2:] == [("take", "zhao"), ("answer", "li")]
        assert not any("中午" in text for text in api.texts(GROUP))
    assert api.refused == []


async def test_a_group_that_moved_is_still_the_desk(api: FakeApi, started: Starter) -> None:
    new = -100777
    async with started() as bot:
        await linked(api, bot, li=LI)
        await grouped(api, bot, "li")
        api.put(
            message={
                "message_id": 999,
                "chat": {"id": GROUP, "type": "group"},
                "date": 0,
                "migrate_to_chat_id": new,
            }
        )
        await until(lambda: Desks(bot.store).chat("telegram", str(new)))
        await filed(api, bot)
        await heard(api, bot, new, "转给你们")
        tap(api, new, "接手", LI)
        await heard(api, bot, new, "好了：接手办理")


async def test_a_citizen_replying_or_forging_changes_nothing(
    api: FakeApi, started: Starter
) -> None:
    async with started() as bot:
        await linked(api, bot, li=LI)
        number = await filed(api, bot)
        await heard(api, bot, LI, "转给你们")
        version = case(bot, number).version
        ((notice,),) = bot.rows(
            "SELECT id FROM outbox WHERE chat = ? AND text LIKE '%转给你们%'", str(LI)
        )
        for data in (f"{notice}:0", f"inbox:take:{number}:{version}"):
            api.tap(STRANGER, data)
        api.message(STRANGER, text="/inbox")
        api.message(STRANGER, text="/desk abcdefghjkmnpqrstu")
        api.message(
            STRANGER, text="我来答", reply_to_message={"message_id": 3, "from": {"id": 4242}}
        )
        await heard(api, bot, STRANGER, "用过了")
        await until(lambda: len(api.texts(STRANGER)) == 5)
        said = "".join(api.texts(STRANGER))
        assert number not in said
        assert "等着办" not in said
        assert case(bot, number).version == version
    assert api.refused == []


async def test_the_command_is_shown_to_staff_alone(api: FakeApi, started: Starter) -> None:
    def shown() -> list[tuple[str, bool]]:
        return [
            (json.loads(c.params["scope"])["chat_id"], "inbox" in c.params["commands"])
            for c in api.of("setMyCommands")
            if "scope" in c.params
        ]

    async with started() as bot:
        await linked(api, bot, li=LI)
        await until(shown)
        assert Desks(bot.store).link("start=x") == "https://t.me/linshan_bot?start=x"
        before = len(shown())
    async with started() as bot:
        await until(lambda: len(shown()) > before)
        assert set(shown()) == {(LI, True)}
        await bot.worker.write(lambda store: Desks(store).close("li"))
        api.message(LI, text="/inbox")
        await until(lambda: api.of("deleteMyCommands"))
        await bot.all_done()
    everybody = [c.params["commands"] for c in api.of("setMyCommands") if "scope" not in c.params]
    assert len(everybody) >= 6
    assert not any("inbox" in commands for commands in everybody)


def test_notices_outlive_kills_and_none_comes_twice(
    api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizens = range(100, 125)
    store = Store(tmp_path / "doorstep.db")
    with store.transaction():
        hire(store, "li")
        api.message(LI, text=f"/start desk_{code(store, 'li')}")
    for chat in citizens:
        api.message(chat, text=f"{STORY}{chat}")
        api.message(chat, text="就这些")
    monkeypatch.setattr(test_killed, "UPDATES", len(api.updates))
    killer = Killer()
    api.watch = killer.watch
    run_to_the_end(tmp_path / "doorstep.db", store, api, killer)
    assert killer.kills >= 5
    rows: list[tuple[Any, ...]] = store.read(
        "SELECT c.chat, count(*) FROM outbox o JOIN desk_rows r ON r.inbox = o.inbox"
        " JOIN cases c ON c.id = r.case_id WHERE o.chat = ? GROUP BY c.chat",
        str(LI),
    )
    assert dict(rows) == {str(chat): 1 for chat in citizens}
    check_sent(api, store, killer.kills)
    store.close()
