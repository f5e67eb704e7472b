"""YAML text to plain data that remembers where each value stood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 20

# A path into a document: keys of mappings and indexes of lists.
Location = tuple[str | int, ...]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in an author's file: where it stands, what it is, how to mend it.

    `severity` is error, warning or hint; a hint may be right as it is.
    """

    file: str
    line: int
    field: str
    message: str
    rule: str = "schema"
    severity: str = "error"

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {where}{self.message}"


class SourceError(Exception):
    """An author's files cannot be used; carries every problem found, not just the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Document:
    """Plain data (str, list, dict only) and the line of every value in it.

    Scalars stay strings: YAML 1.1 would read `9:00` as 540 and `no` as False.
    """

    file: str
    data: Any
    lines: dict[Location, int] = field(default_factory=dict, repr=False)

    def line_of(self, location: Location) -> int:
        """Line (from 1) of the value at `location`, or of its nearest parent that has one."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def problem(
        self, location: Location, message: str, *, rule: str = "schema", severity: str = "error"
    ) -> Problem:
        """A problem with the value at `location`, named as `materials.2.name`."""
        name = ".".join(map(str, location))
        return Problem(self.file, self.line_of(location), name, message, rule, severity)


def read(path: Path, name: str | None = None) -> Document:
    """Reads one YAML file. Raises SourceError for anything an author must mend."""
    name = name or str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SourceError([Problem(name, 1, "", f"cannot be read: {error.strerror}")]) from error
    return parse(raw, name)


def parse(raw: bytes, name: str) -> Document:
    """Parses YAML bytes; refuses aliases, duplicate keys, deep nesting and huge files."""
    if len(raw) > MAX_BYTES:
        message = f"is {len(raw):,} bytes; at most {MAX_BYTES:,} are read. Split the file."
        raise SourceError([Problem(name, 1, "", message)])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = "is not UTF-8; save the file as UTF-8."
        raise SourceError([Problem(name, line, "", message)]) from error
    reader = _Reader(name, _checked(text, name))
    try:
        data = reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        message = f"is not YAML here: {error.problem or error.context}. Check indent and quotes."
        raise SourceError([Problem(name, line, "", message)]) from error
    except yaml.YAMLError as error:
        # The C reader counts bytes.
        line = raw.count(b"\n", 0, getattr(error, "position", 0)) + 1
        message = "holds a character that YAML does not allow; delete it."
        raise SourceError([Problem(name, line, "", message)]) from error
    if reader.problems:
        raise SourceError(reader.problems)
    return Document(name, data, reader.lines)


def _checked(text: str, name: str) -> Iterator[yaml.Event]:
    """The events of a YAML text. Raises SourceError for aliases and depth.

    Events and not nodes: composing 100,000 nested lists crashes the C code, and takes longer.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.ScalarEvent):  # most are
            yield event
            continue
        if isinstance(event, yaml.AliasEvent):
            message = "uses an alias (*name); write the value out."
            raise SourceError([Problem(name, _line(event), "", message)])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                message = f"is nested deeper than {MAX_DEPTH} levels; make it flatter."
                raise SourceError([Problem(name, _line(event), "", message)])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        yield event


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Reader:
    """Turns events into plain data and notes lines and duplicate keys on the way."""

    def __init__(self, name: str, events: Iterator[yaml.Event]) -> None:
        self.name = name
        self.lines: dict[Location, int] = {}
        self.problems: list[Problem] = []
        self._events = events

    def document(self) -> Any:
        """The one document of a file. Raises SourceError for none and for several."""
        found: list[Any] = []
        for event in self._events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            if found:
                message = "begins another document (---); keep one."
                raise SourceError([Problem(self.name, _line(event), "", message)])
            found.append(self._value(next(self._events), ()))
        if not found:
            message = "is empty; write the fields or delete the file."
            raise SourceError([Problem(self.name, 1, "", message)])
        return found[0]

    def _value(self, event: yaml.Event, at: Location) -> Any:
        self.lines[at] = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            # Quoted it is a text, plain it is nothing.
            nothing = event.implicit[0] and event.value in ("", "~", "null")
            return None if nothing else event.value
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(at)
        values: list[Any] = []
        while not isinstance(child := next(self._events), yaml.SequenceEndEvent):
            values.append(self._value(child, (*at, len(values))))
        return values

    def _mapping(self, at: Location) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            line = _line(key)
            if not isinstance(key, yaml.ScalarEvent):
                self.problems.append(Problem(self.name, line, "", "has a key that is not a word."))
                self._skip(key)
                self._skip(next(self._events))
                continue
            if key.value in result:
                name = ".".join(map(str, (*at, key.value)))
                message = "is written twice; keep one."
                self.problems.append(Problem(self.name, line, name, message))
                self._skip(next(self._events))
                continue
            result[key.value] = self._value(next(self._events), (*at, key.value))
            # A missing or bad value is best shown at its key, where the author looks for it.
            self.lines[(*at, key.value)] = line
        return result

    def _skip(self, event: yaml.Event) -> None:
        """Goes past a value."""
        depth = 0
        while True:
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if not depth:
                return
            event = next(self._events)
