"""Reply to text in a language: one macro a reply; a city's folder overrides the default."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import jinja2

from bot.talk import Choice, Reply

# One phone screen (city report, clause 24).
SCREEN: Final = 600
_BLANKS: Final = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Message:
    """One message to send: plain text, and choices as (id, label)."""

    text: str
    choices: tuple[tuple[str, str], ...] = ()


class Wording:
    """Templates of one language. A reply `ask.card` is the macro `card` of conversation `ask`."""

    def __init__(self, folders: Iterable[Path], language: str) -> None:
        """`folders` are searched in order: the city's own first, then the conversations."""
        # Plain text, escaped by each channel for its own markup; escaping here would do it twice.
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([str(f) for f in folders]),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.language = language
        self._macro = lru_cache(maxsize=None)(self._find)

    def _find(self, key: str) -> Any:
        conversation, _, name = key.partition(".")
        template = self._environment.get_template(f"{conversation}/wording.{self.language}.j2")
        return getattr(template.module, name)

    def messages(self, reply: Reply) -> list[Message]:
        """Renders a reply as one or more messages of at most a screen each.

        What is too long goes on in a further message; nothing is ever left out. The choices
        stand under the last one.
        """
        texts = self._texts(reply)
        choices = tuple((c.id, self._label(c)) for c in reply.choices)
        return [*(Message(t) for t in texts[:-1]), Message(texts[-1], choices)]

    def welcome(self, about: Mapping[str, Any]) -> str:
        """How a chat begins where the bot speaks first."""
        return self._render("ask.greeting", {"about": about})

    def _label(self, choice: Choice) -> str:
        return choice.label or self._render(choice.key, choice.params)

    def _texts(self, reply: Reply) -> list[str]:
        whole = self._render(reply.key, {**reply.params, "rest": 0})
        items = reply.params.get("card", {}).get("materials") if reply.key == "ask.card" else None
        if len(whole) <= SCREEN or not items:
            return split(whole)
        return self._continued(reply, items)

    def _continued(self, reply: Reply, items: list[Any]) -> list[str]:
        """A card keeps its place, time and fee on the first screen; its materials go on."""
        card: Mapping[str, Any] = reply.params["card"]
        for shown in range(len(items) - 1, 0, -1):
            first = {**card, "materials": items[:shown]}
            rest = items[shown:]
            text = self._render(reply.key, {**reply.params, "card": first, "rest": len(rest)})
            if len(text) <= SCREEN:
                more = {**reply.params, "card": {**card, "materials": rest}, "start": shown + 1}
                return [text, *split(self._render(f"{reply.key}_more", more))]
        return split(self._render(reply.key, {**reply.params, "rest": 0}))

    def _render(self, key: str, params: Mapping[str, Any]) -> str:
        macro = self._macro(key)
        wanted = {k: v for k, v in params.items() if k in macro.arguments}
        return _BLANKS.sub("\n\n", str(macro(**wanted))).strip()


def split(text: str, limit: int = SCREEN) -> list[str]:
    """Cuts a long text between lines, else after a sentence, so that no part exceeds `limit`."""
    parts: list[str] = []
    current = ""
    for line in _pieces(text, limit):
        if current and len(current) + 1 + len(line) > limit:
            parts.append(current.strip("\n"))
            current = line
        else:
            current = f"{current}\n{line}" if current else line
    return [*parts, current.strip("\n")] if current.strip("\n") or not parts else parts


def _pieces(text: str, limit: int) -> Iterable[str]:
    for line in text.split("\n"):
        rest = line
        while len(rest) > limit:
            ends = [rest.rfind(mark, 0, limit) for mark in "。；！？.;!?"]
            at = max(max(ends) + 1, 0) or limit
            yield rest[:at]
            rest = rest[at:]
        yield rest


def numbered(message: Message) -> str:
    """A message as plain text, its choices numbered from 1, for channels without buttons."""
    lines = [f"{i}. {label}" for i, (_, label) in enumerate(message.choices, 1)]
    return "\n".join([message.text, "", *lines]) if lines else message.text
