"""The terminal channel: a chat for people, or lines in and answers out without a terminal."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from rich.console import Console

from bot.intake import Intake
from bot.store import Store
from bot.store.sqlite import Inbound
from bot.wording import Message, numbered

CHANNEL: Final = "terminal"
QUIT: Final = frozenset({"q", "quit", "exit", "退出"})


def chat(intake: Callable[[], Intake], now: Callable[[], datetime], welcome: str) -> None:
    """Talks with the person at the keyboard until they leave."""
    console = Console(highlight=False)
    console.print(welcome, style="bold")
    name = uuid.uuid4().hex
    for line in _typed(console):
        if line.strip().lower() in QUIT:
            break
        for message in _turn(intake(), name, line, now()):
            console.print()
            console.print(numbered(message), markup=False, style="green")
        console.print()


def lines(intake: Callable[[], Intake], now: Callable[[], datetime], source: Iterable[str]) -> None:
    """Answers question by question, for piped input: one conversation, no decoration."""
    name = uuid.uuid4().hex
    for raw in source:
        line = raw.strip("\r\n")
        if not line.strip():
            continue
        print(f"> {line}")
        for message in _turn(intake(), name, line, now()):
            print(numbered(message))
            print()
        sys.stdout.flush()


def _typed(console: Console) -> Iterator[str]:
    while True:
        try:
            yield console.input("[bold cyan]> [/]")
        except (EOFError, KeyboardInterrupt):
            console.print()
            return


def _turn(intake: Intake, chat_name: str, text: str, at: datetime) -> list[Message]:
    """One line through the one door; what it left in the outbox is sent by being returned."""
    stamp = at.isoformat(timespec="seconds")
    intake.handle(Inbound(CHANNEL, chat_name, uuid.uuid4().hex, "text", text, stamp))
    return deliver(intake.store, chat_name, stamp)


def deliver(store: Store, chat_name: str, at: str) -> list[Message]:
    """Takes the chat's messages from the outbox and marks them sent."""
    queued = store.unsent(CHANNEL, chat_name)
    store.sent([q.id for q in queued], at)
    return [Message(q.text, q.choices) for q in queued]
