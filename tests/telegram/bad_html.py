"""Telegram's HTML as a strict reader sees it: what is not plainly allowed is refused."""

from __future__ import annotations

import re

ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}
TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "blockquote"}
TOKEN = re.compile(r"<(/?)([a-z]*)>|(&[a-z]*;)|([<>&])|([^<>&]+)")


class BadHtml(ValueError):
    pass


def plain(html: str) -> str:
    """The text that a reader sees. Raises BadHtml."""
    text, is_open = [], []
    for match in TOKEN.finditer(html):
        closing, tag, entity, stray, words = match.groups()
        if stray or (tag is not None and tag not in TAGS) or (entity and entity not in ENTITIES):
            raise BadHtml(f"can't parse entities: {match[0]!r} at {match.start()}")
        if tag is not None and not closing:
            is_open.append(tag)
        elif tag is not None and (not is_open or is_open.pop() != tag):
            raise BadHtml(f"can't parse entities: unmatched end tag {tag!r}")
        text.append(ENTITIES[entity] if entity else words or "")
    if is_open:
        raise BadHtml(f"can't parse entities: {is_open[-1]!r} is never closed")
    return "".join(text)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
