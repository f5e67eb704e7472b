"""When a complaint's clocks run out: due dates, warnings and escalations in working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.calendar import Calendar, Due
from bot.cases import Clock
from bot.guide import Model

_DAY: Final = timedelta(days=1)
# An escalation comes again at so many times the days allowed.
AGAIN: Final = 3
# Alarms ring in the morning: what they say to citizens must not wake them.
MORNING: Final = time(9)
# A dated plan may not lie further ahead, in calendar days.
FURTHEST_PLAN: Final = 365

Days = Annotated[int, Field(ge=1, le=120)]


class Rules(Model):
    """How a city works off complaints (city.yaml, `complaints`). Times are working days.

    `warn` is how long before the due date staff (or the citizen) are reminded. `return_hours`
    pass on working days only. `dispatch_known` sends a complaint whose office is known on at
    once. `same_matter` people with the same matter make a hot topic. `keep_months` after the end
    the words and the contact are anonymised.
    """

    dispatch: Days = 1
    answer: Days = 5
    extension: Days = 5
    addition: Days = 5
    verdict: Days = 14
    reopen: Days = 30
    warn: Days = 1
    return_hours: Annotated[int, Field(ge=1, le=240)] = 24
    dispatch_known: bool = True
    same_matter: Annotated[int, Field(ge=2, le=1000)] = 5
    keep_months: Annotated[int, Field(ge=1, le=120)] = 24

    def days(self, clock: Clock) -> int:
        """How many working days a clock allows."""
        return int(getattr(self, clock.value))


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs: started on `since`, `days` working days allowed, due at the end of `on`.

    `skipped` names the holidays not counted; `provisional` says that a year was counted whose
    make-up days are not published yet.
    """

    clock: Clock
    since: date
    days: int
    on: date
    skipped: tuple[str, ...]
    provisional: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is to happen at `at`: warn, due, or again (three times due)."""

    kind: str
    at: datetime


@dataclass(frozen=True)
class CaseClock:
    """A city's clocks: its rules, its working days and its time zone."""

    rules: Rules
    calendar: Calendar
    zone: ZoneInfo

    def start(self, clock: Clock, since: date, days: int | None = None) -> Running:
        """A clock started on a day, which itself is not counted."""
        count = self.rules.days(clock) if days is None else days
        return _running(clock, since, self.calendar.after(since, count))

    def extend(self, running: Running) -> Running:
        """The same clock with the extension added; it keeps its start."""
        return self.start(running.clock, running.since, running.days + self.rules.extension)

    def until(self, clock: Clock, since: date, on: date) -> Running:
        """A clock that runs to a dated plan. Raises ValueError for one in the past or too far."""
        if not since < on <= since + FURTHEST_PLAN * _DAY:
            raise ValueError(f"the plan's date must lie within a year after {since}, not on {on}")
        return Running(
            clock, since, self.between(since, on), on, (), self.calendar.is_provisional(on.year)
        )

    def left(self, running: Running, today: date) -> int:
        """Working days left of a clock that is paused today; at least 1, so that one can act."""
        return max(1, self.between(today, running.on))

    def between(self, first: date, last: date) -> int:
        """Working days after `first` up to and with `last`; negative if `last` is earlier."""
        if last < first:
            return -self.between(last, first)
        days = (first + n * _DAY for n in range(1, (last - first).days + 1))
        return sum(self.calendar.is_working_day(day) for day in days)

    def alarms(self, running: Running) -> tuple[Alarm, ...]:
        """Warn on the morning of the last `warn` days; then after due, after three times due."""
        first = running.on
        for _ in range(self.rules.warn - 1):
            first = self._working_day_before(first)
        thrice = self.calendar.after(running.since, running.days * AGAIN).on
        return (
            Alarm("warn", self._morning(max(first, running.since + _DAY))),
            Alarm("due", self._morning(running.on + _DAY)),
            Alarm("again", self._morning(max(thrice, running.on) + _DAY)),
        )

    def end_of(self, day: date) -> datetime:
        """The end of a day in the city: until then what is due on it is in time."""
        return datetime.combine(day + _DAY, time(), self.zone)

    def returnable_until(self, dispatched: datetime) -> datetime:
        """Until when an office may return a case: hours on days off are not counted."""
        moment = dispatched.astimezone(self.zone)
        if not self.calendar.is_working_day(moment.date()):
            moment = datetime.combine(self._next(moment.date()), time(), self.zone)
        days, hours = divmod(self.rules.return_hours, 24)
        for _ in range(days):
            moment = datetime.combine(self._next(moment.date()), moment.timetz(), self.zone)
        moment += timedelta(hours=hours)
        if not self.calendar.is_working_day(moment.date()):
            moment = datetime.combine(self._next(moment.date()), moment.timetz(), self.zone)
        return moment

    def reopenable_until(self, answered: date) -> date:
        """The last day on which a case may be re-opened, counted from the answer."""
        return self.calendar.after(answered, self.rules.reopen).on

    def _morning(self, day: date) -> datetime:
        return datetime.combine(day, MORNING, self.zone)

    def _next(self, day: date) -> date:
        return self.calendar.after(day, 1).on

    def _working_day_before(self, day: date) -> date:
        day -= _DAY
        while not self.calendar.is_working_day(day):
            day -= _DAY
        return day


def _running(clock: Clock, since: date, due: Due) -> Running:
    return Running(clock, since, due.working_days, due.on, due.skipped, due.provisional)
