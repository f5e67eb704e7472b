"""A second opinion: an emulator of the Bot API that we did not write (telegram-test-api, npm)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from bad_html import plain
from running import Starter, until

VERSION = "4.2.1"
HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "var" / "emulator"
TOKEN = "666:emulated"


def lacking(reason: str) -> None:
    """In CI nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    """Its address. Installed once, into var/emulator."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        lacking("npm is missing: install nodejs and npm to hear the second opinion")
    if not (FOLDER / "node_modules" / "telegram-test-api").is_dir():
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        package = f"telegram-test-api@{VERSION}"
        done = subprocess.run(
            [*command, "--prefix", str(FOLDER), package],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            lacking(f"npm could not install {package}: {done.stderr[-300:]}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(node), str(HERE / "emulator.js"), str(FOLDER), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}"
        process.kill()


class Citizen:
    """Somebody who talks through the emulator's own client interface."""

    def __init__(self, base: str, chat: int) -> None:
        self.base, self.chat = base, chat
        self.got: list[dict[str, Any]] = []

    def _post(self, what: str, **body: Any) -> Any:
        response = httpx.post(f"{self.base}/{what}", json=body)
        return response.raise_for_status().json()["result"]

    def _common(self) -> dict[str, Any]:
        person = {"id": self.chat, "first_name": "王", "is_bot": False}
        chat = {"id": self.chat, "type": "private"}
        return {"botToken": TOKEN, "date": 1_790_000_000, "from": person, "chat": chat}

    def say(self, text: str) -> None:
        self._post("sendMessage", **self._common(), text=text)

    def tap(self, data: str) -> None:
        common = self._common()
        message = {"message_id": 1, "date": 0, "chat": common.pop("chat")}
        self._post("sendCallback", **common, message=message, data=data)

    def texts(self) -> list[str]:
        self.got += self._post("getUpdates", token=TOKEN, chatId=self.chat)
        return [plain(one["message"]["text"]) for one in self.got]


async def test_a_conversation_through_the_emulator(emulator: str, started: Starter) -> None:
    first, second = Citizen(emulator, 7), Citizen(emulator, 8)
    async with started(telegram_token=TOKEN, telegram_api_base=emulator):
        first.say("过户")
        second.say("身份证丢了怎么补办")
        await until(lambda: first.texts() and second.texts())
        assert first.texts()[0].startswith("你问的是哪一件")
        assert "【办身份证】" in second.texts()[0]
        markup = first.got[0]["message"]["reply_markup"]
        keyboard = markup if isinstance(markup, dict) else json.loads(markup)
        first.tap(keyboard["inline_keyboard"][0][0]["callback_data"])
        await until(lambda: len(first.texts()) > 1)
        assert "【房屋过户" in first.texts()[1]
