"""Loads a city's folder into one frozen City: its guides, places, words and notices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationError

from bot import source
from bot.calendar import Calendar
from bot.guide import Guide, Id, Label, Model, Phone, Place, Short, Text
from bot.place import Area, Centre, Hall, Hours, Office, Organisation, Window
from bot.source import Document, Location, Problem, SourceError

M = TypeVar("M", bound=BaseModel)

GUIDES: Final = "services"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError) as error:
        raise ValueError("is not a time zone such as Asia/Shanghai") from error
    return name


class Emergency(Model):
    """A number for a crisis of one kind, shown at once."""

    kind: Id
    phone: Phone
    name: Short


class About(Model):
    """What the city is (city.yaml). `documents` are city papers that a basis may name."""

    id: Id
    name: Short
    language: Annotated[str, StringConstraints(pattern="^[a-z]{2}$")]
    disclaimer: Text
    time_zone: Annotated[str, AfterValidator(_zone)]
    calendar: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
    holiday_language: str = "en_US"
    hotline: Phone
    topics: dict[Id, Label]
    documents: dict[Id, Short]
    hours: dict[Id, Hours]
    centre: Centre
    emergencies: tuple[Emergency, ...]


class Word(Model):
    """An everyday word for an official one (日常用语).

    `guides` are the services it may mean; with more than one the bot asks back.
    """

    everyday: Short
    official: Short
    guides: tuple[Id, ...] = ()
    note: Short | None = None


class Notice(Model):
    """A matter without a guide: cancelled or suspended here, or handled elsewhere (取消、暂停、不归本市)."""

    id: Id
    kind: Annotated[str, StringConstraints(pattern="^(cancelled|suspended|elsewhere)$")]
    name: Short
    says: Annotated[tuple[Short, ...], Field(min_length=1)]
    asks: Annotated[tuple[Text, ...], Field(min_length=1)]
    text: Text
    who: Short | None = None
    phone: Phone | None = None
    document: Short | None = None
    decided_on: date | None = None
    instead: Id | None = None


class _Organisations(Model):
    organisations: tuple[Organisation, ...]


class _Places(Model):
    windows: tuple[Window, ...]
    offices: tuple[Office, ...]


class _Halls(Model):
    areas: tuple[Area, ...]
    halls: tuple[Hall, ...]


class _Words(Model):
    words: tuple[Word, ...]


class _Notices(Model):
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class City:
    """Everything a city knows, checked and frozen. Built by `load`, never changed."""

    about: About
    guides: dict[str, Guide]
    organisations: dict[str, Organisation]
    windows: dict[str, Window]
    offices: dict[str, Office]
    areas: dict[str, Area]
    halls: dict[str, Hall]
    words: tuple[Word, ...]
    notices: dict[str, Notice]
    documents: dict[str, Document]

    @cached_property
    def calendar(self) -> Calendar:
        """The city's working days."""
        return Calendar(self.about.calendar, self.about.holiday_language)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.about.time_zone)

    def basis(self, guide: Guide, key: str) -> str:
        """The document or law that `key` names in `guide`, with its article."""
        if law := guide.legal_basis.get(key):
            return f"{law.law}{law.article or ''}"
        return self.about.documents[key]


@dataclass
class _Loader:
    """Reads files one by one and gathers every problem, so that an author mends all at once."""

    folder: Path
    problems: list[Problem]
    documents: dict[str, Document]

    def model(self, name: str, model: type[M]) -> M | None:
        try:
            document = source.read(self.folder / name, f"{self.folder.name}/{name}")
        except SourceError as error:
            self.problems.extend(error.problems)
            return None
        self.documents[name] = document
        return self.checked(document, model)

    def checked(self, document: Document, model: type[M]) -> M | None:
        try:
            return model.model_validate(document.data)
        except ValidationError as error:
            self.problems.extend(
                document.problem(tuple(one["loc"]), _advice(one)) for one in error.errors()
            )
            return None

    def listed(self, name: str, model: type[M], key: str) -> dict[str, Any]:
        loaded = self.model(name, model)
        if loaded is None:
            return {}
        items: dict[str, Any] = {}
        for index, item in enumerate(getattr(loaded, key)):
            if item.id in items:
                document = self.documents[name]
                message = f"id {item.id!r} is used twice; rename one."
                self.problems.append(document.problem((key, index, "id"), message))
            items[item.id] = item
        return items


