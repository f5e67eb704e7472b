"""Reply to text in a language: one macro a reply; a city's folder overrides the default."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import jinja2

from bot.talk import Choice, Reply
from bot.text import to_traditional

# One phone screen (city report, clause 24).
SCREEN: Final = 600
# A card that goes on shows at least so many materials before its fees.
FEWEST: Final = 3
# The choice of language that means simplified texts brought into traditional characters.
TRADITIONAL: Final = "zh-hant"
# A full stop ends a sentence only before white space: 10.5 is one number.
_SENTENCE_END: Final = re.compile(r"[。；！？;!?]|\.(?=\s)")
_BLANKS: Final = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Message:
    """One message to send: plain text, choices as (id, label), and `Reply.thread`."""

    text: str
    choices: tuple[tuple[str, str], ...] = ()
    thread: str = ""

    def traditional(self) -> Message:
        """The same in traditional characters."""
        choices = tuple((name, to_traditional(label)) for name, label in self.choices)
        return replace(self, text=to_traditional(self.text), choices=choices)


class _Environment(jinja2.Environment):
    """Takes `m.when` of a mapping for its key: params are plain data. It is quicker, too."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class Wording:
    """Templates of one language. A reply `ask.card` is the macro `card` of conversation `ask`."""

    def __init__(
        self, folders: Iterable[Path], language: str, compiled: Path | None = None
    ) -> None:
        """`folders` are searched in order: the city's own first, then the conversations.

        Compiled templates are kept in the folder `compiled`.
        """
        folders = tuple(folders)
        self._folders, self._compiled = folders, compiled
        self._others: dict[str, Wording] = {}
        self._environments = [
            _Environment(
                loader=jinja2.FileSystemLoader(str(folder)),
                bytecode_cache=bytecode(compiled),
                undefined=jinja2.StrictUndefined,
                # Plain text, escaped by each channel for its own markup; not twice.
                autoescape=False,
                trim_blocks=True,
                lstrip_blocks=True,
            )
            for folder in folders
        ]
        self.language = language
        self._macro = lru_cache(maxsize=None)(self._find)
        # Most labels say the same under every answer.
        self._fixed = lru_cache(maxsize=None)(partial(self._render, params={}))

    def _find(self, key: str) -> Any:
        """The macro of a reply, from the first folder that has it: a city may override just one."""
        conversation, _, name = key.partition(".")
        for environment in self._environments:
            try:
                template = environment.get_template(f"{conversation}/wording.{self.language}.j2")
            except jinja2.TemplateNotFound:
                continue
            if (macro := getattr(template.module, name, None)) is not None:
                return macro
        raise LookupError(f"no wording for {key} in {self.language!r}")

    def into(self, choice: str | None) -> Wording:
        """The same wording in the language that a chat asked for; this one if it never did.

        A script (`zh-hant`) is no other language: see TRADITIONAL.
        """
        language = (choice or "").partition("-")[0]
        if language in ("", self.language):
            return self
        if language not in self._others:
            self._others[language] = Wording(self._folders, language, self._compiled)
        return self._others[language]

    def messages(self, reply: Reply) -> list[Message]:
        """Renders a reply as one or more messages of at most a screen each.

        What is too long goes on in a further message; nothing is ever left out. The choices
        stand under the last one.
        """
        texts = self._texts(reply)
        choices = tuple((c.id, self._label(c)) for c in reply.choices)
        return [*(Message(t) for t in texts[:-1]), Message(texts[-1], choices, reply.thread)]

    def welcome(self, about: Mapping[str, Any]) -> str:
        """How a chat begins where the bot speaks first."""
        return self._render("ask.greeting", {"about": about})

    def text(self, key: str, **params: Any) -> str:
        """One piece of wording that is no reply of a dialogue: a page's heading, a command's help.

        Raises LookupError for an unknown key.
        """
        return self._render(key, params)

    def _label(self, choice: Choice) -> str:
        if choice.label:
            return choice.label
        return self._render(choice.key, choice.params) if choice.params else self._fixed(choice.key)

    def _texts(self, reply: Reply) -> list[str]:
        whole = self._render(reply.key, {**reply.params, "rest": 0})
        if reply.thread:
            return [whole]  # what takes another's place must be one message
        if len(whole) <= SCREEN or reply.key != "ask.card":
            return split(whole)
        return self._continued(reply) or split(whole)

    def _continued(self, reply: Reply) -> list[str]:
        """A card keeps its place, time and fee on the first screen; its materials go on.

        Where that leaves room for fewer than FEWEST the fees go on too. Empty if nothing helps.
        """
        card: Mapping[str, Any] = reply.params["card"]
        items = card["materials"]
        for fees, fewest in ((0, FEWEST), (len(card["fees"]), 1)):
            for shown in range(len(items) - 1, fewest - 1, -1):
                first = {**reply.params, "card": {**card, "materials": items[:shown]}}
                rest = {"rest": len(items) - shown, "fees_later": fees}
                text = self._render(reply.key, {**first, **rest})
                if len(text) <= SCREEN:
                    more = {"card": {**card, "materials": items[shown:]}, "start": shown + 1}
                    return [text, *split(self._render(f"{reply.key}_more", {**more, **rest}))]
        return []

    def _render(self, key: str, params: Mapping[str, Any]) -> str:
        macro = self._macro(key)
        wanted = {k: v for k, v in params.items() if k in macro.arguments}
        return _BLANKS.sub("\n\n", str(macro(**wanted))).strip()


def bytecode(folder: Path | None) -> jinja2.BytecodeCache | None:
    """Where compiled templates are kept; to compile the wording takes a quarter of a second."""
    if folder is None:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return jinja2.FileSystemBytecodeCache(str(folder))


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
            ends = [m.end() for m in _SENTENCE_END.finditer(rest[: limit + 1]) if m.end() <= limit]
            at = max(ends, default=limit)
            yield rest[:at]
            rest = rest[at:]
        yield rest


def numbered(message: Message) -> str:
    """A message as plain text, its choices numbered from 1, for channels without buttons."""
    lines = [f"{i}. {label}" for i, (_, label) in enumerate(message.choices, 1)]
    return "\n".join([message.text, "", *lines]) if lines else message.text
