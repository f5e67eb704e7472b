"""The endpoints below /open311/v2. A system sees the requests that it filed itself, no others."""

from __future__ import annotations

from math import ceil
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.cases import OPEN
from bot.channels.open311.formats import answer, error
from bot.channels.open311.given import GIVEN, Refused, read
from bot.channels.web import security
from bot.channels.web.site import Site
from bot.desk import citizen
from bot.desk.citizen import Caller
from bot.guide import Guide
from bot.store import Store
from bot.store.cases import Case, Cases
from bot.store.sessions import Sessions, token
from bot.store.sqlite import Inbound
from bot.talk import EventKind

CHANNEL: Final = "open311"
# Of what kind the sessions are that stand for API keys.
KIND: Final = "open311"
PATH: Final = "/open311/v2"
FORMATS: Final = ("json", "xml")
# As the standard has it.
PAGE: Final = 200


def router(site: Site) -> APIRouter:
    """The routes."""
    found = APIRouter(include_in_schema=False)
    service = _Open311(site)
    for path, endpoint, method in (
        ("/services.{form}", service.services, "GET"),
        ("/services/{code}.{form}", service.definition, "GET"),
        ("/requests.{form}", service.requests, "GET"),
        ("/requests.{form}", service.create, "POST"),
        ("/requests/{number}.{form}", service.request, "GET"),
        ("/tokens/{token}.{form}", service.token, "GET"),
    ):
        found.add_api_route(f"{PATH}{path}", endpoint, methods=[method])
    return found


class _Open311:
    def __init__(self, site: Site) -> None:
        self.site = site

    async def services(self, form: str) -> Response:
        """Every guide as something that one can complain of."""
        _known(form)
        guides = self.site.book.city.guides.values()
        return answer("services", [self._service(guide) for guide in guides], form)

    async def definition(self, code: str, form: str) -> Response:
        """One service; it has no attributes beside."""
        _known(form)
        guide = self.site.book.city.guides.get(code)
        if guide is None:
            return error(404, "there is no such service_code; see services", form)
        return answer("services", [self._service(guide)], form)

    async def requests(self, request: Request, form: str) -> Response:
        """The newest requests of the system that asks, narrowed by the standard's parameters."""
        _known(form)
        query = request.query_params
        try:
            system = self._system(request, query.get("api_key", ""))
        except Refused as refused:
            return error(refused.status, refused.description, form)
        rows = self.site.store.read(
            "SELECT number FROM cases WHERE channel = ? AND chat LIKE ? ESCAPE '\\'"
            " AND (? = '' OR filed_at >= ?) AND (? = '' OR filed_at <= ?)"
            " AND (? = '' OR guide = ?) ORDER BY id DESC LIMIT ?",
            CHANNEL,
            f"{_literal(system)}:%",
            *[value for name in ("start_date", "end_date", "service_code")
              for value in [query.get(name, "")] * 2],
            PAGE,
        )  # fmt: skip
        wanted = set(filter(None, query.get("service_request_id", "").split(",")))
        found = [self._shown(Cases(self.site.store).case(row[0])) for row in rows
                 if not wanted or row[0] in wanted]  # fmt: skip
        states = set(filter(None, query.get("status", "").split(",")))
        shown = [one for one in found if not states or one["status"] in states]
        return answer("service_requests", shown, form)

    async def request(self, request: Request, number: str, form: str) -> Response:
        """How one request stands."""
        _known(form)
        try:
            system = self._system(request, request.query_params.get("api_key", ""))
        except Refused as refused:
            return error(refused.status, refused.description, form)
        case = Cases(self.site.store).find(number)
        if case is None or not _of(system, case):
            return error(404, "there is no such service_request_id of yours", form)
        return answer("service_requests", [self._shown(case)], form)

    async def create(self, request: Request, form: str) -> Response:
        """Files a complaint; it goes the way of every other one."""
        _known(form)
        given = await request.form(max_files=0, max_fields=40)
        fields = {name: value.strip() for name, value in given.items() if isinstance(value, str)}
        try:
            system = self._system(request, fields.get("api_key", ""))
            told = read(fields, self.site.book, self.site.wording, self.site.at())
        except Refused as refused:
            return error(refused.status, refused.description, form)
        desk, at, chat = self.site.intake().desk, self.site.at(), f"{system}:{token()}"

        def work(store: Store) -> str:
            inbound = Inbound(
                CHANNEL, chat, token(), EventKind.text.value, told["text"], at, system
            )
            row = store.receive(inbound)
            assert row is not None, "a new token is no duplicate"
            caller = Caller.of(inbound, row)
            number = str(citizen.file(desk, store, caller, told)["filed"]["number"])
            citizen.finish(desk, store, caller, number)
            return number

        number = await self.site.worker.write(work)
        case = Cases(self.site.store).case(number)
        notice = {"service_request_id": number, "service_notice": self._notes(case),
                  "account_id": None}  # fmt: skip
        return answer("service_requests", [notice], form, 201)

    async def token(self, token: str, form: str) -> Response:
        """Every request has its number at once, so that no token was ever given out."""
        _known(form)
        return error(404, "no tokens are given: the answer to POST requests has the number", form)

    def _system(self, request: Request, key: str) -> str:
        """The name of the system whose key this is. Raises Refused."""
        session = Sessions(self.site.store).find(key, KIND) if key else None
        if session is None or session.ended:
            raise Refused(403, "give a valid api_key; see `doorstep open311`")
        if wait := ceil(self.site.limits.wait(session.subject, security.address(request))):
            raise Refused(429, f"too many requests; wait {wait} seconds")
        return session.subject

    def _service(self, guide: Guide) -> dict[str, Any]:
        city = self.site.book.city
        return {
            "service_code": guide.id,
            "service_name": guide.plain_name,
            "description": " ".join(guide.summary),
            "metadata": False,
            "type": "realtime",
            "keywords": ",".join(guide.says),
            "group": city.about.topics.get(guide.topic, guide.topic),
        }

    def _shown(self, case: Case) -> dict[str, Any]:
        city = self.site.book.city
        guide, body = (
            city.guides.get(case.guide or ""),
            city.organisations.get(case.organisation or ""),
        )
        history = Cases(self.site.store).history(case)
        return {
            "service_request_id": case.number,
            "status": "open" if case.state in OPEN else "closed",
            "status_notes": self._notes(case),
            "service_name": guide.plain_name if guide else None,
            "service_code": case.guide,
            "description": case.text,
            "agency_responsible": body.name if body else None,
            "service_notice": case.answer,
            "requested_datetime": case.filed_at,
            "updated_datetime": history[-1].at if history else case.filed_at,
            "expected_datetime": case.due_on,
            "address": case.place_name,
            **{name: history[0].data.get(name) for name in GIVEN if history},
        }

    def _notes(self, case: Case) -> str:
        return self.site.wording.text("staff.state", name=case.state.value)


def _known(form: str) -> None:
    if form not in FORMATS:
        raise HTTPException(404)


def _of(system: str, case: Case) -> bool:
    return case.channel == CHANNEL and case.chat.startswith(f"{system}:")


def _literal(text: str) -> str:
    for special in "\\%_":
        text = text.replace(special, f"\\{special}")
    return text
