"""Photos and documents of a chat with a complaint, fetched over real HTTP."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from fake_api import FakeApi, Refusal
from running import Bot, Starter, until

from bot import attachments
from bot.channels.telegram import files
from tests import papers

STORY = "我要投诉，3号窗口的人骂我，身份证拖了一个月还没办好，气死了"
DOWN = Refusal(502, "Bad Gateway")


def kept(bot: Bot) -> list[str]:
    return [str(row[0]) for row in bot.rows("SELECT file FROM case_attachments ORDER BY id")]


def lying(folder: Path) -> set[str]:
    where = folder / attachments.FOLDER
    return {file.name for file in where.glob("*")}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "pause", lambda _: 0.0)


async def test_photos_and_papers_go_to_the_complaint(
    api: FakeApi, started: Starter, tmp_path: Path
) -> None:
    api.message(7, text=STORY)
    api.photo(7, papers.located())
    api.photo(7, papers.PNG, told=False)
    api.document(7, papers.PDF, "../../etc/passwd")
    async with started(data=tmp_path) as bot:
        await bot.all_done()
        assert len(kept(bot)) == 3
        assert lying(tmp_path) == set(kept(bot))
        data = attachments.path(tmp_path, kept(bot)[0]).read_bytes()
    assert papers.MARK not in data
    assert [t for t in api.texts(7) if "收到了，放进投诉" in t][2].find("一共3份") > 0
    assert api.refused == []


async def test_who_only_taps_goes_on_with_the_form_after_a_photo(
    api: FakeApi, started: Starter, tmp_path: Path
) -> None:
    api.message(7, text=STORY)
    api.photo(7, papers.PNG)
    async with started(data=tmp_path) as bot:
        await bot.all_done()
        newest = api.of("sendMessage", 7)[-1].params
        assert "收到了，放进投诉" in newest["text"]
        assert "reply_markup" in newest
        finish = dict(api.buttons(7))["就这些"]
        api.tap(7, finish)
        await until(lambda: "投诉回执" in api.texts(7)[-1])


async def test_who_knows_the_check_word_adds_files_from_another_chat(
    api: FakeApi, started: Starter, tmp_path: Path
) -> None:
    api.message(7, text=STORY)
    async with started(data=tmp_path) as bot:
        await bot.all_done()
        ((number,),) = bot.rows("SELECT number FROM cases")
        (word,) = re.findall(r"查询口令：?([^\s。]+ [^\s。<]+)", "\n".join(api.texts(7)))
        api.message(8, text=f"{number} {word}")
        await until(lambda: api.buttons(8))
        api.tap(8, dict(api.buttons(8))["补充情况"])
        api.photo(8, papers.PNG)
        api.document(8, papers.PDF)
        await until(lambda: f"放进投诉{number}，一共2份" in api.texts(8)[-1])
        assert len(kept(bot)) == 2


async def test_a_photo_whose_caption_is_the_complaint(
    api: FakeApi, started: Starter, tmp_path: Path
) -> None:
    api.photo(7, papers.JPEG, caption=STORY)
    async with started(data=tmp_path) as bot:
        await bot.all_done()
        assert len(kept(bot)) == 1
        assert bot.rows("SELECT text FROM cases") == [(STORY,)]


async def test_without_a_complaint_nothing_is_fetched(
    api: FakeApi, started: Starter, tmp_path: Path
) -> None:
    api.photo(7, papers.JPEG)
    api.photo(8, papers.JPEG, caption="怎么领结婚证")
    async with started(data=tmp_path) as bot:
        await bot.all_done()
        assert kept(bot) == []
    assert api.of("getFile") == []
    assert "登记以后再发照片" in api.texts(7)[0]
    assert len(api.texts(8)) == 2  # the card goes on in a second message
    assert all(text.startswith("【领结婚证") for text in api.texts(8))


async def test_in_a_group_no_photo_is_taken(api: FakeApi, started: Starter, tmp_path: Path) -> None:
    api.message(-100500, 7, text=f"@linshan_bot {STORY}")
    api.photo(-100500, papers.JPEG, user=7, caption="@linshan_bot 看")
    async with started(data=tmp_path) as bot:
        await bot.all_done()
    assert api.of("getFile") == []


@pytest.mark.parametrize("name", papers.UNUSABLE)
async def test_an_unusable_file_is_told_kindly(
    api: FakeApi, started: Starter, tmp_path: Path, name: str
) -> None:
    data, code = papers.UNUSABLE[name]
    api.message(7, text=STORY)
    api.document(7, data, "a.jpg")
    async with started(data=tmp_path) as bot:
        await bot.all_done()
        assert kept(bot) == []
    assert lying(tmp_path) == set()
    assert ("打不开" if code == "media_type" else "太大了") in api.texts(7)[-1]


async def test_a_failed_download_is_tried_again(
    api: FakeApi, started: Starter, tmp_path: Path
) -> None:
    api.message(7, text=STORY)
    api.photo(7, papers.PNG)
    api.message(7, text="我的投诉")
    for method in ("getFile", "download", "download"):
        api.plan(method, DOWN)
    async with started(data=tmp_path) as bot:
        await bot.all_done()
        assert len(kept(bot)) == 1
    # In order all the same: what was said later is answered later.
    assert "收到了，放进投诉" in api.texts(7)[-2]


async def test_a_file_that_never_comes_is_asked_for_again(
    api: FakeApi, started: Starter, tmp_path: Path
) -> None:
    api.message(7, text=STORY)
    api.photo(7, papers.PNG)
    for _ in range(files.TRIES):
        api.plan("download", DOWN)
    async with started(data=tmp_path) as bot:
        await bot.all_done()
        assert kept(bot) == []
    assert "请再发一次" in api.texts(7)[-1]


async def test_a_file_that_telegram_does_not_know_is_asked_for_again(
    api: FakeApi, started: Starter, tmp_path: Path
) -> None:
    api.message(7, text=STORY)
    api.photo(7, papers.PNG)
    api.files.clear()
    async with started(data=tmp_path) as bot:
        await bot.all_done()
    assert "请再发一次" in api.texts(7)[-1]


async def test_a_stop_amid_a_download_loses_nothing(
    api: FakeApi, started: Starter, tmp_path: Path
) -> None:
    api.message(7, text=STORY)
    api.photo(7, papers.PNG)
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def hang() -> None:
        loop.call_soon_threadsafe(begun.set)
        await asyncio.sleep(3)

    api.plan("download", hang)
    async with started(data=tmp_path):
        await asyncio.wait_for(begun.wait(), 60)
    async with started(data=tmp_path) as bot:
        await bot.all_done()
        assert len(kept(bot)) == 1
        assert lying(tmp_path) == set(kept(bot))


async def test_an_update_that_comes_twice_adds_the_photo_once(
    api: FakeApi, started: Starter, tmp_path: Path
) -> None:
    api.message(7, text=STORY)
    api.photo(7, papers.PNG)
    again = {**api.updates[-1], "update_id": 9_999}
    api.updates.append(again)
    async with started(data=tmp_path) as bot:
        await until(lambda: len(kept(bot)) == 1)
        await bot.all_done()
        assert len(kept(bot)) == 1
        # Deleted after the commit that `all_done` sees, so a moment later.
        await until(lambda: lying(tmp_path) == set(kept(bot)))