def load(folder: Path) -> City:
    """Loads and checks a city folder.

    Raises SourceError with every problem of every file: `file:line: field: what and remedy`.
    """
    loader = _Loader(folder, [], {})
    if not (folder / "city.yaml").is_file():
        message = "is not a city folder: it has no city.yaml. Name the folder that holds it."
        raise SourceError([Problem(str(folder), 1, "", message)])
    about = loader.model("city.yaml", About)
    organisations = loader.listed("organisations.yaml", _Organisations, "organisations")
    windows = loader.listed("places.yaml", _Places, "windows")
    offices = loader.listed("places.yaml", _Places, "offices")
    areas = loader.listed("halls.yaml", _Halls, "areas")
    halls = loader.listed("halls.yaml", _Halls, "halls")
    notices = loader.listed("notices.yaml", _Notices, "notices")
    words = loader.model("words.yaml", _Words)
    guides = _guides(loader)
    if about is None or words is None:
        raise SourceError(_unique(loader.problems))
    city = City(
        about=about,
        guides=guides,
        organisations=organisations,
        windows=windows,
        offices=offices,
        areas=areas,
        halls=halls,
        words=words.words,
        notices=notices,
        documents=loader.documents,
    )
    if not loader.problems:
        loader.problems.extend(_broken_references(city))
    if loader.problems:
        raise SourceError(_unique(loader.problems))
    return city


def _guides(loader: _Loader) -> dict[str, Guide]:
    guides: dict[str, Guide] = {}
    for path in sorted((loader.folder / GUIDES).glob("*.y*ml")):
        guide = loader.model(f"{GUIDES}/{path.name}", Guide)
        if guide is None:
            continue
        if guide.id != path.stem:
            document = loader.documents[f"{GUIDES}/{path.name}"]
            message = f"is {guide.id!r} in a file named {path.name}; let them agree."
            loader.problems.append(document.problem(("id",), message))
        guides[guide.id] = guide
    if not guides and not loader.problems:
        name = f"{loader.folder.name}/{GUIDES}"
        loader.problems.append(Problem(name, 1, "", "holds no guide; write one."))
    return guides


