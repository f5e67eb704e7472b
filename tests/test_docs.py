"""The documents say what is so: commands, targets, links and the exchange in the README."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from bot import app as apps
from bot.app import App
from bot.channels.oneshot import CHANNEL
from bot.cli import main
from bot.store.sqlite import Inbound
from bot.wording import numbered

HOUSE = Path(__file__).parent.parent
README = (HOUSE / "README.md").read_text("utf-8")
DOCUMENTS = sorted([*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md")])
AT = datetime.fromisoformat("2026-11-24T10:00:00+08:00")


def test_the_readme_lists_every_command_and_no_other() -> None:
    rows = re.findall(r"^\| (`doorstep.+?) \|", README, flags=re.M)
    listed = {name for row in rows for name in re.findall(r"`doorstep ([a-z0-9-]+)", row)}
    assert listed == set(main.commands)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(HOUSE)))
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    links = re.findall(r"\]\(((?!https?:)[^)#\s]+)", text)
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(HOUSE)))
def test_make_targets_exist(document: Path) -> None:
    rules = re.findall(r"^([a-z]+):", (HOUSE / "Makefile").read_text("utf-8"), flags=re.M)
    named = re.findall(r"(?:^|`)make ([a-z]+)", document.read_text("utf-8"), flags=re.M)
    assert set(named) <= set(rules)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_exchange_is_what_the_bot_says(name: str, meaning_app: App) -> None:
    text = (HOUSE / name).read_text("utf-8")
    exchange = next(b for b in re.findall(r"```\n(.*?)```", text, flags=re.S) if b.startswith(">"))
    heard = ""
    for number, line in enumerate(exchange.splitlines()):
        if line.startswith("> "):
            handled = meaning_app.intake.handle(
                Inbound(CHANNEL, f"docs/{name}", str(number), "text", line[2:], AT.isoformat())
            )
            assert handled is not None
            heard = "\n".join(map(numbered, handled.messages))
        elif line.strip() not in ("", "..."):
            assert line in heard.splitlines()


def test_the_shipped_vectors_are_those_of_the_guides(meaning_app: App) -> None:
    """Stale ones only cost time at the first start, but then they should be shipped anew."""
    with np.load(meaning_app.settings.city / apps.SHIPPED) as stored:
        shipped = {key.tobytes() for key in stored["keys"]}
    model = meaning_app.reader.matcher.embedder
    assert model is not None
    needed = model.keys(meaning_app.reader.matcher.examples)
    assert len(needed & shipped) > 0.95 * len(needed), "run: doorstep index --ship"
