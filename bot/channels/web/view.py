"""A stored conversation as what a page shows: bubbles in order, the newest version of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.web.markup import Line, lines
from bot.store.history import Exchange, Heard


@dataclass(frozen=True)
class Entry:
    """One bubble. `said` is the page's own id of what the citizen said, `heard` a reply's number.

    `guide` is the guide that a page about the reply exists for, `medium` the kind of a file that
    the citizen sent.
    """

    text: str
    said: str = ""
    heard: int = 0
    thread: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    guide: str | None = None
    medium: str = ""

    @property
    def ticks(self) -> list[tuple[str, Line]]:
        """A tick-list's lines with the choice that ticks each; empty for any other reply."""
        found = [line for line in lines(self.text) if line.kind == "tick"]
        if not found or len(found) != len(self.choices):
            return []
        return [(name, line) for (name, _), line in zip(self.choices, found, strict=True)]


def bubbles(exchanges: Iterable[Exchange]) -> list[Entry]:
    """What was said and heard, in order; a later reply of a thread stands in the first's place."""
    found: list[Entry] = []
    places: dict[str, int] = {}
    for exchange in exchanges:
        found.extend(_said(exchange))
        for heard in exchange.heard:
            entry = _heard(heard, last=heard is exchange.heard[-1])
            if entry.thread and entry.thread in places:
                found[places[entry.thread]] = entry
            else:
                if entry.thread:
                    places[entry.thread] = len(found)
                found.append(entry)
    return found


def with_open_choices(entries: list[Entry]) -> list[Entry]:
    """Takes the choices from replies that were overtaken; a tick-list goes on."""
    newest = max((e.heard for e in entries), default=0)
    asked = max((i for i, e in enumerate(entries) if e.said), default=-1)
    return [
        entry
        if entry.ticks or entry.heard == newest or index > asked
        else replace(entry, choices=())
        for index, entry in enumerate(entries)
    ]


def page_id(message: str) -> str:
    """The part of a message's id that the page made up; see `chat.speak`."""
    return message.partition(":")[0]


def _said(exchange: Exchange) -> Iterable[Entry]:
    said = exchange.said
    if said is None or not said.text:
        return
    # A tick shows in the list that it ticks.
    if said.thread and all(heard.thread == said.thread for heard in exchange.heard):
        return
    yield Entry(said.text, said=page_id(said.message), medium=said.medium)


def _heard(heard: Heard, *, last: bool) -> Entry:
    return Entry(
        heard.text,
        heard=heard.id,
        thread=heard.thread,
        choices=heard.choices,
        guide=heard.guide if last else None,
    )


def newest(entries: Iterable[Entry]) -> int:
    """Number of the newest reply among them; 0 if there is none."""
    return max((entry.heard for entry in entries), default=0)


def payload(entry: Entry, html: str) -> dict[str, Any]:
    """What the page's script is told of a bubble."""
    return {"said": entry.said, "heard": entry.heard, "thread": entry.thread, "html": html}
