"""Plain reply text to lines that a page can show with care; the words stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

_TITLE: Final = re.compile(r"^[【\[](.{1,80}?)[】\]](.*)$")
_SECTION: Final = re.compile(r"^■ ?(.{1,30}?)(?:[：:] ?(.+))?$")
_ITEM: Final = re.compile(r"^(\d{1,2})\. (.+)$")
_TICK: Final = re.compile(r"^([☑☐]) (.+)$")
_LABELLED: Final = re.compile(r"^([^：:。，,.]{2,24})[：:] ?(.+)$")
# From this length on a number is no amount of money or days, whatever stands around it.
_LONG: Final = 5


@dataclass(frozen=True)
class Line:
    """One line. `kind`: title, section, item, tick, bullet, labelled, foot or text.

    `mark` is an item's number, a tick's state (`on`, `off`), or what stands before the colon.
    """

    kind: str
    text: str
    mark: str = ""


def lines(text: str) -> list[Line]:
    """Reads a reply's lines. What follows no pattern is text, so that nothing is ever lost."""
    found: list[Line] = []
    for number, raw in enumerate(text.split("\n")):
        line = raw.strip()
        if not line:
            continue
        if number == 0 and (title := _TITLE.match(line)):
            found.append(Line("title", title[1] + title[2]))
        else:
            found.extend(_line(line))
    # A card ends with where it comes from.
    if len(found) > 3 and found[0].kind == "title" and found[-1].kind in ("text", "labelled"):
        found[-1] = Line("foot", text.rstrip().rpartition("\n")[2].strip())
    return found


def _line(line: str) -> Iterable[Line]:
    if section := _SECTION.match(line):
        yield Line("section", section[1])
        if section[2]:
            yield Line("text", section[2])
    elif item := _ITEM.match(line):
        yield Line("item", item[2], item[1])
    elif tick := _TICK.match(line):
        yield Line("tick", tick[2], "on" if tick[1] == "☑" else "off")
    elif line.startswith("· "):
        yield Line("bullet", line[2:])
    elif labelled := _LABELLED.match(line):
        yield Line("labelled", labelled[2], labelled[1])
    else:
        yield Line("text", line)


class Phones:
    """Makes the city's own telephone numbers something to tap."""

    def __init__(self, numbers: Iterable[str]) -> None:
        """Only these numbers are linked: a number that nobody vouches for stays text."""
        known = sorted(set(numbers), key=len, reverse=True)
        long = "|".join(re.escape(n) for n in known if len(n) >= _LONG)
        short = "|".join(re.escape(n) for n in known if len(n) < _LONG)
        # A short number is one only where no unit follows: 110 is the police, 110元 is a price.
        patterns = [f"(?:{long})(?![0-9-])"] if long else []
        patterns += [rf"(?:{short})(?![\w.%-])"] if short else []
        either = "|".join(patterns) or "(?!)"
        self._pattern = re.compile(rf"(?<![0-9A-Za-z.-])(?:{either})")

    def link(self, text: str) -> Markup:
        """The text, escaped, its telephone numbers as links."""
        parts: list[Markup] = []
        at = 0
        for match in self._pattern.finditer(text):
            parts += [escape(text[at : match.start()]), _link(match[0])]
            at = match.end()
        return Markup("").join([*parts, escape(text[at:])])


def _link(number: str) -> Markup:
    bare = re.sub(r"[^\d+]", "", number)
    return Markup('<a href="tel:{}">{}</a>').format(bare, number)
