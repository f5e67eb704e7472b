"""A small town whose files say at each faulty line which rule it breaks, and how it is mended."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from bot import city
from bot.lint import Subject, lint
from bot.lint.plain import load
from bot.source import Problem

HERE = Path(__file__).parent
TODAY = date(2026, 12, 1)
# `- 办结。 # fault plain/jargon -> - 办完。`; nothing behind the arrow deletes the line.
FAULT = re.compile(r"^( *)\S.*? # fault ?(.*?) ?->(?: (.*))?$")


class Town:
    """A copy of the fixture city that a test can change and lint."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def change(self, file: str, old: str, new: str) -> None:
        """Puts `new` where `old` stands, which it must exactly once."""
        path = self.folder / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), "utf-8")

    def line(self, file: str, text: str) -> int:
        """The one line that holds `text`."""
        lines = (self.folder / file).read_text("utf-8").splitlines()
        found = [number for number, line in enumerate(lines, 1) if text in line]
        assert len(found) == 1, f"{text!r} stands on lines {found} of {file}"
        return found[0]

    def subject(self, today: date = TODAY) -> Subject:
        return Subject(city.load(self.folder), load(HERE / "zh"), today)

    def problems(self, today: date = TODAY) -> list[Problem]:
        subject = self.subject(today)
        return lint(subject.city, subject.words, subject.today)

    def found(self, today: date = TODAY) -> list[tuple[str, int, str]]:
        """File (in the city's folder), line and rule of every problem."""
        start = f"{self.folder.name}/"
        return [(p.file.removeprefix(start), p.line, p.rule) for p in self.problems(today)]

    def one(self) -> Problem:
        """The only problem there is."""
        problems = self.problems()
        assert len(problems) == 1, list(map(str, problems))
        return problems[0]

    def planted(self) -> list[tuple[str, int, str]]:
        """What the files themselves say is wrong with them."""
        return [
            (str(path.relative_to(self.folder)), number, rule)
            for path in sorted(self.folder.rglob("*.yaml"))
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
            if (fault := FAULT.match(line))
            for rule in fault[2].split()
        ]

    def mend(self) -> None:
        """Mends every fault as its line says."""
        for path in self.folder.rglob("*.yaml"):
            lines = path.read_text("utf-8").splitlines()
            mended = [line for old in lines if (line := self._mended(old)) is not None]
            path.write_text("\n".join(mended) + "\n", "utf-8")

    def _mended(self, line: str) -> str | None:
        fault = FAULT.match(line)
        if not fault:
            assert "# fault" not in line, f"not understood: {line}"
            return line
        return fault[1] + fault[3].replace("\\n", "\n") if fault[3] else None


@pytest.fixture
def faulty(tmp_path: Path) -> Town:
    """The city with all its faults."""
    shutil.copytree(HERE / "city", tmp_path / "city")
    return Town(tmp_path / "city")


@pytest.fixture
def town(faulty: Town) -> Town:
    """The city with every fault mended: a test plants its own."""
    faulty.mend()
    return faulty
