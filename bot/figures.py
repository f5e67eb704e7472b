"""How an organisation keeps its word: rates with their denominators, weeks, lateness. Pure.

Every case is counted once in `filed`. A rate names what it was counted of; what a rate cannot be
counted of is named beside it and excluded nowhere in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

# Satisfaction from this level on (of 5) counts as satisfied.
SATISFIED: Final = 4
WEEKS: Final = 8


@dataclass(frozen=True, slots=True)
class Facts:
    """What is counted of one case. Days are dates in the city; `verdict` is None before one.

    `accepted` is false for what was not accepted, merged or withdrawn before the dispatch.
    `in_time` says whether the first answer came by its due day; None without an answer.
    """

    organisation: str | None
    filed: date
    accepted: bool
    open: bool
    overdue: bool
    answered: bool
    in_time: bool | None
    judged: bool
    verdict: str | None
    satisfaction: int | None
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """`part` of `whole`."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        """In percent; None where there is nothing to count."""
        return round(100 * self.part / self.whole) if self.whole else None


@dataclass(frozen=True, slots=True)
class Figures:
    """An organisation's figures; `organisation` None is what no organisation has."""

    organisation: str | None
    filed: int
    not_accepted: int
    open: int
    overdue: int
    response: Rate  # answered, of what was accepted
    timely: Rate  # first answer by its due day, of what was answered
    judged: Rate  # verdicts given, of what was answered and is closed or re-opened
    solved: Rate  # verdict solved, of verdicts given
    partly: Rate
    silent: int  # closed without a verdict: in no rate of satisfaction, and never satisfied
    satisfied: Rate  # level SATISFIED and more, of those who rated


def figures(cases: Iterable[Facts]) -> list[Figures]:
    """One row an organisation, the largest first; their sums are the sums of `total`."""
    groups: dict[str | None, list[Facts]] = {}
    for case in cases:
        groups.setdefault(case.organisation, []).append(case)
    found = [total(members, name) for name, members in groups.items()]
    return sorted(found, key=lambda f: (-f.filed, f.organisation or ""))


def total(cases: Sequence[Facts], organisation: str | None = None) -> Figures:
    """The figures of all of these cases together."""
    accepted = [c for c in cases if c.accepted]
    answered = [c for c in accepted if c.answered]
    decided = [c for c in answered if c.judged]
    given = [c.verdict for c in decided if c.verdict not in (None, "none")]
    rated = [c.satisfaction for c in cases if c.satisfaction is not None]
    return Figures(
        organisation=organisation,
        filed=len(cases),
        not_accepted=len(cases) - len(accepted),
        open=sum(c.open for c in cases),
        overdue=sum(c.overdue for c in cases),
        response=Rate(len(answered), len(accepted)),
        timely=Rate(
            sum(c.in_time is True for c in answered), sum(c.in_time is not None for c in answered)
        ),
        judged=Rate(len(given), len(decided)),
        solved=Rate(given.count("solved"), len(given)),
        partly=Rate(given.count("partly"), len(given)),
        silent=len(decided) - len(given),
        satisfied=Rate(sum(level >= SATISFIED for level in rated), len(rated)),
    )


@dataclass(frozen=True, slots=True)
class Week:
    """Cases filed in the week that begins on `monday`."""

    monday: date
    count: int


def weeks(days: Iterable[date], today: date, count: int = WEEKS) -> list[Week]:
    """How many a week, for the last `count` weeks, the present one last."""
    this = today - timedelta(days=today.weekday())
    found = Counter(day - timedelta(days=day.weekday()) for day in days)
    mondays = [this - timedelta(weeks=n) for n in reversed(range(count))]
    return [Week(monday, found[monday]) for monday in mondays]


def trend(found: Sequence[Week]) -> int:
    """The last four whole weeks against the four before: cases more (or fewer, negative)."""
    whole = [week.count for week in found[:-1]]
    return sum(whole[-4:]) - sum(whole[-8:-4])
