"""Hostile messages, taps and updates on Telegram: nothing of anybody else's changes, all goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fake_api import FakeApi
from running import Bot, Starter, until

from bot.store.cases import Cases
from tests import hostile

VICTIM, ATTACKER = 7, 666
CONTACT = "13900001234"
STORY = f"我要投诉，2号窗口的马某骂我，身份证拖了一个月，我电话{CONTACT}"
QUESTION, ANSWER = "怎么领结婚证", "【领结婚证"
SCHEMA = "SELECT name, sql FROM sqlite_master"


class Street:
    """The bot, a citizen with a complaint, and somebody who means harm."""

    def __init__(self, api: FakeApi, bot: Bot) -> None:
        self.api, self.bot = api, bot

    async def file(self) -> None:
        for text in (STORY, "就这些"):
            self.api.message(VICTIM, text=text)
        await until(lambda: "投诉回执" in "".join(self.api.texts(VICTIM)))
        told = "".join(self.api.texts(VICTIM))
        self.word = told.partition("查询口令：")[2].split("。")[0].split("\n")[0]
        assert " " in self.word
        self.number = Cases(self.bot.store).of_chat("telegram", str(VICTIM))[0].number
        self.before = self.seen()

    def seen(self) -> list[Any]:
        case = Cases(self.bot.store).case(self.number)
        return [
            case,
            Cases(self.bot.store).history(case),
            self.bot.rows(SCHEMA),
            self.bot.rows("SELECT state FROM chats WHERE chat = ?", str(VICTIM)),
            self.api.texts(VICTIM),
        ]

    async def unharmed(self, chat: int = ATTACKER) -> None:
        """After all is done: nothing changed or was told, and the next citizen is answered."""
        await self.bot.all_done()
        asker = chat + 1
        self.api.message(asker, text=QUESTION)
        await until(lambda: ANSWER in "".join(self.api.texts(asker)))
        assert self.seen() == self.before
        told = "".join(self.api.texts(chat))
        for secret in (CONTACT, "马某", self.word, hostile.RESULT):
            assert secret not in told
        # What Telegram refuses we must not send: broken markup, too long, empty.
        assert [r for r in self.api.refused if r[0] not in ("answerCallbackQuery",)] == []


@pytest.fixture
async def street(api: FakeApi, started: Starter) -> AsyncIterator[Street]:
    async with started() as bot:
        found = Street(api, bot)
        await found.file()
        yield found


async def test_messages(street: Street, caplog: pytest.LogCaptureFixture) -> None:
    """All from one chat, one after another; each gets an answer of its own."""
    for text in hostile.TEXTS:
        street.api.message(ATTACKER, text=text.replace("{victim}", street.number))

    def turns() -> list[Any]:
        return street.bot.rows(
            "SELECT t.outcome FROM turns t JOIN inbox i ON i.id = t.inbox WHERE i.chat = ?",
            str(ATTACKER),
        )

    # What is not fetched yet is nowhere in the store, and would seem done.
    await until(lambda: len(turns()) == len(hostile.TEXTS))
    await street.unharmed()
    assert ("error",) not in turns()
    for text in (*hostile.MARKUP, *hostile.SQL):
        assert text not in caplog.text


async def test_messages_of_strangers(street: Street) -> None:
    """Each from a chat that has not spoken before, as a caption and as a forwarded text too."""
    for number, text in enumerate(hostile.TEXTS):
        said = text.replace("{victim}", street.number)
        chat = ATTACKER + 10 + number
        street.api.message(chat, caption=said, photo=[])
        origin = {"type": "hidden_user", "sender_user_name": said, "date": 0}
        street.api.message(chat, text=said, forward_origin=origin)
    await street.unharmed()
    assert street.bot.rows("SELECT count(*) FROM updates WHERE aside IS NOT NULL") == [(0,)]


async def test_buttons_that_were_never_there(street: Street) -> None:
    """A client may send any data; what leads nowhere is no choice."""
    for choice in hostile.CHOICES:
        street.api.tap(ATTACKER, choice.replace("{victim}", street.number))
    # References to the victim's own buttons, from another chat.
    for row, choices in street.bot.rows("SELECT id, choices FROM outbox"):
        for place in range(-1, 5):
            for data in (f"{row}:{place}", f"c:{row}:{place}", f"{row}.{place}", f"{row}-{place}"):
                street.api.tap(ATTACKER, data)
        assert choices
    _, data = street.api.buttons(VICTIM)[0] if street.api.buttons(VICTIM) else ("", "1:0")
    street.api.tap(ATTACKER, data)
    await street.unharmed()


BROKEN: tuple[dict[str, Any], ...] = (
    {"message": None},
    {"message": []},
    {"message": {"message_id": 1}},
    {"message": {"message_id": 1, "chat": {"id": "7", "type": "private"}}},
    {"message": {"message_id": 1, "chat": {"id": True, "type": "private"}, "text": "x"}},
    {"message": {"message_id": 1, "chat": {"id": 7.5, "type": "private"}, "text": "x"}},
    {"message": {"message_id": 1, "chat": {"id": 10**30, "type": "private"}, "text": 5}},
    {"message": {"message_id": -1, "chat": {"id": 666, "type": "x" * 9999}, "text": "x"}},
    {"message": {"message_id": 2, "chat": {"id": 666, "type": "private"}, "text": {"$gt": ""}}},
    {"message": {"message_id": 3, "chat": {"id": 666, "type": "private"}, "photo": "x"}},
    {"message": {"message_id": 4, "chat": {"id": 666, "type": "private"}, "photo": [{}]}},
    {"message": {"message_id": 5, "chat": {"id": 666, "type": "private"}, "document": {"file_id": []}}},
    {"message": {"message_id": 6, "chat": {"id": 666, "type": "private"}, "location": {"latitude": "x"}}},
    {"message": {"message_id": 7, "chat": {"id": 666, "type": "private"}, "contact": {"user_id": 7}}},
    {"message": {"message_id": 8, "chat": {"id": 666, "type": "private"}, "from": {"id": "7"}, "text": "x"}},
    {"message": {"message_id": 9, "chat": {"id": 666, "type": "private"}, "migrate_to_chat_id": "7"}},
    {"callback_query": {}},
    {"callback_query": {"id": "1", "from": {"id": 666}, "data": "x"}},
    {"callback_query": {"id": 1, "from": {"id": 666}, "message": {"chat": {"id": 7}}, "data": "1:0"}},
    {"callback_query": {"id": "1", "from": {}, "message": {"chat": {"id": 666}}, "data": "1:0"}},
    {"inline_query": {"id": "1", "from": {"id": 666}, "query": None}},
    {"my_chat_member": {"chat": {"id": 666}, "new_chat_member": {"status": 5}}},
    {"unknown": {"x": 1}},
    {"message": {"message_id": 10, "chat": {"id": 666, "type": "channel"}, "text": "/complain"}},
    {"edited_message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": "改了"}},
)  # fmt: skip


async def test_updates_that_break_the_rules(street: Street) -> None:
    for content in BROKEN:
        street.api.put(**content)
    street.api.updates += [None, [], "x", 5, {"update_id": "x"}, {"update_id": 1 << 70}]
    await street.unharmed()


async def test_a_group_reads_nothing_of_a_complaint(street: Street) -> None:
    group = -100666
    for text in (street.number, f"{street.number} {street.word}", "我的投诉", "/mine", "/complain"):
        street.api.message(group, VICTIM, text=f"@linshan_bot {text}")
        street.api.message(group, VICTIM, text=f"{text}@linshan_bot")
    await street.bot.all_done()
    told = "".join(street.api.texts(group))
    assert CONTACT not in told
    assert "马某" not in told
    assert street.seen() == street.before
