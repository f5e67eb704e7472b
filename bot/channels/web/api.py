"""The JSON API: ask like `doorstep ask --json`, and read the guides as data."""

from __future__ import annotations

from math import ceil
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import JSONResponse, Response

from bot.channels.web import security
from bot.channels.web.site import Site
from bot.channels.web.visitors import chat_of
from bot.store import Store
from bot.store.history import Ended, Exchange
from bot.store.sessions import Sessions, token
from bot.store.sqlite import Inbound
from bot.talk import EventKind, Facet, Outcome
from bot.wording import Message, numbered

CHANNEL: Final = "api"
PREFIX: Final = "/api/v1"


class Question(BaseModel):
    """What a client asks: a text, or a choice that an answer offered."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"oneOf": [{"required": ["text"]}, {"required": ["choice"]}]},
    )

    text: Annotated[str, Field(description="The citizen's own words.", min_length=1)] = ""
    choice: Annotated[
        str, Field(description="The id of a choice that the last answer offered.", min_length=1)
    ] = ""
    session: Annotated[
        str,
        Field(
            description="The session of the answer before; left out, a conversation begins.",
            pattern=r"^[A-Za-z0-9_-]{43}$",
        ),
    ] = ""
    message: Annotated[
        str,
        Field(
            description="The client's own id of this message: sent twice, it is one turn.",
            pattern=r"^[A-Za-z0-9_-]{1,64}$",
        ),
    ] = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Question:
        if (self.model_fields_set & {"text", "choice"}) in (set(), {"text", "choice"}):
            raise ValueError("give either text or choice")
        return self


class Offered(BaseModel):
    """Something to choose: send its id back as `choice`."""

    id: str
    label: str


class Answer(BaseModel):
    """How the turn ended. `text` holds every reply, choices numbered, as people read it."""

    session: str
    outcome: Outcome
    guide: str | None
    facet: Facet | None
    candidates: Annotated[list[str], Field(max_length=4)]
    confidence: Annotated[float, Field(ge=0, le=1)]
    text: str
    replies: Annotated[int, Field(description="Number of messages in the turn.")]
    choices: list[Offered]


class Listed(BaseModel):
    """A guide in the list."""

    id: str
    name: str
    official_name: str
    topic: str
    department: str
    url: str


class Guides(BaseModel):
    """Every guide of the city."""

    city: str
    guides: list[Listed]


class Guide(BaseModel):
    """One guide: the facts that a chat answer holds, and what each situation changes."""

    id: str
    url: str
    card: dict[str, Any]
    situations: list[dict[str, Any]]


class Problem(BaseModel):
    """Why something could not be done, and what to do instead."""

    error: str
    outcome: Outcome | None = None


def _problems(**texts: str) -> dict[int | str, dict[str, Any]]:
    return {
        int(code.removeprefix("e")): {"model": Problem, "description": text}
        for code, text in texts.items()
    }


def problem(status: int, error: str, outcome: Outcome | None = None, wait: int = 0) -> Response:
    """An answer that says what went wrong."""
    headers = {"Retry-After": str(wait)} if wait else {}
    return JSONResponse({"error": error, "outcome": outcome}, status, headers)


def router(site: Site) -> APIRouter:
    """The routes below /api/v1."""
    found = APIRouter(prefix=PREFIX, tags=["v1"])
    api = _Api(site)
    found.add_api_route(
        "/ask",
        api.ask,
        methods=["POST"],
        response_model=Answer,
        summary="Ask, and be answered",
        responses=_problems(
            e400="The body is no JSON.",
            e404="There is no such session.",
            e413="The body is too long.",
            e422="The body does not say what it should.",
            e429="Too many messages; try again after Retry-After seconds.",
        ),
    )
    found.add_api_route(
        "/guides", api.guides, methods=["GET"], response_model=Guides, summary="Every guide"
    )
    found.add_api_route(
        "/guides/{name}",
        api.guide,
        methods=["GET"],
        response_model=Guide,
        summary="One guide",
        responses=_problems(e404="There is no such guide.", e422="That is no id of a guide."),
    )
    return found


class _Api:
    def __init__(self, site: Site) -> None:
        self.site = site

    async def ask(self, question: Question, request: Request) -> Response:
        """Takes a text or a choice through a whole turn and answers with its replies."""
        site = self.site
        secret = question.session or token()
        session = Sessions(site.store).find(secret, CHANNEL)
        if question.session and (session is None or session.ended):
            return problem(404, "there is no such session; leave session out to begin anew")
        chat = session.subject if session else chat_of(secret)
        if wait := ceil(site.limits.wait(chat, security.address(request))):
            text = site.wording.text("page.rate_limited", wait=wait)
            return problem(429, text, Outcome.rate_limited, wait)
        kind = EventKind.choice if question.choice else EventKind.text
        at = site.at()
        message = question.message or token()
        said = question.choice or question.text

        def keep(store: Store) -> None:
            Sessions(store).open(secret, CHANNEL, chat, at)

        await site.worker.handle(Inbound(CHANNEL, chat, message, kind.value, said, at), keep)
        turn = site.history.turn(CHANNEL, chat, message)
        assert turn is not None  # committed just now, or when the same message came before
        site.hub.shown(heard.id for heard in turn[1].heard if not heard.sent)
        return JSONResponse(self._answer(secret, *turn).model_dump(mode="json"))

    async def guides(self, request: Request) -> Guides:
        """Names of all guides, by which they are found one by one."""
        city = self.site.book.city
        return Guides(
            city=city.about.name,
            guides=[
                Listed(
                    id=guide.id,
                    name=guide.plain_name,
                    official_name=guide.official_name,
                    topic=city.about.topics[guide.topic],
                    department=city.organisations[guide.authority.organisation].name,
                    url=f"{self.site.base_url(request)}/guides/{guide.id}",
                )
                for guide in city.guides.values()
            ],
        )

    async def guide(
        self, name: Annotated[str, InPath(pattern=r"^[a-z0-9-]{1,40}$")], request: Request
    ) -> Response:
        """Everything a citizen may be told of one guide, as of now."""
        book = self.site.book
        if not book.has_guide(name):
            return problem(404, f"there is no guide {name!r}; see {PREFIX}/guides")
        found = Guide(
            id=name,
            url=f"{self.site.base_url(request)}/guides/{name}",
            card=book.card(name, {}, self.site.at()),
            situations=book.situations(name, self.site.at()),
        )
        return JSONResponse(found.model_dump(mode="json"))

    def _answer(self, secret: str, ended: Ended, exchange: Exchange) -> Answer:
        book = self.site.book
        last = exchange.heard[-1].choices if exchange.heard else ()
        return Answer(
            session=secret,
            outcome=Outcome(ended.outcome),
            guide=ended.guide,
            facet=Facet(ended.facet) if ended.facet else None,
            candidates=[c for c in ended.candidates if book.has_guide(c)],
            confidence=round(min(max(ended.confidence, 0.0), 1.0), 4),
            text="\n\n".join(numbered(Message(h.text, h.choices)) for h in exchange.heard),
            replies=len(exchange.heard),
            choices=[Offered(id=name, label=label) for name, label in last],
        )
