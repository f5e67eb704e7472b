"""Which of a city's places a text names: windows, offices, halls, organisations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from bot.city import City
from bot.talk import Json

# A name's beginning stands for the name (车管所业务大厅) if it is no shorter than this.
SHORT_FORM: Final = 3
_CJK: Final = re.compile(r"[㐀-鿿]")
_NUMERALS: Final = {c: str(i) for i, c in enumerate("一二三四五六七八九", 1)}
_TENS: Final = re.compile(r"([一二三四五六七八九])?十([一二三四五六七八九])?(?=号)")


class Place(NamedTuple):
    """A place: `kind:id`, its name, and the organisation whose it is."""

    place: str
    name: str
    organisation: str | None


def place_named(city: City, text: str, prefixes: tuple[str, ...]) -> Json:
    """The place with the longest alias in the text, as plain data; None if none is named."""
    said = _with_digits(text.lower())
    aliases = _aliases(_Key(city), prefixes)
    found = [(alias, place) for alias, place in aliases if _stands_in(alias, said)]
    if not found:
        return None
    longest = max(len(alias) for alias, _ in found)
    places = {place for alias, place in found if len(alias) == longest}
    if len(places) > 1:  # as good as none: better to ask than to send it to the wrong office
        return None
    return places.pop()._asdict()


class _Key:
    """A city as a key of the cache: by identity, for a City holds dicts."""

    def __init__(self, city: City) -> None:
        self.city = city

    def __hash__(self) -> int:
        return id(self.city)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.city is self.city


@lru_cache(maxsize=4)
def _aliases(key: _Key, prefixes: tuple[str, ...]) -> tuple[tuple[str, Place], ...]:
    return tuple(
        (alias.lower(), place) for place in _places(key.city) for alias in _names(place, prefixes)
    )


def _places(city: City) -> Iterator[Place]:
    for window in city.windows.values():
        yield Place(f"window:{window.id}", window.number, window.organisation)
    for office in city.offices.values():
        yield Place(f"office:{office.id}", office.name, office.organisation)
    for hall in city.halls.values():
        yield Place(f"hall:{hall.id}", hall.name, None)
    for one in city.organisations.values():
        yield Place(f"organisation:{one.id}", one.name, one.id)


def _names(place: Place, prefixes: tuple[str, ...]) -> set[str]:
    found = {place.name}
    for prefix in prefixes:
        if place.name.startswith(prefix):
            found.add(place.name.removeprefix(prefix))
    chinese = {n for n in found if _CJK.search(n) and not place.place.startswith("window")}
    # 车管所 and 婚姻登记处: as far as the first sign that ends the name of an office.
    found |= {m[0] for n in chinese if (m := re.match(r".{2,6}?[所处局站院]", n))}
    return {n for n in found if len(n) >= SHORT_FORM}


def _stands_in(alias: str, text: str) -> bool:
    if _CJK.search(alias):
        return re.search(rf"(?<!\d){re.escape(alias)}", text) is not None
    return re.search(rf"\b{re.escape(alias)}\b", text) is not None


def _with_digits(text: str) -> str:
    """三号窗口 -> 3号窗口, 二十八号窗口 -> 28号窗口."""

    def tens(found: re.Match[str]) -> str:
        return _NUMERALS.get(found[1] or "", "1") + _NUMERALS.get(found[2] or "", "0")

    text = _TENS.sub(tens, text)
    return re.sub("([一二三四五六七八九])(?=号)", lambda m: _NUMERALS[m[1]], text)
