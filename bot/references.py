"""Finds names in a city's files that lead nowhere, and guesses what was meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from bot.guide import Guide, Place, Time
from bot.source import Document, Location, Problem

if TYPE_CHECKING:
    from bot.city import City

GUIDES: Final = "services"

# Where a name stands, the name, and the names that exist.
Check = tuple[Document, Location, str, Collection[str]]


def broken(city: City) -> Iterator[Problem]:
    """Every name that does not exist, with the nearest one that does."""
    checks = [*_places(city), *_areas(city), *_words(city)]
    for guide in city.guides.values():
        checks += _guide(city, guide)
    for document, location, name, known in checks:
        if name not in known:
            yield document.problem(
                location, f"names {name!r}, which does not exist; {_near(name, known)}"
            )


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else "define it or name another."


def _places(city: City) -> Iterator[Check]:
    document, hours = city.documents["places.yaml"], city.about.hours
    yield city.documents["city.yaml"], ("centre", "hours"), city.about.centre.hours, hours
    for i, window in enumerate(city.windows.values()):
        yield document, ("windows", i, "organisation"), window.organisation, city.organisations
    for i, office in enumerate(city.offices.values()):
        yield document, ("offices", i, "organisation"), office.organisation, city.organisations
        yield document, ("offices", i, "hours"), office.hours, hours


def _areas(city: City) -> Iterator[Check]:
    document = city.documents["halls.yaml"]
    for i, hall in enumerate(city.halls.values()):
        yield document, ("halls", i, "area"), hall.area, city.areas
        yield document, ("halls", i, "hours"), hall.hours, city.about.hours
    for i, area in enumerate(city.areas.values()):
        if area.parent:
            yield document, ("areas", i, "parent"), area.parent, city.areas


def _words(city: City) -> Iterator[Check]:
    for i, word in enumerate(city.words):
        for j, named in enumerate(word.guides):
            yield city.documents["words.yaml"], ("words", i, "guides", j), named, city.guides
    for i, notice in enumerate(city.notices.values()):
        if notice.instead:
            document = city.documents["notices.yaml"]
            yield document, ("notices", i, "instead"), notice.instead, city.guides


def _guide(city: City, guide: Guide) -> Iterator[Check]:
    document = city.documents[f"{GUIDES}/{guide.id}.yaml"]
    organisation = guide.authority.organisation
    yield document, ("topic",), guide.topic, city.about.topics
    yield document, ("authority", "organisation"), organisation, city.organisations
    bases = {*guide.legal_basis, *city.about.documents}
    for location, name in _named_bases(guide):
        yield document, location, name, bases
    for i, material in enumerate(guide.materials):
        if material.guide:
            yield document, ("materials", i, "guide"), material.guide, city.guides
    for location, place in _named_places(guide):
        if place.window:
            yield document, (*location, "window"), place.window, city.windows
        if place.office:
            yield document, (*location, "office"), place.office, city.offices


def _named_bases(guide: Guide) -> Iterator[tuple[Location, str]]:
    for i, material in enumerate(guide.materials):
        yield from ((("materials", i, "basis", j), name) for j, name in enumerate(material.basis))
    for i, fee in enumerate(guide.fees):
        yield from ((("fees", i, "basis", j), name) for j, name in enumerate(fee.basis))
    if guide.free_basis:
        yield ("free_basis",), guide.free_basis
    if guide.deadline:
        yield ("deadline", "basis"), guide.deadline.basis
    for location, time in _named_times(guide):
        if time.basis:
            yield (*location, "basis"), time.basis


def _named_times(guide: Guide) -> Iterator[tuple[Location, Time]]:
    yield ("promised_time",), guide.promised_time
    if guide.statutory_time:
        yield ("statutory_time",), guide.statutory_time
    for i, situation in enumerate(guide.situations):
        for j, option in enumerate(situation.options):
            if option.promised_time:
                yield ("situations", i, "options", j, "promised_time"), option.promised_time


def _named_places(guide: Guide) -> Iterator[tuple[Location, Place]]:
    for i, place in enumerate(guide.places):
        yield ("places", i), place
    for i, situation in enumerate(guide.situations):
        for j, option in enumerate(situation.options):
            if option.place:
                yield ("situations", i, "options", j, "place"), option.place
