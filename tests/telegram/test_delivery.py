"""A reply that never goes out: its chat goes on after a day, and an outage throws nothing away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fake_api import FakeApi, Refusal
from running import Bot, Starter, now, until

from bot.channels import delivery

LOST_CARD, MARRY = "身份证丢了怎么补", "怎么领结婚证"
DOWN = Refusal(502, "Bad Gateway")


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "pause", lambda _: 0.02)
    monkeypatch.setattr(delivery, "BESIDE", 3)


async def failing(api: FakeApi, bot: Bot, tries: int, chat: str = "7") -> None:
    """Waits until the first reply of a chat failed so many times more."""
    count = "SELECT attempts FROM outbox WHERE chat = ? ORDER BY id LIMIT 1"
    ((before,),) = await until(lambda: bot.rows(count, chat))
    await until(lambda: bot.rows(count, chat)[0][0] >= before + tries)


async def aged(bot: Bot, days: float) -> None:
    """Makes every reply older, as if it had been queued so long ago."""
    at = (now() - timedelta(days=days)).isoformat()
    await bot.worker.write(lambda s: s.write("UPDATE outbox SET queued_at = ?", at))


async def others(api: FakeApi, bot: Bot, rounds: int) -> None:
    """Replies to another chat go out, and chat 7 is tried after each."""
    for _ in range(rounds):
        before = len(api.texts(8))
        api.message(8, text=MARRY)
        await until(lambda before=before: len(api.texts(8)) > before)
        if not bot.rows("SELECT 1 FROM outbox WHERE chat = '7' AND failed_at IS NOT NULL"):
            await failing(api, bot, 2)


async def test_a_chat_goes_on_after_a_reply_that_never_goes_out(
    api: FakeApi, started: Starter
) -> None:
    for _ in range(2000):
        api.plan("sendMessage", DOWN, chat=7)
    api.message(7, text=LOST_CARD)
    api.message(7, text=MARRY)
    async with started() as bot:
        await failing(api, bot, 5)
        await others(api, bot, 5)
        # Others' replies went out, but its day is not over.
        assert bot.rows("SELECT 1 FROM outbox WHERE failed_at IS NOT NULL") == []
        await aged(bot, 0.9)
        await failing(api, bot, 5)
        assert bot.rows("SELECT 1 FROM outbox WHERE failed_at IS NOT NULL") == []
        await aged(bot, 1.1)
        found = "SELECT failure FROM outbox WHERE chat = '7' AND failed_at IS NOT NULL"
        ((reason,),) = await until(lambda: bot.rows(found))
        assert reason.startswith("given up after 1 day")
        assert any("given up" in alarm for alarm in bot.telegram.health()["alarms"])
        api.planned.clear()
        await until(lambda: api.texts(7))
        assert "领结婚证" in api.texts(7)[0]


async def test_an_outage_throws_no_reply_away(api: FakeApi, started: Starter) -> None:
    for _ in range(5000):
        api.plan("sendMessage", DOWN)
    api.message(7, text=LOST_CARD)
    api.message(8, text=LOST_CARD)
    async with started() as bot:
        await failing(api, bot, 3)
        await failing(api, bot, 3, "8")
        await aged(bot, 3)
        await failing(api, bot, 20)
        await failing(api, bot, 20, "8")
        assert bot.rows("SELECT 1 FROM outbox WHERE failed_at IS NOT NULL") == []
        # Once the API is back, the first that goes out is no reason to give up the rest.
        api.planned.clear()
        for _ in range(40):
            api.plan("sendMessage", DOWN, chat=7)
        await until(lambda: api.texts(8))
        await until(lambda: api.texts(7))
        assert bot.rows("SELECT 1 FROM outbox WHERE failed_at IS NOT NULL") == []
