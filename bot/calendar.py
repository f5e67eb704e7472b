"""Working days and due dates: holidays, make-up days, and years not yet published."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.util import find_spec, module_from_spec
from typing import Any, Final

from bot.guide import Time, Unit

_DAY: Final = timedelta(days=1)
# Hours.
_DAYS_WORK: Final = 8


@dataclass(frozen=True)
class Due:
    """When a promise falls due, and how it was counted.

    `skipped` names the holidays passed over, `provisional` says that a year was counted whose
    holidays are not published yet.
    """

    on: date
    working_days: int
    skipped: tuple[str, ...]
    provisional: bool


@lru_cache(maxsize=8)
def _holidays(country: str, language: str) -> Any:
    # Slow to import, and not needed before the first due date.
    import holidays  # noqa: PLC0415

    # The folder of countries as it is, without its __init__, which would import all 250 of them.
    if (spec := find_spec("holidays.countries")) and spec.name not in sys.modules:
        sys.modules[spec.name] = module_from_spec(spec)
    return holidays.country_holidays(country, language=language)


# Every card asks for the same days around today, some twenty of them.
@lru_cache(maxsize=4096)
def _is_working_day(country: str, language: str, day: date) -> bool:
    return bool(_holidays(country, language).is_working_day(day))


@dataclass(frozen=True)
class Calendar:
    """A country's working days, from the `holidays` package (checked against 2024-2026)."""

    country: str
    language: str

    def is_working_day(self, day: date) -> bool:
        """Whether offices work, make-up weekends included."""
        return _is_working_day(self.country, self.language, day)

    def name(self, day: date) -> str | None:
        """Name of the public holiday, if the day is one; a day off in lieu has no name."""
        holidays = _holidays(self.country, self.language)
        in_lieu = str(getattr(holidays, "substituted_label", "")).split("%s")[0]
        for name in str(holidays.get(day) or "").split(";"):
            if name.strip() and not (in_lieu and name.strip().startswith(in_lieu)):
                # The package marks observed days in brackets: 国庆节（补假）.
                return re.split(r"[（(]", name)[0].strip()
        return None

    def in_holiday(self, day: date) -> bool:
        """Whether the day lies in a stretch of days off that holds a public holiday."""
        if self.is_working_day(day):
            return False
        first = last = day
        while not self.is_working_day(first - _DAY):
            first -= _DAY
        while not self.is_working_day(last + _DAY):
            last += _DAY
        holidays = _holidays(self.country, self.language)
        return any(first + i * _DAY in holidays for i in range((last - first).days + 1))

    def is_provisional(self, year: int) -> bool:
        """Whether the year's rearranged days are not published yet, so that dates may move."""
        holidays = _holidays(self.country, self.language)
        # A country that never rearranges days has nothing to wait for.
        if not getattr(holidays, "has_substituted_holidays", False):
            return False
        return year not in holidays.special_public_holidays

    def due(self, start: date, time: Time) -> Due:
        """Due date of something handed in on `start`; that day is not counted.

        Working days run over holidays and count make-up weekends. Days are calendar days;
        hours and minutes and on-the-spot fall due on the day itself, or on the next working day.
        """
        if time.unit is Unit.working_days:
            return self.after(start, time.value or 0)
        if time.unit is Unit.days:
            end = start + timedelta(days=time.value or 0)
            return Due(end, 0, (), self.is_provisional(end.year))
        # Hours that go beyond a day's work end on a later day: no promise may read too early.
        over = max(0, (time.value or 0) - _DAYS_WORK) if time.unit is Unit.hours else 0
        end = start + math.ceil(over / 24) * _DAY
        while not self.is_working_day(end):
            end += timedelta(days=1)
        return Due(end, 0, (), self.is_provisional(end.year))

    def after(self, start: date, count: int) -> Due:
        """The day `count` working days after `start`, which is not counted."""
        day, left = start, count
        skipped: list[str] = []
        provisional = False
        while left > 0:
            day += timedelta(days=1)
            provisional = provisional or self.is_provisional(day.year)
            if self.is_working_day(day):
                left -= 1
            elif (name := self.name(day)) and name not in skipped:
                skipped.append(name)
        return Due(day, count, tuple(skipped), provisional)