def _unique(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(set(problems))


def _advice(error: Any) -> str:
    """Pydantic's finding in an author's words, with a remedy."""
    kind, context = error["type"], error.get("ctx", {})
    simple = {
        "missing": "is missing; write it.",
        "extra_forbidden": "is not a field here; check the spelling or delete it.",
        "bool_parsing": "must be true or false.",
        "too_short": "holds too few entries; add some.",
        "too_long": "holds too many entries; take some away.",
        "string_too_short": "is empty; write it or delete the field.",
    }
    if kind in simple:
        return simple[kind]
    if kind == "enum":
        return f"must be {context['expected']}."
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters; make it shorter."
    if kind == "string_pattern_mismatch":
        return f"{error['input']!r} does not look right; write it like {context['pattern']}."
    return f"{error['msg'].removeprefix('Value error, ')}; got {str(error['input'])[:60]!r}."


def _broken_references(city: City) -> Iterable[Problem]:
    yield from _city_references(city)
    for guide in city.guides.values():
        yield from _guide_references(city, guide)


def _city_references(city: City) -> Iterable[Problem]:
    places = city.documents["places.yaml"]
    halls = city.documents["halls.yaml"]
    checks: list[tuple[Document, Location, str, Iterable[str]]] = [
        (city.documents["city.yaml"], ("centre", "hours"), city.about.centre.hours, city.about.hours)
    ]
    for i, window in enumerate(city.windows.values()):
        at = ("windows", i, "organisation")
        checks.append((places, at, window.organisation, city.organisations))
    for i, office in enumerate(city.offices.values()):
        at = ("offices", i, "organisation")
        checks.append((places, at, office.organisation, city.organisations))
        checks.append((places, ("offices", i, "hours"), office.hours, city.about.hours))
    for i, hall in enumerate(city.halls.values()):
        checks.append((halls, ("halls", i, "area"), hall.area, city.areas))
        checks.append((halls, ("halls", i, "hours"), hall.hours, city.about.hours))
    for i, area in enumerate(city.areas.values()):
        if area.parent:
            checks.append((halls, ("areas", i, "parent"), area.parent, city.areas))
    for i, word in enumerate(city.words):
        for j, named in enumerate(word.guides):
            at_guide = ("words", i, "guides", j)
            checks.append((city.documents["words.yaml"], at_guide, named, city.guides))
    for i, notice in enumerate(city.notices.values()):
        if notice.instead:
            at = ("notices", i, "instead")
            checks.append((city.documents["notices.yaml"], at, notice.instead, city.guides))
    yield from _missing(checks)


def _guide_references(city: City, guide: Guide) -> Iterable[Problem]:
    document = city.documents[f"{GUIDES}/{guide.id}.yaml"]
    bases = {*guide.legal_basis, *city.about.documents}
    checks: list[tuple[Location, str, Iterable[str]]] = [
        (("topic",), guide.topic, city.about.topics),
        (("authority", "organisation"), guide.authority.organisation, city.organisations),
    ]
    for key, items in (("materials", guide.materials), ("fees", guide.fees)):
        for i, item in enumerate(items):
            checks += [((key, i, "basis", j), b, bases) for j, b in enumerate(item.basis)]
    for i, material in enumerate(guide.materials):
        if material.guide:
            checks.append((("materials", i, "guide"), material.guide, city.guides))
    for key in ("statutory_time", "promised_time", "deadline"):
        part = getattr(guide, key)
        if part is not None and part.basis:
            checks.append(((key, "basis"), part.basis, bases))
    if guide.free_basis:
        checks.append((("free_basis",), guide.free_basis, bases))
    for i, place in enumerate(guide.places):
        checks += _place_checks(city, ("places", i), place)
    for i, situation in enumerate(guide.situations):
        for j, option in enumerate(situation.options):
            at = ("situations", i, "options", j)
            if option.place:
                checks += _place_checks(city, (*at, "place"), option.place)
            if option.promised_time and option.promised_time.basis:
                checks.append(
                    ((*at, "promised_time", "basis"), option.promised_time.basis, bases)
                )
    yield from _missing([(document, *check) for check in checks])


def _place_checks(
    city: City, at: Location, place: Place
) -> list[tuple[Location, str, Iterable[str]]]:
    if place.window:
        return [((*at, "window"), place.window, city.windows)]
    if place.office:
        return [((*at, "office"), place.office, city.offices)]
    return []


def _missing(checks: Iterable[tuple[Document, Location, str, Iterable[str]]]) -> Iterable[Problem]:
    for document, location, name, known in checks:
        if name not in set(known):
            yield document.problem(location, f"names {name!r}, which does not exist; {_near(name, known)}")


def _near(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only when something is wrong

    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else "define it or name another."


def schemas() -> dict[str, Any]:
    """JSON Schemas of a city's files, for editors: `guide`, `city`, `places`, ..."""
    models: dict[str, type[BaseModel]] = {
        "guide": Guide,
        "city": About,
        "organisations": _Organisations,
        "places": _Places,
        "halls": _Halls,
        "words": _Words,
        "notices": _Notices,
    }
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **model.model_json_schema(),
        }
        for name, model in models.items()
    }
