"""Days that people name, in Chinese and English, as dates not later than today."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
_NUMERAL: Final = "[0-9]{1,2}|[一二三四五六七八九十]{1,3}"
_WEEKDAYS: Final = (
    {c: i for i, c in enumerate("一二三四五六日")}
    | {"天": 6}
    | {c: i for i, c in enumerate("1234567")}
)
_AGO: Final = {
    **dict.fromkeys(("今天", "今日", "今早", "今儿", "today", "this morning"), 0),
    **dict.fromkeys(("昨天", "昨日", "昨儿", "yesterday"), 1),
    "前天": 2,
    "大前天": 3,
}
_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_ENGLISH_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def day(text: str, today: date) -> date | None:
    """The first day that a text names exactly; None if it names none, or one to come.

    Without a year it is the latest such day: on 24 November, 7月15号 is this year's.
    """
    said = text.lower()
    for read in (_iso, _month_and_day, _english_date, _weekday, _english_weekday, _ago, _named):
        found = read(said, today)
        if found is not None:
            return found if found <= today else None
    return None


def _iso(text: str, _: date) -> date | None:
    found = re.search(r"(?<!\d)(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)", text)
    return _date(*map(int, found.groups())) if found else None


def _month_and_day(text: str, today: date) -> date | None:
    found = re.search(rf"(去年|今年)?({_NUMERAL})月({_NUMERAL})[号日]?(?!\d)", text)
    if not found:
        return None
    month, number = _number(found[2]), _number(found[3])
    if found[1]:
        return _date(today.year - (found[1] == "去年"), month, number)
    return _latest(lambda year: _date(year, month, number), today)


def _english_date(text: str, today: date) -> date | None:
    months = "|".join(_MONTHS)
    found = re.search(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({months})[a-z]*\b", text)
    parts = (found[2], found[1]) if found else None
    if found := re.search(rf"\b({months})[a-z]* (\d{{1,2}})(?:st|nd|rd|th)?\b", text):
        parts = parts or (found[1], found[2])
    if parts is None:
        return None
    month, number = _MONTHS.index(parts[0]) + 1, int(parts[1])
    return _latest(lambda year: _date(year, month, number), today)


def _weekday(text: str, today: date) -> date | None:
    found = re.search(r"(上上|上|这|本)?个?(?:周|星期|礼拜)([一二三四五六日天1-6])", text)
    if not found:
        return None
    weeks = {"上上": 2, "上": 1}.get(found[1] or "", 0)
    monday = today - today.weekday() * _DAY - weeks * 7 * _DAY
    named = monday + _WEEKDAYS[found[2]] * _DAY
    # 周三 said on a Tuesday is last week's; 这周三 then is one to come.
    return named - 7 * _DAY if named > today and not found[1] else named


def _english_weekday(text: str, today: date) -> date | None:
    found = re.search(rf"\b(last )?({'|'.join(_ENGLISH_DAYS)})[a-z]*day\b", text)
    if not found:
        return None
    back = (today.weekday() - _ENGLISH_DAYS.index(found[2])) % 7
    return today - (back or (7 if found[1] else 0)) * _DAY


def _ago(text: str, today: date) -> date | None:
    if found := re.search(rf"({_NUMERAL}|两)天(?:以)?前", text):
        return today - _number(found[1]) * _DAY
    found = re.search(r"\b(\d{1,2}) days? ago\b", text)
    return today - int(found[1]) * _DAY if found else None


def _named(text: str, today: date) -> date | None:
    names = sorted(_AGO, key=len, reverse=True)
    found = next((name for name in names if name in text), None)
    return today - _AGO[found] * _DAY if found else None


def _latest(make: Callable[[int], date | None], today: date) -> date | None:
    this_year = make(today.year)
    return make(today.year - 1) if this_year is None or this_year > today else this_year


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.replace("两", "二").rpartition("十")
    digits = {c: i for i, c in enumerate("一二三四五六七八九", 1)}
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)
