"""The sentences a citizen gets to read: which fields hold them, without names and titles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bot.lint.rule import Subject
from bot.source import Document, Location

# What is no prose, by key. Anything else is, so that a new field is checked without a change here.
_IDS: Final = {"id", "topic", "guide", "basis", "free_basis", "window", "office", "instead"}
_EFFECTS: Final = {"needs", "drops", "replaces"}
_FIGURES: Final = {"kind", "unit", "actor", "before", "reviewed_on", "review_by", "decided_on"}
_PHONES: Final = {"phone", "enquiry_phone", "complaint_phone"}
# Names that the law or the city gave, and words that are the citizens' or the authors' own.
_NAMES: Final = {"official_name", "authority", "power", "legal_basis", "document"}
_WORDS: Final = {"says", "cues", "uncertain"}
_NO_PROSE: Final = _IDS | _EFFECTS | _FIGURES | _PHONES | _NAMES | _WORDS

_TITLE: Final = re.compile("《[^》]*》")
# Stands for a letter of a title; a private character fits no term and no phrase of a pack.
_BLANK: Final = "\ue000"

_SENTENCE_END: Final = re.compile(r"[。！？；!?;\n]|\.(?=\s|$)")
# 字数 as word processors count it: a Chinese character is one, and so is a number or a Latin word.
_CJK: Final = "\u3040-\u30ff\u3400-\u9fff"
_UNIT: Final = re.compile(rf"[^\W{_CJK}]+(?:[-.:/'’][^\W{_CJK}]+)*|\S")


@dataclass(frozen=True)
class Passage:
    """A text shown to citizens, and where it stands."""

    document: Document
    location: Location
    text: str


def passages(subject: Subject) -> Iterator[Passage]:
    """Every text of guides, notices and places that a citizen reads as a sentence."""
    for _, document in subject.guides():
        yield from _leaves(document, (), document.data)
    for i, notice in enumerate(subject.notices.data["notices"]):
        # A notice's name is the official one.
        shown = {name: value for name, value in notice.items() if name != "name"}
        yield from _leaves(subject.notices, ("notices", i), shown)
    places = subject.city.documents["places.yaml"]
    for i, office in enumerate(places.data["offices"]):
        if office.get("note"):
            yield Passage(places, ("offices", i, "note"), office["note"])
    about = subject.city.documents["city.yaml"]
    yield Passage(about, ("disclaimer",), about.data["disclaimer"])


def _leaves(document: Document, at: Location, value: Any) -> Iterator[Passage]:
    if isinstance(value, str):
        yield Passage(document, at, value)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _leaves(document, (*at, i), item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if _is_prose((*at, name)):
                yield from _leaves(document, (*at, name), item)


def _is_prose(location: Location) -> bool:
    name = location[-1]
    if name == "asks":
        # A guide's `asks` are the citizens' words; a situation's is a question to them.
        return location[0] == "situations"
    if name == "fees":
        # A guide's `fees` are lines with names; an option's are ids.
        return location[0] == "fees"
    return name not in _NO_PROSE


def untitled(text: str) -> str:
    """The text with titles in 《》 blanked out; every other letter keeps its place."""
    return _TITLE.sub(lambda found: _BLANK * len(found[0]), text)


def sentences(text: str) -> list[str]:
    """The sentences of a text; a lone quotation mark behind a full stop is none."""
    parts = (part.strip() for part in _SENTENCE_END.split(text))
    return [part for part in parts if any(char.isalnum() for char in part)]


def length(sentence: str) -> int:
    """How much there is to read: characters, where a number or a Latin word counts as one."""
    return len(_UNIT.findall(sentence))
