"""The whole bot against the strict fake, over real HTTP."""

from __future__ import annotations

from fake_api import FakeApi
from running import Starter, until


async def test_a_question_is_answered(api: FakeApi, started: Starter) -> None:
    api.message(7, text="身份证丢了怎么补办")
    async with started() as bot:
        await until(lambda: api.texts(7))
        await bot.all_done()
    assert "【办身份证】" in api.texts(7)[0]
    assert api.refused == []
