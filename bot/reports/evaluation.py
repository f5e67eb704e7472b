"""Asks a file of labelled questions through the whole bot and counts how it did."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.channels import oneshot
from bot.intake import Intake
from bot.source import Problem, SourceError
from bot.talk import Facet, Outcome

NONE: Final = "none"
COMPLAINT: Final = "complaint"
FACETS: Final = frozenset(facet.value for facet in Facet)
ASKED_BACK: Final = frozenset({Outcome.clarify.value, Outcome.narrow.value})

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Question:
    """One labelled conversation; `expected` are guide ids, or none, or complaint."""

    turns: tuple[str, ...]
    expected: frozenset[str]
    facet: str
    kind: str


@dataclass(frozen=True)
class Result:
    """A question and what the bot made of it (the object of `doorstep ask --json`)."""

    question: Question
    answer: dict[str, Any]

    @property
    def in_scope(self) -> bool:
        """Whether a guide was expected."""
        return not self.question.expected & {NONE, COMPLAINT}

    @property
    def top(self) -> str | None:
        """The guide shown, else the first of those offered."""
        candidates = self.answer["candidates"]
        return self.answer["guide"] or (candidates[0] if candidates else None)

    @property
    def hit(self) -> bool:
        """Whether the first guide is right, and the question was taken for one."""
        return bool(not _is_complaint(self) and self.top in self.question.expected)

    @property
    def covered(self) -> bool:
        """Whether a right guide was shown or offered."""
        if self.answer["guide"]:
            return self.answer["guide"] in self.question.expected
        return bool(self.question.expected & set(self.answer["candidates"]))

    @property
    def silently_wrong(self) -> bool:
        """Whether a wrong guide was given as the answer."""
        guide: str | None = self.answer["guide"]
        return guide is not None and guide not in self.question.expected

    @property
    def missed(self) -> bool:
        """Whether this is worth an author's look."""
        if self.in_scope:
            wanted = self.question.facet
            return not self.hit or bool(wanted and wanted != self.answer["facet"])
        if COMPLAINT in self.question.expected:
            return not _is_complaint(self)
        return bool(self.answer["guide"]) or _asked_back(self)


def read(path: Path) -> list[Question]:
    """Reads a TSV with the columns question (or first, second), expected, facet, kind."""
    problems: list[Problem] = []
    questions = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = set(rows.fieldnames or ())
        if not {"expected"} <= header or not ({"question"} <= header or {"first"} <= header):
            message = "needs a header line: question, expected, facet, kind (tab-separated)."
            raise SourceError([Problem(str(path), 1, "", message)])
        for line, row in enumerate(rows, 2):
            facet = row.get("facet") or ""
            if facet and facet not in FACETS:
                problems.append(Problem(str(path), line, "facet", f"{facet!r} is no facet."))
            if not row["expected"]:
                problems.append(Problem(str(path), line, "expected", "is empty; write none."))
                continue
            turns = tuple(row[c] for c in ("question", "first", "second") if row.get(c))
            expected = frozenset(row["expected"].split("|"))
            questions.append(Question(turns, expected, facet, row.get("kind") or ""))
    if problems:
        raise SourceError(problems)
    return questions


def run(
    intake: Intake,
    now: Callable[[], datetime],
    questions: Sequence[Question],
    progress: Progress | None = None,
) -> list[Result]:
    """Plays every conversation."""
    results = []
    for number, question in enumerate(questions):
        if progress:
            progress(number, len(questions))
        results.append(Result(question, oneshot.answer(intake, now, list(question.turns))))
    return results


def figures(results: Sequence[Result]) -> dict[str, float]:
    """Shares between 0 and 1, each over the questions it concerns; absent where there are none."""
    inside = [r for r in results if r.in_scope]
    outside = [r for r in results if NONE in r.question.expected]
    complaints = [r for r in results if COMPLAINT in r.question.expected]
    faceted = [r for r in inside if r.question.facet]
    found = {
        "top-1": _share(inside, lambda r: r.hit),
        "top-3": _share(inside, lambda r: bool(r.question.expected & set(_first(r, 3)))),
        "right guide shown or offered": _share(inside, lambda r: r.covered),
        "silently wrong": _share(inside, lambda r: r.silently_wrong),
        "asked back, in scope": _share(inside, _asked_back),
        "taken for a complaint": _share(inside, _is_complaint),
        "facet": _share(faceted, lambda r: r.answer["facet"] == r.question.facet),
        "out of scope answered": _share(outside, lambda r: bool(r.answer["guide"])),
        "asked back, out of scope": _share(outside, _asked_back),
        "complaints recognised": _share(complaints, _is_complaint),
    }
    return {name: value for name, value in found.items() if value is not None}


def _first(result: Result, count: int) -> list[str]:
    candidates: list[str] = result.answer["candidates"]
    return candidates[:count]


def _asked_back(result: Result) -> bool:
    return result.answer["outcome"] in ASKED_BACK


def _is_complaint(result: Result) -> bool:
    return bool(result.answer["outcome"] == Outcome.complaint.value)


def _share(results: Sequence[Result], holds: Callable[[Result], bool]) -> float | None:
    return sum(map(holds, results)) / len(results) if results else None


def table(results: Sequence[Result]) -> str:
    """The figures over all, then top-1 and facet by kind."""
    lines = [f"{len(results)} questions"]
    lines += [f"  {name:32}{value:7.1%}" for name, value in figures(results).items()]
    kinds = sorted({r.question.kind for r in results})
    if len(kinds) > 1:
        lines.append("by kind" + " " * 20 + "questions   ok")
    for kind in kinds if len(kinds) > 1 else ():
        here = [r for r in results if r.question.kind == kind]
        ok = sum(not r.missed for r in here) / len(here)
        lines.append(f"  {kind:25}{len(here):9}{ok:7.1%}")
    return "\n".join(lines)


def write_misses(results: Sequence[Result], path: Path) -> None:
    """Writes what went wrong, as a TSV beside the questions."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, escapechar="\\")
        rows.writerow(
            ["expected", "outcome", "guide", "facet", "candidates", "confidence", "question"]
        )
        for result in results:
            if result.missed:
                one = result.answer
                rows.writerow(
                    [
                        "|".join(sorted(result.question.expected)) + f" {result.question.facet}",
                        one["outcome"],
                        one["guide"] or "",
                        one["facet"] or "",
                        " ".join(one["candidates"]),
                        one["confidence"],
                        " / ".join(result.question.turns),
                    ]
                )
