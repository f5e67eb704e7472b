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

from bot import references, source
from bot.calendar import Calendar
from bot.case_clock import CaseClock, Rules
from bot.guide import Guide, Id, Label, Model, Phone, Short, Text
from bot.place import Area, Centre, Hall, Hours, Office, Organisation, Window
from bot.source import Document, Problem, SourceError

M = TypeVar("M", bound=BaseModel)

GUIDES: Final = references.GUIDES


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
    complaints: Rules = Rules()


class Word(Model):
    """An everyday word for an official one (日常用语).

    `guides` are the services it may mean; with more than one the bot asks back.
    """

    everyday: Short
    official: Short
    guides: tuple[Id, ...] = ()
    note: Short | None = None


class Notice(Model):
    """A matter without a guide: cancelled, suspended, or not ours (取消、暂停、不归本市)."""

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
    def clocks(self) -> CaseClock:
        """How long a complaint may take here."""
        return CaseClock(self.about.complaints, self.calendar, self.zone)

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
        loader.problems.extend(references.broken(city))
    if loader.problems:
        raise SourceError(_unique(loader.problems))
    return city


def _guides(loader: _Loader) -> dict[str, Guide]:
    guides: dict[str, Guide] = {}
    for path in sorted((loader.folder / GUIDES).glob("*.yml")):
        name = f"{loader.folder.name}/{GUIDES}/{path.name}"
        loader.problems.append(Problem(name, 1, "", "is not named .yaml; rename it."))
    for path in sorted((loader.folder / GUIDES).glob("*.yaml")):
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
