"""YAML text to plain data that remembers where each value stood."""

from __future__ import annotations

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
    try:
        _check_events(text, name)
        node = yaml.compose(text, Loader=_Loader)
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
    if node is None:
        raise SourceError([Problem(name, 1, "", "is empty; write the fields or delete the file.")])
    reader = _Reader(name)
    data = reader.value(node, ())
    if reader.problems:
        raise SourceError(reader.problems)
    return Document(name, data, reader.lines)


def _check_events(text: str, name: str) -> None:
    """Aliases and depth are judged on events: composing 100,000 nested lists segfaults C code."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            message = "uses an alias (*name); write the value out."
            raise SourceError([Problem(name, line, "", message)])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                message = f"is nested deeper than {MAX_DEPTH} levels; make it flatter."
                raise SourceError([Problem(name, line, "", message)])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Reader:
    """Turns composed nodes into plain data and notes lines and duplicate keys on the way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Location, int] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, at: Location) -> Any:
        self.lines[at] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*at, i)) for i, child in enumerate(node.value)]
        if node.tag == "tag:yaml.org,2002:null" and node.value in ("", "~", "null"):
            return None
        return node.value

    def _mapping(self, node: yaml.MappingNode, at: Location) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, child in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem(self.name, line, "", "has a key that is not a word."))
                continue
            if key.value in result:
                name = ".".join(map(str, (*at, key.value)))
                message = "is written twice; keep one."
                self.problems.append(Problem(self.name, line, name, message))
                continue
            result[key.value] = self.value(child, (*at, key.value))
            # A missing or bad value is best shown at its key, where the author looks for it.
            self.lines[(*at, key.value)] = line
        return result
