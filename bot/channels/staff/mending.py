"""Patches of a guide's file: what would change, what lint says of it, and writing it safely."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from bot import city as cities
from bot import lint, patch
from bot.city import GUIDES
from bot.lint import plain
from bot.settings import HOUSE
from bot.source import Problem, SourceError

LANGUAGES: Final = HOUSE / "conversations" / "languages"


class ChangedError(ValueError):
    """The file is not what the preview was made from any more."""


@dataclass(frozen=True)
class Proposal:
    """A patch before it is written. `mark` names the file's content that it was made from.

    `problems` are those that the patch brings in; with an error it cannot be written.
    """

    guide: str
    field: str
    text: str
    mark: str
    diff: list[str]
    problems: list[Problem]

    @property
    def writable(self) -> bool:
        """Whether the city still loads and no rule is broken."""
        return not any(problem.severity == "error" for problem in self.problems)


def propose(folder: Path, guide: str, field: str, text: str, today: date) -> Proposal:
    """What adding `text` to a list of a guide would do. Raises PatchError."""
    before = _read(folder, guide)
    after = patch.with_item(before, field, text)
    known = set(map(_what, _problems(folder, today)))
    with tempfile.TemporaryDirectory() as other:
        copy = Path(other) / folder.name
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.npz"))
        _path(copy, guide).write_text(after, "utf-8")
        found = [one for one in _problems(copy, today) if _what(one) not in known]
    name = f"{GUIDES}/{guide}.yaml"
    return Proposal(guide, field, text, _mark(before), patch.diff(before, after, name), found)


def write(folder: Path, proposal: Proposal) -> None:
    """Writes the patch: the whole file or nothing.

    Raises ChangedError if somebody changed the file meanwhile, OSError if it cannot be written.
    """
    path, before = _path(folder, proposal.guide), _read(folder, proposal.guide)
    if _mark(before) != proposal.mark:
        raise ChangedError(f"{path.name} was changed meanwhile; look at it again")
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text(patch.with_item(before, proposal.field, proposal.text), "utf-8")
    shutil.copymode(path, half)
    half.replace(path)


def _problems(folder: Path, today: date) -> list[Problem]:
    try:
        city = cities.load(folder)
    except SourceError as error:
        return list(error.problems)
    words = plain.load(LANGUAGES / city.about.language)
    return [one for one in lint.lint(city, words, today) if one.severity != "hint"]


def _what(problem: Problem) -> tuple[str, ...]:
    """A problem without its line, which moves."""
    return problem.file, problem.rule, problem.message


def _path(folder: Path, guide: str) -> Path:
    return folder / GUIDES / f"{guide}.yaml"


def _read(folder: Path, guide: str) -> str:
    try:
        return _path(folder, guide).read_text("utf-8")
    except OSError as error:
        raise patch.PatchError(f"{guide}: cannot be read") from error


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
