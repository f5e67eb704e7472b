"""Reads a page as a browser would: its text by field, its forms, its data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

VOID = frozenset({"meta", "link", "input", "br", "img", "hr"})


class Page(HTMLParser):
    """`fields` holds the text of each element with a data-field, `inputs` those of every form."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.fields: dict[str, list[str]] = {}
        self.inputs: dict[str, str] = {}
        self.links: list[str] = []
        self.buttons: list[tuple[str, str]] = []
        self.data: list[Any] = []
        self.texts: list[str] = []
        self._open: list[tuple[str, str | None, int]] = []
        self._raw = ""
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    @property
    def text(self) -> str:
        """All that is to be read, white space left out: lines break where they like."""
        return squeezed("".join(self.texts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("name"):
            self.inputs[str(found["name"])] = found.get("value") or ""
        if tag == "button" and found.get("name") == "choice":
            self.buttons.append((found.get("value") or "", ""))
        if tag == "a":
            self.links.append(found.get("href") or "")
        if tag not in VOID:
            self._open.append((tag, found.get("data-field"), len(self.texts)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        name, field, start = self._open.pop()
        assert name == tag, f"</{tag}> closes <{name}>"
        inside = "".join(self.texts[start:])
        if field:
            self.fields.setdefault(field, []).append(squeezed(inside))
        if tag == "script" and self._raw.strip():
            self.data.append(json.loads(self._raw))
            self._raw = ""
        if tag == "button" and self.buttons and not self.buttons[-1][1]:
            self.buttons[-1] = (self.buttons[-1][0], inside.strip())

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "script":
            self._raw += data
        elif self._open and self._open[-1][0] not in ("style", "title", "template"):
            self.texts.append(data)


def squeezed(text: str) -> str:
    """A text without white space."""
    return "".join(text.split())


def strings(value: Any) -> Iterator[str]:
    """Every text within plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
