"""The whole bot against the strict fake, over real HTTP."""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from fake_api import ME, TOKEN, FakeApi, Refusal
from running import Starter, until

from bot.channels.telegram import Telegram
from bot.settings import Settings, SettingsError
from bot.store import Store
from bot.store.sqlite import Inbound

LOST_CARD, MARRY = "身份证丢了怎么补办", "怎么领结婚证"
GROUP = -100500


async def test_a_question_is_answered(api: FakeApi, started: Starter) -> None:
    api.message(7, text=LOST_CARD)
    async with started() as bot:
        await until(lambda: api.texts(7))
        await bot.all_done()
    assert "【办身份证】" in api.texts(7)[0]
    assert api.refused == []


async def test_the_menu_says_what_each_command_does(api: FakeApi, started: Starter) -> None:
    async with started():
        calls = await until(lambda: len(api.of("setMyCommands")) == 3 and api.of("setMyCommands"))
    assert [call.params.get("language_code") for call in calls] == [None, "zh", "en"]
    assert "投诉" in calls[0].params["commands"].encode().decode("unicode_escape")
    assert "Complain" in calls[2].params["commands"]


async def test_an_update_is_stored_before_it_is_acknowledged(
    api: FakeApi, started: Starter
) -> None:
    stored: list[int] = []
    async with started() as bot:

        def watch(moment: str, method: str) -> None:
            if moment == "before" and method == "getUpdates":
                stored.append(bot.rows("SELECT count(*) FROM updates")[0][0])

        api.watch = watch
        for number in range(3):
            api.message(7, text=LOST_CARD)
            await until(lambda wanted=number + 1: stored and stored[-1] == wanted)
        await until(lambda: not api.updates)
        await bot.all_done()
    assert len(api.texts(7)) >= 3


async def test_the_same_update_twice_is_one_turn(api: FakeApi, started: Starter) -> None:
    api.message(7, text=LOST_CARD)
    api.updates *= 3
    async with started() as bot:
        await bot.all_done()
        api.message(7, text=MARRY)
        await until(lambda: "【领结婚证" in "".join(api.texts(7)))
        assert bot.rows("SELECT count(*) FROM turns") == [(2,)]


async def test_a_broken_update_is_set_aside_and_the_rest_go_on(
    api: FakeApi, started: Starter
) -> None:
    api.put(message={"chat": 5})
    api.updates.append("no object")
    api.updates.append({"message": "no number"})
    api.message(7, text="\ud800身份证丢了怎么补办")
    async with started() as bot:
        await until(lambda: api.texts(7))
        await bot.all_done()
        aside = bot.rows("SELECT aside FROM updates WHERE aside IS NOT NULL ORDER BY id")
        alarms = bot.telegram.health()["alarms"]
    assert [row[0] for row in aside] == [
        "message.chat: not an object", "not an object", "update_id: no number",
    ]  # fmt: skip
    assert any("3 update(s) were set aside" in alarm for alarm in alarms)


