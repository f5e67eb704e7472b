"""The chat page: as a plain form, and for the page's script as JSON and an event stream."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from fastapi import APIRouter, Request
from fastapi.sse import format_sse_event
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.channels.web import files, security, view
from bot.channels.web.hub import CHANNEL
from bot.channels.web.site import Site
from bot.channels.web.visitors import FRAME, PAGE, Door, Visitor
from bot.channels.web.voice import Voice
from bot.store.history import Exchange
from bot.store.sessions import token
from bot.store.sqlite import Inbound, Store
from bot.talk import EventKind, Json, Outcome

SUGGESTIONS: Final = 5
# The commands that the page takes, typed like in other chats; what is longer is a text.
_COMMAND: Final = re.compile(
    r"/(?:(start|help|complain|mine)|language(?:\s+([A-Za-z-]{2,8}))?)", re.ASCII
)
_MESSAGE: Final = re.compile(r"[\w-]{8,64}", re.ASCII)


@dataclass(frozen=True)
class Refused:
    """Why something said was not taken in; `key` is the wording for it."""

    status: int
    key: str
    wait: int = 0
    code: str = ""

    @classmethod
    def file(cls, code: str) -> Refused:
        """A file that cannot be added to a complaint."""
        return cls(files.status(code), "track.file_refused", code=code)


def router(site: Site) -> APIRouter:
    """The routes of the page and of its twin within a frame."""
    found = APIRouter(include_in_schema=False)
    for door in (PAGE, FRAME):
        _Chat(site, door).add_to(found)
    return found


def routes(site: Site) -> list[Route]:
    """The routes for files, whose bodies may be larger than any other."""
    found = []
    for door in (PAGE, FRAME):
        chat = _Chat(site, door)
        for path, act in (("/file", chat.submit_file), ("/file/say", chat.say_file)):
            found.append(Route(f"{door.base}{path}", act, methods=["POST"]))
    return found


async def speak(
    site: Site,
    visitor: Visitor,
    message: str,
    text: str,
    kind: EventKind = EventKind.text,
    data: Mapping[str, Json] | None = None,
) -> None:
    """Takes what a visitor said through the one door.

    `message` is the page's own id of it: the same thing sent twice is one turn, while another
    text from a page that the browser kept in its memory is not lost.
    """
    said = f"{kind} {text} {data or ''}".rstrip()
    mark = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:12]
    at = site.at()

    def also(store: Store) -> None:
        visitor.keep(store, at)

    name = f"{message}:{mark}"
    await site.worker.handle(
        Inbound(CHANNEL, visitor.chat, name, kind.value, text, at, data=data or {}), also
    )


class _Chat:
    """The chat behind one door."""

    def __init__(self, site: Site, door: Door) -> None:
        self.site, self.door = site, door

    def add_to(self, router: APIRouter) -> None:
        door = self.door
        router.add_api_route(door.path, self.show, methods=["GET"])
        router.add_api_route(door.path, self.submit, methods=["POST"])
        router.add_api_route(f"{door.base}/say", self.say, methods=["POST"])
        router.add_api_route(f"{door.base}/events", self.events, methods=["GET"])
        router.add_api_route(f"{door.base}/suggest", self.suggest, methods=["GET"])

    async def show(self, request: Request, ask: str = "", before: str = "") -> Response:
        """The page with the conversation; `ask` is a guide to begin with.

        `before` is a reply: then what came before it, to read only.
        """
        book = self.site.book
        if earlier := _number(before):
            return self._earlier(request, earlier)
        draft = book.guide_name(ask) if book.has_guide(ask) else ""
        return self._page(
            request, self.door.visitor(request, self.site.store, self.site.https), draft=draft
        )

    async def submit(self, request: Request) -> Response:
        """A form sent without a script: takes it in and shows the page anew."""
        visitor = self.door.visitor(request, self.site.store, self.site.https)
        form = await request.form(max_files=0, max_fields=10)
        if refused := await self._take(request, visitor, form):
            return self._page(request, visitor, refused, _field(form, "text"))
        return self._anew()

    async def say(self, request: Request) -> Response:
        """The same for the page's script, which hears the replies in the answer too."""
        visitor = self.door.visitor(request, self.site.store, self.site.https)
        form = await request.form(max_files=0, max_fields=10)
        refused = await self._take(request, visitor, form)
        return self._refusal(visitor, refused) if refused else self._heard(visitor, form)

    async def submit_file(self, request: Request) -> Response:
        """A photo or paper for the open complaint, sent without a script."""
        visitor = self.door.visitor(request, self.site.store, self.site.https)
        refused, _ = await self._take_file(request, visitor)
        return self._page(request, visitor, refused) if refused else self._anew()

    async def say_file(self, request: Request) -> Response:
        """The same for the page's script."""
        visitor = self.door.visitor(request, self.site.store, self.site.https)
        refused, form = await self._take_file(request, visitor)
        return self._refusal(visitor, refused) if refused else self._heard(visitor, form)

    async def events(self, request: Request, after: str = "0") -> Response:
        """Every reply behind `after` (or the header Last-Event-ID), and each one to come."""
        visitor = self.door.visitor(request, self.site.store, self.site.https)
        if visitor.fresh:
            return Response(status_code=204)  # tells a browser not to come back
        start = _number(request.headers.get("Last-Event-ID") or after)
        return StreamingResponse(
            self._stream(visitor.chat, start),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )

    async def suggest(self, q: str = "") -> Response:
        """What may be meant while the citizen still types."""
        book = self.site.book
        names = [book.matter_name(i) for i in self.site.suggest(q, SUGGESTIONS)]
        return JSONResponse(names)

    def _anew(self) -> Response:
        return RedirectResponse(f"{self.door.path}#newest", 303)

    def _heard(self, visitor: Visitor, form: FormData) -> Response:
        """What the page's script does not show yet, and whether there is a use for files now."""
        entries = self._news(visitor.chat, _number(_field(form, "after")))
        return JSONResponse({"entries": entries, "files": files.wanted(self.site, visitor)})

    def _refusal(self, visitor: Visitor, refused: Refused) -> Response:
        body = {"outcome": None, "text": _why(self._voice(visitor), refused)}
        if refused.status == 429:
            body["outcome"] = Outcome.rate_limited.value
        headers = {"Retry-After": str(refused.wait)} if refused.wait else {}
        return JSONResponse(body, refused.status, headers)

    def _voice(self, visitor: Visitor) -> Voice:
        return self.site.voice("" if visitor.fresh else visitor.chat)

    async def _take_file(
        self, request: Request, visitor: Visitor
    ) -> tuple[Refused | None, FormData]:
        """Takes a form with a file. Who has no open complaint is not even read."""
        if not files.wanted(self.site, visitor):
            return Refused.file("unknown"), FormData()
        form = await request.form(max_files=1, max_fields=5)
        refused = self._unwelcome(request, visitor, form)
        if refused is None and (
            code := await files.take(self.site, visitor, _field(form, "message"), form)
        ):
            refused = Refused.file(code)
        return refused, form

    def _unwelcome(self, request: Request, visitor: Visitor, form: FormData) -> Refused | None:
        """Whether a form is none of our page's, or comes too soon after the one before."""
        ours = visitor.may_send(_field(form, "token"))
        if not ours or not _MESSAGE.fullmatch(_field(form, "message")):
            return Refused(403, "page.expired")
        if wait := self.site.limits.wait(visitor.chat, security.address(request)):
            return Refused(429, "page.rate_limited", ceil(wait))
        return None

    async def _take(self, request: Request, visitor: Visitor, form: FormData) -> Refused | None:
        """Takes a form through the door, or says why not."""
        message, choice = _field(form, "message"), _field(form, "choice")
        text = choice or _field(form, "text")
        if not text.strip() and visitor.may_send(_field(form, "token")):
            return Refused(422, "page.empty")
        if refused := self._unwelcome(request, visitor, form):
            return refused
        if not choice and (command := _COMMAND.fullmatch(text.strip())):
            name, language = command[1] or "language", command[2]
            data = {"argument": language.lower()} if language else {}
            await speak(self.site, visitor, message, name, EventKind.command, data)
        else:
            kind = EventKind.choice if choice else EventKind.text
            await speak(self.site, visitor, message, text, kind)
        return None

    def _earlier(self, request: Request, before: int) -> Response:
        """An earlier part of the conversation: nothing is open there, and nothing comes."""
        site, visitor = self.site, self.door.visitor(request, self.site.store, self.site.https)
        exchanges, more = (
            ([], False) if visitor.fresh else (site.history.page(CHANNEL, visitor.chat, before))
        )
        voice = self._voice(visitor)
        return site.page(
            request,
            "earlier.html",
            voice=voice,
            door=self.door,
            entries=[replace(entry, choices=()) for entry in view.bubbles(exchanges)],
            earlier=_first(exchanges) if more else 0,
            welcome=voice.welcome(site.book.about()),
        )

    def _page(
        self,
        request: Request,
        visitor: Visitor,
        refused: Refused | None = None,
        draft: str = "",
    ) -> Response:
        site, voice = self.site, self._voice(visitor)
        exchanges, more = (
            ([], False) if visitor.fresh else (site.history.page(CHANNEL, visitor.chat))
        )
        site.hub.shown(h.id for e in exchanges for h in e.heard if not h.sent)
        entries = view.with_open_choices(view.bubbles(exchanges))
        response = site.page(
            request,
            "chat.html",
            refused.status if refused else 200,
            voice,
            door=self.door,
            token=visitor.form_token,
            message=token(),
            entries=entries,
            earlier=_first(exchanges) if more else 0,
            cursor=max((h.id for e in exchanges for h in e.heard), default=0),
            notice=_why(voice, refused) if refused else "",
            files=files.wanted(site, visitor),
            draft=draft,
            welcome=voice.welcome(site.book.about()),
            topics=site.book.city.about.topics,
        )
        if refused and refused.wait:
            response.headers["Retry-After"] = str(refused.wait)
        self.door.remember(response, visitor, site.https)
        return response

    def _news(self, chat: str, after: int) -> list[dict[str, object]]:
        exchanges = self.site.history.after(CHANNEL, chat, after)
        self.site.hub.shown(h.id for e in exchanges for h in e.heard if not h.sent)
        voice = self.site.voice(chat)
        return [
            view.payload(entry, self.site.render("entry.html", voice, entry=entry))
            for entry in view.bubbles(exchanges)
        ]

    async def _stream(self, chat: str, after: int) -> AsyncIterator[bytes]:
        hub = self.site.hub
        with hub.listening(chat) as bell:
            yield format_sse_event(retry=2000)
            while True:
                for entry in self._news(chat, after):
                    after = max(after, int(str(entry["heard"])))
                    number = str(entry["heard"]) if entry["heard"] else None
                    yield format_sse_event(
                        data_str=json.dumps(entry, ensure_ascii=False), id=number
                    )
                if not await hub.wait(bell):
                    yield format_sse_event(comment="still here")


def _first(exchanges: list[Exchange]) -> int:
    """Number of the oldest reply among them."""
    return min((h.id for e in exchanges for h in e.heard), default=0)


def _why(voice: Voice, refused: Refused) -> str:
    return voice.text(refused.key, wait=refused.wait, code=refused.code).strip()


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _number(text: str) -> int:
    """A reply's number; what is none stands for the beginning."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
