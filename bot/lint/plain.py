"""Officialese and banned phrases of a language, read from two tables of its pack."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.source import Problem, SourceError

SEVERITIES: Final = {"error": "error", "warn": "warning", "info": "info"}
# A source that someone read; any other status is told to the author, who should not trust it yet.
READ: Final = "text-read"

_JARGON: Final = ("officialese", "plain", "severity", "note")
_BANNED: Final = ("pattern_regex", "example", "why", "source", "source_status")

Row = tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """A word of the offices (官话) and what people say instead; `info` is known but allowed.

    `pattern` is mostly the bare word. It says so itself where the word is none: `办结(?!婚)`.
    """

    pattern: re.Pattern[str]
    plain: str
    severity: str


@dataclass(frozen=True)
class Phrase:
    """A phrase that leaves open what to bring, when or where (兜底), and the law against it."""

    pattern: re.Pattern[str]
    why: str
    source: str


@dataclass(frozen=True)
class PlainLanguage:
    """What a guide in one language should not say."""

    terms: tuple[Term, ...]
    phrases: tuple[Phrase, ...]


def load(folder: Path) -> PlainLanguage:
    """Reads a language pack's two tables. Raises SourceError with every problem of both."""
    problems: list[Problem] = []
    jargon = _table(folder / "jargon.tsv", _JARGON, _term_fault, problems)
    banned = _table(folder / "banned_phrases.tsv", _BANNED, _phrase_fault, problems)
    if problems:
        raise SourceError(problems)
    return PlainLanguage(
        terms=tuple(Term(re.compile(row[0]), row[1], SEVERITIES[row[2]]) for row in jargon),
        phrases=tuple(Phrase(re.compile(row[0]), row[2], _source(*row[3:])) for row in banned),
    )


def _source(source: str, status: str) -> str:
    return source if status == READ else f"{source} (quoted from memory, check it)"


def _table(
    path: Path, columns: Row, fault: Callable[[Row], str], problems: list[Problem]
) -> list[Row]:
    """The sound rows of a table of tab-separated columns; what is wrong goes to `problems`."""
    name = f"{path.parent.name}/{path.name}"
    rows: list[Row] = []
    try:
        # Not splitlines(): it would also split at characters that may stand inside a cell.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        problems.append(Problem(name, 1, "", f"cannot be read: {reason}."))
        return rows
    if tuple(lines[0].split("\t")) != columns:
        message = f"must begin with the columns {', '.join(columns)}, a tab between each."
        problems.append(Problem(name, 1, "", message))
        return rows
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        row = tuple(cell.strip() for cell in line.split("\t"))
        message = _shape_fault(row, columns, rows) or fault(row)
        if message:
            problems.append(Problem(name, number, row[0], message))
        else:
            rows.append(row)
    return rows


def _shape_fault(row: Row, columns: Row, before: list[Row]) -> str:
    if len(row) != len(columns):
        return f"has {len(row)} columns; write {len(columns)}, a tab between each."
    if not row[0]:
        return f"has no {columns[0]}; write it or delete the line."
    if any(row[0] == other[0] for other in before):
        return "is listed twice; keep one line."
    return ""


def _term_fault(row: Row) -> str:
    if not row[1]:
        return "has no plain word; write what people say instead."
    if row[2] not in SEVERITIES:
        return f"has severity {row[2]!r}; write {', '.join(SEVERITIES)}."
    return _pattern_fault(row[0])


def _phrase_fault(row: Row) -> str:
    if not row[3]:
        return "has no source; name the law or paper that forbids it."
    return _pattern_fault(row[0])


def _pattern_fault(text: str) -> str:
    try:
        pattern = re.compile(text)
    except re.error as error:
        return f"is not a regular expression: {error}. Mend it."
    if pattern.search(""):
        return "fits every text; take out what makes all of it optional."
    return ""
