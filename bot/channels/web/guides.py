"""The guides as pages: an index to browse and search, one page each, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import segno
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from bot.channels.web import linked, security
from bot.channels.web.chat import speak
from bot.channels.web.site import Site
from bot.channels.web.visitors import PAGE, chat_behind
from bot.channels.web.voice import Voice
from bot.guide import Guide
from bot.store.sessions import token
from bot.talk import EventKind, Json

FOUND: Final = 12
# From so many characters on a guide is printed one size smaller.
DENSER: Final = (1600, 2000, 2400)
# Guides change with the city's files, opening hours with the clock.
FRESH: Final = "public, max-age=60"


@dataclass(frozen=True)
class Shelf:
    """Guides that stand together in the index: a topic's, or a department's."""

    id: str
    name: str
    phone: str
    guides: tuple[Guide, ...]


def router(site: Site) -> APIRouter:
    """The routes below /guides."""
    found = APIRouter(include_in_schema=False)
    pages = _Pages(site)
    found.add_api_route("/guides", pages.index, methods=["GET"])
    found.add_api_route("/guides/{name}", pages.guide, methods=["GET"])
    found.add_api_route("/guides/{name}/wrong", pages.wrong, methods=["GET"])
    found.add_api_route("/guides/{name}/wrong", pages.report, methods=["POST"])
    return found


class _Pages:
    def __init__(self, site: Site) -> None:
        self.site = site

    async def index(self, request: Request, q: str = "", by: str = "topic") -> Response:
        """Every guide by topic or department, or those that fit a search."""
        book = self.site.book
        names = [i for i in self.site.suggest(q, FOUND) if book.has_guide(i)] if q else []
        by_department = by == "department"
        voice = self._voice(request)
        response = self.site.page(
            request,
            "guides.html",
            voice=voice,
            ours=True,
            asked=q,
            found=[book.city.guides[i] for i in names],
            by_department=by_department,
            shelves=self._departments() if by_department else self._topics(),
        )
        return self._fresh(request, response)

    async def guide(self, request: Request, name: str) -> Response:
        """One guide: the facts of the chat's card, for the situations that the address names."""
        self._known(name)
        site, book = self.site, self.site.book
        found = book.city.guides[name]
        chosen = _chosen(found, request.query_params)
        at, url = site.at(), f"{site.base_url(request)}/guides/{name}"
        card = book.card(name, chosen, at)
        situations = book.situations(name, at)
        voice = self._voice(request)
        response = site.page(
            request,
            "guide.html",
            voice=voice,
            ours=True,
            card=card,
            guide=found,
            chosen=chosen,
            situations=situations,
            density=_density(card, situations),
            topic=book.city.about.topics[found.topic],
            address=_address(url, chosen),
            link=lambda situation, option: _toggled(f"/guides/{name}", chosen, situation, option),
            qr=_qr(url),
            linked=linked.script(book, found, card, url),
        )
        return self._fresh(request, response)

    async def wrong(self, request: Request, name: str) -> Response:
        """Where to say that a guide is wrong."""
        return self._form(request, name)

    async def report(self, request: Request, name: str) -> Response:
        """Takes it through the one door, in the visitor's own chat: there the answer will come."""
        self._known(name)
        site = self.site
        visitor = PAGE.visitor(request, site.store, site.https)
        form = await request.form(max_files=0, max_fields=5)
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
        text = fields.get("text", "").strip()
        if not visitor.may_send(fields.get("token", "")):
            return self._form(request, name, 403, "page.expired", text)
        if not text:
            return self._form(request, name, 422, "page.empty", text)
        if wait := ceil(site.limits.wait(visitor.chat, security.address(request))):
            return self._form(request, name, 429, "page.rate_limited", text, wait)
        message = token()
        await speak(site, visitor, message, f"guide:{name}", EventKind.choice)
        await speak(site, visitor, message, "complain", EventKind.choice)
        await speak(site, visitor, message, text)
        return RedirectResponse("/#newest", 303)

    def _form(
        self,
        request: Request,
        name: str,
        status: int = 200,
        key: str = "",
        draft: str = "",
        wait: int = 0,
    ) -> Response:
        self._known(name)
        site = self.site
        visitor, voice = PAGE.visitor(request, site.store, site.https), self._voice(request)
        response = site.page(
            request,
            "wrong.html",
            status,
            voice,
            guide=site.book.city.guides[name],
            token=visitor.form_token,
            notice=voice.text(key, wait=wait) if key else "",
            draft=draft,
        )
        PAGE.remember(response, visitor, site.https)
        return response

    def _voice(self, request: Request) -> Voice:
        return self.site.voice(chat_behind(request, self.site.store, self.site.https))

    def _fresh(self, request: Request, response: Response) -> Response:
        """May be kept by anybody as long as it depends on nobody's choice of a language."""
        response.headers["Vary"] = "Cookie"
        if not chat_behind(request, self.site.store, self.site.https):
            response.headers["Cache-Control"] = FRESH
        return response

    def _known(self, name: str) -> None:
        if not self.site.book.has_guide(name):
            raise HTTPException(404)

    def _topics(self) -> list[Shelf]:
        city = self.site.book.city
        shelves = [
            Shelf(i, name, "", tuple(g for g in city.guides.values() if g.topic == i))
            for i, name in city.about.topics.items()
        ]
        return [shelf for shelf in shelves if shelf.guides]

    def _departments(self) -> list[Shelf]:
        city = self.site.book.city
        shelves = [
            Shelf(
                i,
                body.name,
                body.phone,
                tuple(g for g in city.guides.values() if g.authority.organisation == i),
            )
            for i, body in city.organisations.items()
        ]
        return [shelf for shelf in shelves if shelf.guides]


def _chosen(guide: Guide, query: Mapping[str, str]) -> dict[str, str]:
    """Situations that an address names; what the guide does not know is left out."""
    return {
        situation.id: query[situation.id]
        for situation in guide.situations
        if query.get(situation.id) in {option.id for option in situation.options}
    }


def _address(url: str, chosen: Mapping[str, str]) -> str:
    return url + ("?" + "&".join(f"{k}={v}" for k, v in chosen.items()) if chosen else "")


def _toggled(url: str, chosen: Mapping[str, str], situation: str, option: str) -> str:
    """The address with this option chosen; without it if it was."""
    others = {k: v for k, v in chosen.items() if k != situation}
    if chosen.get(situation) != option:
        others[situation] = option
    return _address(url, others)


def _density(card: Json, situations: Json) -> int:
    """How small a guide's print must be to fit one sheet: 0 for most, 3 for the longest."""
    length = _length(card) + _length(situations)
    return sum(length > step for step in DENSER)


def _length(data: Json) -> int:
    """Number of characters that are printed; the list of halls is not."""
    if isinstance(data, dict):
        return sum(_length(value) for key, value in data.items() if key != "halls")
    if isinstance(data, list):
        return sum(map(_length, data))
    return len(data) if isinstance(data, str) else 0


def _qr(url: str) -> str:
    code: Any = segno.make(url, error="m", micro=False)
    return str(code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None))
