"""What every page needs: the door in, the store to read from, wording, and templates."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import jinja2
from fastapi import Request
from starlette.responses import HTMLResponse

from bot.book import Book
from bot.channels.web import security
from bot.channels.web.hub import CHANNEL, Hub
from bot.channels.web.limits import Limits
from bot.channels.web.markup import Phones, lines
from bot.channels.web.voice import Voice
from bot.gaps import Floats
from bot.intake import Intake
from bot.settings import Settings
from bot.store import Store
from bot.store.history import History
from bot.wording import Wording, bytecode
from bot.worker import Worker

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
TEMPLATES: Final = HERE / "templates"
# What a browser keeps of a citizen's wishes: not a session, and no secret.
TYPE_COOKIE: Final = "doorstep_type"
LARGE: Final = "large"


class Suggest(Protocol):
    """Ids of the guides and notices that fit an unfinished text."""

    def __call__(self, text: str, limit: int) -> list[str]:
        """The best `limit` of them, best first."""
        ...


class Meanings(Protocol):
    """Vectors of questions by text; see `bot.match.meant.Meant`. Empty without a model."""

    def __call__(self, texts: Iterable[str], new: int = ...) -> Mapping[str, Floats]:
        """At most `new` texts are looked at for the first time."""
        ...


@dataclass(frozen=True)
class Site:
    """Everything that the routes share. `store` is a connection of the web's own, for reading.

    The worker's connection is locked while it commits; a page must not wait for that.
    """

    settings: Settings
    worker: Worker
    store: Store
    intake: Callable[[], Intake]
    suggest: Suggest
    now: Callable[[], datetime]
    hub: Hub
    limits: Limits
    folders: tuple[Path, ...] = ()
    meant: Meanings = lambda _texts, new=0: {}

    @property
    def book(self) -> Book:
        """What may be read of the city as it is now."""
        return self.intake().book

    @property
    def wording(self) -> Wording:
        """The wording as it is now."""
        return self.intake().wording

    @cached_property
    def history(self) -> History:
        """What chats said and heard."""
        return History(self.store)

    @property
    def https(self) -> bool:
        """Whether citizens reach us over https."""
        return self.settings.public_url.startswith("https://")

    def at(self) -> str:
        """The time in the city, as the store keeps it."""
        return self.now().isoformat(timespec="seconds")

    def base_url(self, request: Request) -> str:
        """The address under which citizens reach us, without a slash at its end."""
        return (self.settings.public_url or str(request.base_url)).rstrip("/")

    @cached_property
    def _templates(self) -> jinja2.Environment:
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([*self.folders, TEMPLATES]),
            bytecode_cache=bytecode(self.settings.compiled),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["lines"] = lines
        environment.globals["static"] = lambda name: f"/static/{fingerprint()}/{name}"
        return environment

    def voice(self, chat: str = "") -> Voice:
        """The language of a visitor's chat; the city's own for none, and where none was chosen."""
        return Voice.of(self.wording, self.store.language(CHANNEL, chat) if chat else None)

    def render(self, name: str, voice: Voice | None = None, **params: Any) -> str:
        """A template as text. `t("page.title")` in it is wording; `phones(text)` links numbers."""
        book, voice = self.book, voice or self.voice()
        return self._templates.get_template(name).render(
            t=voice.text,
            phones=phones(book).link,
            about=book.about(),
            **params,
        )

    def page(
        self,
        request: Request,
        name: str,
        status: int = 200,
        voice: Voice | None = None,
        ours: bool = False,
        **params: Any,
    ) -> HTMLResponse:
        """A whole page. `ours` says that nothing in it is a citizen's own words."""
        html = self.render(
            name,
            voice,
            path=request.url.path,
            large=request.cookies.get(TYPE_COOKIE) == LARGE,
            nonce=security.nonce(request),
            **params,
        )
        return HTMLResponse(voice.script(html) if voice and ours else html, status)


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Changes with any static file, so that browsers may keep what they have for ever."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


@lru_cache(maxsize=2)
def _phones(numbers: frozenset[str]) -> Phones:
    return Phones(numbers)


def phones(book: Book) -> Phones:
    """The telephone numbers that the city's files vouch for."""
    return _phones(frozenset(_numbers(book)))


def _numbers(book: Book) -> Iterable[str]:
    city = book.city
    yield from (city.about.hotline, city.about.centre.phone)
    yield from (one.phone for one in city.about.emergencies)
    for places in (city.organisations, city.offices, city.halls):
        yield from (place.phone for place in places.values())
    for guide in city.guides.values():
        yield from (guide.enquiry_phone, guide.complaint_phone)
    yield from (notice.phone for notice in city.notices.values() if notice.phone)
