"""What a chat adds to a complaint: its own, or one that it has the check word of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import attachments
from bot.app import App
from bot.store.cases import Cases
from bot.store.sqlite import Inbound
from tests.papers import PNG
from tests.townsfolk import AT, Town, opened


@pytest.fixture
def town(words_app: App, tmp_path: Path) -> Iterator[Town]:
    with opened(words_app, tmp_path) as town:
        yield town


def test_a_chat_with_the_check_word_adds_words_and_files(town: Town, tmp_path: Path) -> None:
    number = town.file()
    word = town.app.intake.desk.vault.show(str(town.case(number).word))

    def send(chat: str = "friend", at: str = AT, **data: object) -> str:
        kept = attachments.keep(tmp_path, PNG)
        file = {"file": kept.file, "media_type": kept.media_type, "size": kept.size}
        town.said += 1
        inbound = Inbound(
            "test", chat, str(town.said), "media", "photo", at, data=data or {"file": file}
        )
        handled = town.app.intake.handle(inbound)
        assert handled
        return handled.messages[-1].text

    assert "没有" in send()  # nothing to add to yet
    town.say(f"{number} {word}", "friend")
    assert number in send()  # the only one that it may add to
    own = town.file("friend", "我要投诉，5号窗口办护照的人骂我，气死了")
    assert own in send()
    town.say(f"track:add:{number}", "friend", "choice")
    assert number in town.say("录音在这里", "friend").messages[-1].text
    town.say(f"track:add:{number}", "friend", "choice")
    assert "太大" in send(refused="too_large")
    assert number in send()
    assert number in send()  # the second of an album
    assert own in send(at="2026-11-24T10:11:00+08:00")
    assert number in send("c")
    town.say(f"track:add:{number}", "friend", "choice", at="2026-11-24T10:20:00+08:00")
    assert number in send(at="2026-11-24T10:20:01+08:00")
    town.say("就这些", "friend", at="2026-11-24T10:20:02+08:00")
    later = "2026-11-24T10:20:10+08:00"
    town.say("我还要投诉9号窗口，压了我的材料四十天，还说没见过", "friend", at=later)
    newer = Cases(town.store).of_chat("test", "friend")[0].number
    assert newer != own
    town.say("就这些", "friend", at=later)
    assert newer in send(at=later)
    counts = {n: len(Cases(town.store).attachments(town.case(n))) for n in (number, own, newer)}
    assert counts == {number: 5, own: 2, newer: 1}
