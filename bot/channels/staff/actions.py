"""What staff do with a case: preview it as the citizen will read it, move, assign, note."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import Request
from starlette.responses import Response

from bot.cases import CaseError, CaseState, ClosureCode
from bot.channels.staff.access import PATH, Right, SignedIn
from bot.channels.staff.case_page import CasePage
from bot.channels.staff.console import STATUS, Console, Form, back_to
from bot.desk import staff
from bot.desk.core import may_see
from bot.store import Store
from bot.store.cases import Case
from bot.store.staff import Accounts

# What a form may say beside the reason, by the state it leads to.
_GIVEN = {
    CaseState.dispatched: "organisation",
    CaseState.not_accepted: "channel",
    CaseState.merged: "into",
    CaseState.deferred: "plan",
    CaseState.answered: "code",
}


class Actions:
    """The forms of a case's page."""

    def __init__(self, console: Console, page: CasePage) -> None:
        self.console, self.site, self.page = console, console.site, page
        console.post("/cases/{number}/preview", Right.work, self.preview)
        console.post("/cases/{number}/draft", Right.work, self.draft)
        console.post("/cases/{number}/move", Right.work, self.move)
        console.post("/cases/{number}/assign", Right.work, self.assign)
        console.post("/cases/{number}/note", Right.work, self.note)

    async def preview(self, request: Request, who: SignedIn, form: Form) -> Response:
        """The very messages that the citizen will read; nothing is kept."""
        desk, number, at = self.console.desk, request.path_params["number"], self.site.at()

        def work(store: Store) -> list[str]:
            target, given = _asked(form)
            return staff.preview(
                desk, store, who.actor, number, _version(form), target, at, **given
            )

        try:
            texts = await self.console.write(work)
        except ValueError as error:
            return self._failed(request, who, form, error)
        kept = {name: form[name] for name in ("target", "version", "reason", *_GIVEN.values())
                if form.get(name)}  # fmt: skip
        return self.console.page(
            request, who, "preview.html", number=number, texts=texts, kept=kept
        )

    async def draft(self, request: Request, who: SignedIn, form: Form) -> Response:
        """Back from the preview to what was typed."""
        return self.page.render(request, who, draft=form)

    async def move(self, request: Request, who: SignedIn, form: Form) -> Response:
        """Makes the move, if the case is still as it was on the page."""
        desk, number, at = self.console.desk, request.path_params["number"], self.site.at()

        def work(store: Store) -> Case:
            target, given = _asked(form)
            return staff.move(desk, store, who.actor, number, _version(form), target, at, **given)

        try:
            case = await self.console.write(work)
        except ValueError as error:
            return self._failed(request, who, form, error)
        return back_to(f"{PATH}/cases/{number}" if may_see(who.actor, case) else PATH)

    async def assign(self, request: Request, who: SignedIn, form: Form) -> Response:
        """Names who handles the case: a handler of the organisation that has it."""
        desk, number, at = self.console.desk, request.path_params["number"], self.site.at()
        handler = form.get("handler", "")

        def work(store: Store) -> None:
            case = desk.seen(store, who.actor, number)
            if handler not in Accounts(store).handlers(case.organisation):
                raise CaseError("handler", f"{handler!r} is no handler of {case.organisation}")
            staff.assign(desk, store, who.actor, number, _version(form), at, handler=handler)

        return await self._done(request, who, form, work)

    async def note(self, request: Request, who: SignedIn, form: Form) -> Response:
        """An internal note."""
        desk, number, at = self.console.desk, request.path_params["number"], self.site.at()

        def work(store: Store) -> None:
            text = form.get("note", "")
            if not text.strip():
                raise CaseError("missing", "a note needs some words")
            staff.note(desk, store, who.actor, number, at, text)

        return await self._done(request, who, form, work)

    async def _done(self, request: Request, who: SignedIn, form: Form, work: Any) -> Response:
        try:
            await self.console.write(work)
        except ValueError as error:
            return self._failed(request, who, form, error)
        return back_to(f"{PATH}/cases/{request.path_params['number']}")

    def _failed(self, request: Request, who: SignedIn, form: Form, error: ValueError) -> Response:
        """The case as it stands now, why nothing was done, and what was typed."""
        if not isinstance(error, CaseError):
            error = CaseError("plan", str(error))
        status = 422 if error.code == "unknown" else STATUS.get(error.code, 422)
        return self.page.render(request, who, status, error.code, form)


def _asked(form: Form) -> tuple[CaseState, dict[str, Any]]:
    """The state that a form leads to, and what it gives. Raises CaseError for what is no such."""
    if form.get("target") not in set(CaseState):
        raise CaseError("no_such_move", "there is no such state")
    target = CaseState(form["target"])
    given: dict[str, Any] = {"reason": form.get("reason", "")}
    name = _GIVEN.get(target)
    if name is not None and (value := form.get(name, "").strip()):
        given[name] = _read(name, value)
    elif name in ("channel", "into", "plan"):
        raise CaseError("missing", f"to make a case {target} give {name}")
    return target, given


def _read(name: str, value: str) -> Any:
    try:
        if name == "plan":
            return date.fromisoformat(value)
        if name == "code":
            return ClosureCode(value)
    except ValueError as error:
        raise CaseError(name, f"{value!r} is no {name}") from error
    return value


def _version(form: Form) -> int:
    """The version that the page was made from; none fits what no page sent."""
    given = form.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 16 else 0
