"""The one gate of the console: every page and form passes it, so none can forget a check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from bot.cases import CaseError
from bot.channels.staff.access import NOTED, PATH, Right, SignedIn, signed_in
from bot.channels.web import security
from bot.channels.web.site import Site
from bot.desk import Desk
from bot.store import Store
from bot.store.sessions import Sessions
from bot.store.staff import KIND

Form = Mapping[str, str]
Page = Callable[[Request, SignedIn], Awaitable[Response]]
Action = Callable[[Request, SignedIn, Form], Awaitable[Response]]

# What the bar on top offers, with the right that each page asks for.
PAGES: Final = (
    ("inbox", Right.read, PATH),
    ("topics", Right.read, f"{PATH}/topics"),
    ("figures", Right.read, f"{PATH}/figures"),
    ("gaps", Right.mend, f"{PATH}/gaps"),
    ("templates", Right.work, f"{PATH}/templates"),
    ("audit", Right.audit, f"{PATH}/audit"),
)
SIGN_IN: Final = f"{PATH}/sign-in"
# How a case error shows: what is not there, what is another's, what somebody else did meanwhile.
STATUS: Final = {"unknown": 404, "organisation": 403, "role": 403, "version": 409}


@dataclass(frozen=True)
class Route:
    """One guarded route, for whoever wants to see all of them (the tests do)."""

    method: str
    path: str
    right: Right


class Console:
    """Registers guarded routes, and shows pages to who is signed in."""

    def __init__(self, site: Site, router: APIRouter) -> None:
        self.site, self.router = site, router
        self.routes: list[Route] = []

    @property
    def desk(self) -> Desk:
        """The desk of the city as it is now."""
        return self.site.intake().desk

    def get(self, path: str, right: Right, page: Page) -> None:
        """A page for those who have `right`; others are sent to the sign-in, or away."""

        async def guarded(request: Request) -> Response:
            return await page(request, await self._enter(request, right))

        self._add("GET", path, right, guarded)

    def post(self, path: str, right: Right, action: Action) -> None:
        """A form for those who have `right`, sent from a page of their own session."""

        async def guarded(request: Request) -> Response:
            who = await self._enter(request, right)
            form = await fields(request)
            if not security.form_token_fits(who.secret, form.get("token", "")):
                raise HTTPException(403)
            return await action(request, who, form)

        self._add("POST", path, right, guarded)

    def page(
        self, request: Request, who: SignedIn, name: str, status: int = 200, **params: Any
    ) -> Response:
        """A page of the console."""
        return self.site.page(request, f"staff/{name}", status, who=who, pages=PAGES, **params)

    def refused(self, request: Request, who: SignedIn, error: CaseError) -> Response:
        """Says what could not be done, with a way back to the case."""
        return self.page(
            request,
            who,
            "refused.html",
            STATUS.get(error.code, 422),
            code=error.code,
            number=request.path_params.get("number", ""),
        )

    async def write(self, work: Callable[[Store], Any]) -> Any:
        """Work in a transaction of the writer; returns once it is committed."""
        return await self.site.worker.write(work)

    async def _enter(self, request: Request, right: Right) -> SignedIn:
        site = self.site
        now = site.now()
        who = signed_in(request, site.store, now)
        if who is None:
            # What was asked for is told to the sign-in only for pages: a form is gone anyway.
            back = request.url.path if request.method == "GET" else PATH
            raise HTTPException(303, headers={"Location": f"{SIGN_IN}?back={back}"})
        if not who.may(right):
            raise HTTPException(403)
        if now - who.seen_at > NOTED:
            at = site.at()
            await self.write(lambda store: Sessions(store).open(who.secret, KIND, who.name, at))
        return who

    def _add(
        self, method: str, path: str, right: Right, guarded: Callable[..., Awaitable[Response]]
    ) -> None:
        self.routes.append(Route(method, f"{PATH}{path}", right))
        self.router.add_api_route(f"{PATH}{path}", guarded, methods=[method])


async def fields(request: Request) -> dict[str, str]:
    """The text fields of a form; files are refused."""
    form = await request.form(max_files=0, max_fields=40)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def back_to(path: str) -> Response:
    """To a page after a form, so that a reload does not send it again."""
    return RedirectResponse(path, 303)