async def test_a_defect_sets_one_update_aside_and_stops_nobody(
    api: FakeApi, started: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.message(7, text=LOST_CARD)
    api.message(7, text=MARRY)
    async with started() as bot:
        handle = bot.worker.handle

        async def defective(inbound: Inbound, also: Any = None) -> Any:
            if inbound.text == LOST_CARD:
                raise RuntimeError("planted")
            return await handle(inbound, also)

        monkeypatch.setattr(bot.worker, "handle", defective)
        await until(lambda: api.texts(7))
        await bot.all_done()
        assert bot.rows("SELECT aside FROM updates WHERE aside IS NOT NULL") == [
            ("defect: RuntimeError",)
        ]
    assert "【领结婚证" in api.texts(7)[0]


async def test_a_disk_that_is_full_for_a_while_loses_nothing(
    api: FakeApi, started: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.message(7, text=LOST_CARD)
    api.message(7, text=MARRY)
    async with started() as bot:
        handle, failures = bot.worker.handle, [sqlite3.OperationalError("full")] * 3

        async def full_at_first(inbound: Inbound, also: Any = None) -> Any:
            if failures:
                raise failures.pop()
            return await handle(inbound, also)

        monkeypatch.setattr(bot.worker, "handle", full_at_first)
        await until(lambda: "【领结婚证" in "".join(api.texts(7)))
        await bot.all_done()
        assert bot.rows("SELECT text FROM inbox ORDER BY id") == [(LOST_CARD,), (MARRY,)]


async def test_a_restart_resumes_what_was_not_done(api: FakeApi, started: Starter) -> None:
    async def never() -> None:
        await asyncio.sleep(3600)

    api.message(7, text=LOST_CARD)
    async with started() as bot:
        await until(lambda: bot.rows("SELECT count(*) FROM turns") == [(1,)])
        await bot.all_done()
        with_raw = '{"update_id": 1, "message": {"message_id": 99, "chat": {"id": 7, "type": "private"}, "text": "怎么领结婚证"}}'
        # As a process leaves it that dies between storing and handling.
        await bot.worker.write(
            lambda store: store.write(
                "INSERT INTO updates (source, number, raw, at) VALUES (?, 1, ?, ?)",
                "telegram:4242", with_raw, "2026-11-24T10:00:00+08:00",
            )
        )  # fmt: skip
    async with started() as bot:
        await bot.all_done()
    assert "【领结婚证" in api.texts(7)[-1]


async def test_a_dead_api_at_the_start_is_waited_for(api: FakeApi, started: Starter) -> None:
    for _ in range(2):
        api.plan("getMe", Refusal(502, "Bad Gateway"))
    api.plan("deleteWebhook", Refusal(500, "Internal Server Error"))
    api.message(7, text=LOST_CARD)
    async with started():
        await until(lambda: api.texts(7))
    assert len(api.refused) == 3


async def test_a_refused_token_is_an_alarm_that_does_not_tell_it(
    api: FakeApi, started: Starter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with started(telegram_token="4242:wrong-and-secret") as bot:
        (alarm,) = await until(lambda: bot.telegram.health()["alarms"])
    assert "DOORSTEP_TELEGRAM_TOKEN" in alarm
    assert "wrong-and-secret" not in caplog.text + alarm


async def test_nothing_personal_is_logged(
    api: FakeApi, started: Starter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.message(7, text="我叫王秀兰，身份证丢了怎么补办")
    api.put(message={"chat": "王秀兰"})
    api.plan("sendMessage", Refusal(400, "Bad Request: 王秀兰"))
    async with started() as bot:
        await bot.all_done()
    assert "王秀兰" not in caplog.text
    assert TOKEN not in caplog.text


async def test_identity_numbers_and_phones_are_not_stored(api: FakeApi, started: Starter) -> None:
    api.message(7, text="我的身份证号是11010519491231002X，丢了怎么补办")
    api.message(7, contact={"phone_number": "13800138000", "user_id": 7, "first_name": "王"})
    api.message(7, location={"latitude": 43.87123456, "longitude": 125.32513456})
    async with started() as bot:
        await bot.all_done()
        dump = "".join(bot.store.db.conn.iterdump())
    for secret in ("11010519491231002X", "13800138000", "43.87123456"):
        assert secret not in dump
    assert "不用给我电话号码" in api.texts(7)[-2]
    assert "中心社区便民服务大厅" in api.texts(7)[-1]


# Choices


async def test_a_button_answers_even_after_a_restart(api: FakeApi, started: Starter) -> None:
    api.message(7, text="过户")
    async with started():
        buttons = await until(lambda: api.buttons(7))
    assert all(len(data.encode()) <= 64 for _, data in buttons)
    tap = api.tap(7, buttons[0][1])
    async with started():
        await until(lambda: "【房屋过户" in "".join(api.texts(7)))
        await until(lambda: tap not in api.taps)


@pytest.mark.parametrize(
    "data", ["", "guide:id-card", "999999:0", "1:999", "-1:0", "１:０", "x" * 64]
)
async def test_a_button_that_leads_nowhere_is_answered_kindly(
    api: FakeApi, started: Starter, data: str
) -> None:
    tap = api.tap(7, data)
    async with started():
        await until(lambda: api.texts(7))
        await until(lambda: tap not in api.taps)
    assert api.texts(7) == ["这个按钮是以前的，现在用不了了。请直接说你想办什么事。"]


async def test_nobody_taps_anothers_buttons(api: FakeApi, started: Starter) -> None:
    api.message(7, text="过户")
    async with started():
        buttons = await until(lambda: api.buttons(7))
        api.tap(8, buttons[0][1])
        await until(lambda: api.texts(8))
    assert "这个按钮是以前的" in api.texts(8)[0]


async def test_a_tick_list_is_one_message_that_changes(api: FakeApi, started: Starter) -> None:
    async with started() as bot:
        api.message(7, text="办低保要带什么材料")
        buttons = dict(await until(lambda: api.buttons(7)))
        api.tap(7, buttons["列清单，带好一样勾一样"])
        await until(lambda: "☐" in "".join(api.texts(7)))
        await bot.all_done()
        api.tap(7, api.buttons(7)[0][1])
        edited = await until(lambda: api.of("editMessageText", 7))
        assert "☑" in edited[0].params["text"]
        await bot.all_done()
        count = len(api.texts(7))
        api.tap(7, api.buttons(7)[0][1])
        await until(lambda: len(api.of("editMessageText", 7)) == 2)
        assert len(api.texts(7)) == count
        # Once something else was said, the list is far up: it comes anew.
        api.message(7, text="谢谢")
        await until(lambda: len(api.texts(7)) == count + 1)
        await bot.all_done()
        api.tap(7, api.buttons(7)[0][1])
        await until(lambda: len(api.texts(7)) == count + 2)
    assert api.refused == []


async def test_a_list_that_was_deleted_comes_anew(api: FakeApi, started: Starter) -> None:
    async with started() as bot:
        api.message(7, text="办低保要带什么材料")
        buttons = dict(await until(lambda: api.buttons(7)))
        api.tap(7, buttons["列清单，带好一样勾一样"])
        await until(lambda: "☐" in "".join(api.texts(7)))
        await bot.all_done()
        api.messages.clear()
        api.tap(7, api.buttons(7)[0][1])
        await until(lambda: "☑" in api.texts(7)[-1])
        await bot.all_done()


# Delivery


async def test_429_is_honoured(api: FakeApi, started: Starter) -> None:
    at: list[float] = []
    api.watch = lambda moment, method: (
        at.append(time.monotonic()) if (moment, method) == ("before", "sendMessage") else None
    )
    api.plan("sendMessage", Refusal(429, "Too Many Requests: retry after 2", retry_after=2))
    api.message(7, text=LOST_CARD)
    async with started() as bot:
        await bot.all_done()
        assert bot.rows("SELECT attempts FROM outbox") == [(0,)]
    # Not a timing: that we never come too early is the promise.
    assert at[1] - at[0] >= 2
    assert len(api.texts(7)) == 1


async def test_an_answer_that_cannot_be_read_sends_nothing_again(
    api: FakeApi, started: Starter
) -> None:
    api.garbled.add("sendMessage")
    api.message(7, text=LOST_CARD)
    async with started() as bot:
        await bot.all_done()
        ((failure,),) = bot.rows("SELECT failure FROM outbox")
        assert failure.startswith("defect: ")
        assert bot.telegram.health()["alarms"]
    assert len(api.texts(7)) == 1


@pytest.mark.parametrize(
    ("refusal", "alarm"),
    [
        (Refusal(409, "Conflict: terminated by other getUpdates request"), "another program"),
        (Refusal(500, "Internal Server Error"), "cannot be reached"),
        (Refusal(429, "Too Many Requests: retry after 1", retry_after=1), "cannot be reached"),
    ],
    ids=["conflict", "trouble", "too many"],
)
async def test_a_poll_that_fails_is_an_alarm_until_one_succeeds(
    api: FakeApi, started: Starter, refusal: Refusal, alarm: str
) -> None:
    api.plan("getUpdates", refusal)
    api.message(7, text=LOST_CARD)
    async with started() as bot:
        await until(lambda: any(alarm in one for one in bot.telegram.health()["alarms"]))
        await until(lambda: api.texts(7))
        assert bot.telegram.health()["alarms"] == []


@pytest.mark.parametrize("code", [500, 502, 504])
async def test_passing_trouble_is_retried(api: FakeApi, started: Starter, code: int) -> None:
    for _ in range(2):
        api.plan("sendMessage", Refusal(code, "trouble"))
    api.message(7, text=LOST_CARD)
    async with started() as bot:
        await bot.all_done()
        assert bot.rows("SELECT attempts, failed_at FROM outbox") == [(2, None)]
    assert len(api.texts(7)) == 1


async def test_tries_survive_a_restart(api: FakeApi, started: Starter) -> None:
    api.plan("sendMessage", Refusal(429, "Too Many Requests", retry_after=3600))
    api.message(7, text=LOST_CARD)
    async with started() as bot:
        ((first,),) = await until(
            lambda: bot.rows("SELECT not_before FROM outbox WHERE not_before > 0")
        )
    async with started() as bot:
        api.message(8, text=LOST_CARD)
        await until(lambda: api.texts(8))
        assert bot.rows("SELECT not_before FROM outbox WHERE chat = '7'") == [(first,)]
    assert api.texts(7) == []


async def test_a_blocked_chat_is_not_tried_again_until_somebody_writes(
    api: FakeApi, started: Starter
) -> None:
    api.blocked.add(7)
    api.message(7, text=LOST_CARD)
    async with started() as bot:
        await until(lambda: bot.rows("SELECT 1 FROM reach WHERE blocked_at IS NOT NULL"))
        api.message(8, text=MARRY)
        await until(lambda: api.texts(8))
        assert [m for m, _ in api.refused] == ["sendMessage"]
        await until(lambda: bot.telegram.health()["oldest_outbox_age"] is None)
        api.blocked.clear()
        api.message(7, text=MARRY)
        await bot.all_done()
    found = [re.findall("【.*】", text)[0] for text in api.texts(7)]
    # The card goes on in a second message.
    assert found == ["【办身份证】", "【领结婚证、补结婚证】", "【领结婚证、补结婚证】"]


async def test_being_shut_out_and_let_in_again_is_noticed(api: FakeApi, started: Starter) -> None:
    def member(status: str) -> None:
        chat = {"id": 7, "type": "private"}
        new = {"user": ME, "status": status}
        api.put(my_chat_member={"chat": chat, "from": {"id": 7}, "date": 0, "new_chat_member": new})

    member("kicked")
    async with started() as bot:
        await until(lambda: bot.rows("SELECT 1 FROM reach WHERE blocked_at IS NOT NULL"))
        member("member")
        await until(lambda: bot.rows("SELECT 1 FROM reach WHERE blocked_at IS NULL"))


async def test_a_group_that_moved_is_followed(api: FakeApi, started: Starter) -> None:
    api.moved[-5] = GROUP
    api.message(-5, user=7, text=f"@linshan_bot {LOST_CARD}")
    async with started() as bot:
        await until(lambda: api.texts(GROUP))
        await bot.all_done()
        assert bot.rows("SELECT chat, moved_to FROM reach") == [("-5", str(GROUP))]


async def test_what_is_refused_for_good_stops_nothing(api: FakeApi, started: Starter) -> None:
    api.plan("sendMessage", Refusal(400, "Bad Request: chat not found"))
    api.message(7, text=LOST_CARD)
    api.message(7, text=MARRY)
    async with started() as bot:
        await bot.all_done()
        failures = bot.rows("SELECT failure FROM outbox WHERE failed_at IS NOT NULL")
        assert failures == [("Chat not found",)]
        assert any("refused" in alarm for alarm in bot.telegram.health()["alarms"])
    assert len(api.texts(7)) == 2  # the card goes on in a second message
    assert all(text.startswith("【领结婚证") for text in api.texts(7))


async def test_a_slow_chat_stops_no_other(api: FakeApi, started: Starter) -> None:
    gate = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def hang() -> None:
        loops.append(asyncio.get_running_loop())
        await gate.wait()

    api.plan("sendMessage", hang, chat=7)
    api.message(7, text=LOST_CARD)
    async with started() as bot:
        await until(lambda: loops)
        for number in range(40):  # a flood in the same chat
            api.message(7, text=f"{LOST_CARD}{number}")
        api.message(8, text=MARRY)
        await until(lambda: api.texts(8))
        assert api.texts(7) == []
        assert bot.telegram.health()["oldest_outbox_age"] >= 0
        loops[0].call_soon_threadsafe(gate.set)
        await bot.all_done()
    assert len(api.texts(7)) >= 41


async def test_replies_of_another_process_are_sent(api: FakeApi, started: Starter) -> None:
    async with started() as bot:
        await bot.worker.write(
            lambda store: store.write(
                "INSERT INTO outbox (channel, chat, text, choices, thread, queued_at)"
                " VALUES ('telegram', '7', '答复', '[]', '', '2026-11-24T10:00:00+08:00')"
            )
        )
        await until(lambda: api.texts(7) == ["答复"])


async def test_a_long_reply_arrives_whole_in_parts(api: FakeApi, started: Starter) -> None:
    text = "".join(f"第{n}句，<b>&😀。" for n in range(1000))
    choices = '[["a", "甲"]]'
    api.plan("sendMessage", Refusal(502, "Bad Gateway"))
    async with started() as bot:
        await bot.worker.write(
            lambda store: store.write(
                "INSERT INTO outbox (channel, chat, text, choices, thread, queued_at)"
                " VALUES ('telegram', '7', ?, ?, '', '2026-11-24T10:00:00+08:00')",
                text, choices,
            )
        )  # fmt: skip
        await until(lambda: len(api.texts(7)) >= 3)
        await until(lambda: api.buttons(7))
    assert "".join(api.texts(7)) == text
    assert all(part.endswith("。") for part in api.texts(7))
    assert ["reply_markup" in c.params for c in api.of("sendMessage", 7)] == [
        *[False] * (len(api.texts(7)) - 1), True,
    ]  # fmt: skip


async def test_what_was_begun_is_finished_when_told_to_stop(api: FakeApi, started: Starter) -> None:
    at_work: list[bool] = []

    async def slowly() -> None:
        at_work.append(True)
        await asyncio.sleep(0.5)

    api.plan("sendMessage", slowly)
    api.message(7, text=LOST_CARD)
    async with started() as bot:
        await until(lambda: at_work)
        store = bot.store
        path = Path(store.read("PRAGMA database_list")[0][2])
    assert len(api.texts(7)) == 1
    again = Store(path)
    assert again.read("SELECT count(*) FROM outbox WHERE sent_at IS NULL") == [(0,)]
    again.close()


# Groups, forwarding, inline mode


async def test_a_group_is_answered_only_when_it_asks(api: FakeApi, started: Starter) -> None:
    api.message(GROUP, user=7, text=LOST_CARD)
    api.message(GROUP, user=7, text="/help")
    api.message(GROUP, user=7, text="/help@other_bot")
    asked = api.message(GROUP, user=7, text=f"@Linshan_Bot {LOST_CARD}")
    api.message(
        GROUP, user=8, text=MARRY, reply_to_message={"message_id": 1, "from": ME, "text": "x"}
    )
    async with started() as bot:
        await until(lambda: len(api.texts(GROUP)) == 2)
        await bot.all_done()
    first, second = api.texts(GROUP)
    assert "https://t.me/linshan_bot?start=guide_id-card" in first
    assert "guide_marriage-registration" in second
    assert f'"message_id": {asked}' in api.of("sendMessage", GROUP)[0].params["reply_parameters"]
    assert not api.buttons(GROUP)


async def test_who_said_a_forwarded_text_is_kept(api: FakeApi, started: Starter) -> None:
    origin = {"type": "user", "date": 0, "sender_user": {"id": 99, "is_bot": False}}
    api.message(7, text=MARRY, forward_origin=origin)
    async with started() as bot:
        await bot.all_done()
        assert bot.rows("SELECT forwarded_from FROM inbox") == [("user:99",)]


async def test_inline_mode_gives_cards_to_share(api: FakeApi, started: Starter) -> None:
    api.put(inline_query={"id": "1", "from": {"id": 7}, "query": "低保", "offset": ""})
    api.put(inline_query={"id": "2", "from": {"id": 7}, "query": "", "offset": ""})
    async with started() as bot:
        calls = await until(
            lambda: len(api.of("answerInlineQuery")) == 2 and api.of("answerInlineQuery")
        )
        await bot.all_done()
    found = {c.params["inline_query_id"]: c.params["results"] for c in calls}
    assert '"dibao"' in found["1"]
    assert "start=guide_dibao" in found["1"]
    assert found["2"] == "[]"


# Commands


async def test_a_link_opens_a_guide(api: FakeApi, started: Starter) -> None:
    api.message(7, text="/start guide_id-card")
    async with started():
        await until(lambda: api.texts(7))
    assert "【办身份证】" in api.texts(7)[0]


async def test_health_tells_ages(api: FakeApi, started: Starter) -> None:
    async with started() as bot:
        api.message(7, text=LOST_CARD)
        await until(lambda: bot.telegram.health()["last_poll_age"] is not None)
        await bot.all_done()
        health = bot.telegram.health()
    assert health["alarms"] == []
    assert (health["oldest_update_age"], health["oldest_outbox_age"]) == (None, None)


@pytest.mark.parametrize("token", ["", "abc", ":x", "１:x"])
def test_what_is_no_token_is_said_at_once(token: str) -> None:
    with pytest.raises(SettingsError, match="BotFather"):
        Telegram(Settings(telegram_token=token), None, None, None, None)  # type: ignore[arg-type]
