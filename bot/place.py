"""Where citizens go: organisations, offices, windows, halls, areas and opening hours."""

from __future__ import annotations

import math
import re
from datetime import datetime, time
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, StringConstraints

from bot.guide import Id, Model, Phone, Short, Text

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Mean radius in metres.
EARTH: Final = 6_371_000
_SPAN: Final = re.compile(r"^(\d{2}):(\d{2})-(\d{2}):(\d{2})$")


def _days(value: object) -> object:
    """`mon-fri` or `sat` to weekday numbers, Monday 0."""
    if not isinstance(value, str):
        return value
    first, dash, last = value.partition("-")
    if first not in _DAYS or (dash and last not in _DAYS):
        raise ValueError("write days as mon-fri or sat")
    start = _DAYS.index(first)
    end = _DAYS.index(last) if last else start
    if end < start:
        raise ValueError("write the earlier day first")
    return tuple(range(start, end + 1))


def _span(value: object) -> object:
    """`09:00-12:00` to a pair of times."""
    if not isinstance(value, str):
        return value
    found = _SPAN.match(value)
    if not found:
        raise ValueError("write times as 09:00-12:00")
    a, b, c, d = map(int, found.groups())
    start, end = time(a, b), time(c, d)
    if end <= start:
        raise ValueError("closing must come after opening")
    return start, end


Span = Annotated[tuple[time, time], BeforeValidator(_span)]


class Opening(Model):
    """Opening times on some weekdays (Monday 0)."""

    days: Annotated[tuple[int, ...], BeforeValidator(_days)]
    times: tuple[Span, ...]


class Hours(Model):
    """Opening hours of a place. `holidays` says whether it is open when offices are not."""

    openings: tuple[Opening, ...]
    holidays: bool = False

    def open_at(self, moment: datetime, working_day: bool, holiday: bool = False) -> bool:
        """Whether the place is open; a make-up Sunday counts with the hours of a Monday.

        `holiday` says that the day lies in a stretch of days off with a public holiday: then a
        place that keeps holidays is closed on its Saturday too.
        """
        if not working_day and not self.holidays and (holiday or moment.weekday() < 5):
            return False
        weekday = moment.weekday()
        if working_day and weekday >= 5:
            weekday = 0
        clock = moment.time()
        return any(
            weekday in opening.days and start <= clock < end
            for opening in self.openings
            for start, end in opening.times
        )


class Organisation(Model):
    """A body that is responsible for something (实施机构)."""

    id: Id
    name: Short
    kind: Annotated[
        str,
        StringConstraints(pattern="^(government|institution|central|mass|utility|task_group)$"),
    ]
    phone: Phone
    duty: Short


class Point(Model):
    """Coordinates in degrees, WGS 84."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]

    def metres_to(self, other: Point) -> float:
        """Distance as the crow flies, in metres, on a round earth (half a per cent off)."""
        north = math.radians(other.lat - self.lat)
        east = math.radians(other.lon - self.lon)
        shrink = math.cos(math.radians(self.lat)) * math.cos(math.radians(other.lat))
        half = math.sin(north / 2) ** 2 + shrink * math.sin(east / 2) ** 2
        return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


class Centre(Model):
    """The city's service centre (政务服务中心): one door for all windows."""

    name: Short
    address: Text
    phone: Phone
    hours: Id
    at: Point


class Window(Model):
    """A window in the centre (窗口)."""

    id: Id
    number: Short
    name: Short
    floor: Short
    organisation: Id
    can_decide: bool = True


class Office(Model):
    """A place outside the centre (办理地点); where there are several, `note` says which."""

    id: Id
    name: Short
    organisation: Id
    phone: Phone
    hours: Id
    address: Text | None = None
    note: Text | None = None


class Hall(Model):
    """A community's service hall (社区便民服务大厅)."""

    id: Id
    name: Short
    area: Id
    address: Text
    phone: Phone
    hours: Id
    at: Point


class Area(Model):
    """A district or a community in it (区、社区); `was` holds names that are gone."""

    id: Id
    name: Short
    parent: Id | None = None
    was: tuple[Short, ...] = ()
