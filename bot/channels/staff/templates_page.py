"""Templates of answers: each organisation keeps its own, the others are for everybody."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import privacy
from bot.cases import Role
from bot.channels.staff.access import PATH, Right, SignedIn
from bot.channels.staff.console import Console, Form, back_to
from bot.desk.staff import MAX_REASON
from bot.store import Store
from bot.store.answer_templates import AnswerTemplates, Template
from bot.store.staff import Audit
from bot.text import clean

# Characters of a name: it stands on a button.
NAME: Final = 20


class TemplatesPage:
    """The page /staff/templates."""

    def __init__(self, console: Console) -> None:
        self.console, self.site = console, console.site
        console.get("/templates", Right.work, self.show)
        console.post("/templates", Right.work, self.add)
        console.post("/templates/{template}/remove", Right.work, self.remove)

    async def show(self, request: Request, who: SignedIn) -> Response:
        """Those that one may use, and a form for one more."""
        return self._page(request, who)

    async def add(self, request: Request, who: SignedIn, form: Form) -> Response:
        """One more, for the own organisation; of those without one, for everybody."""
        name = clean(form.get("name", "")).strip()
        text = privacy.mask(clean(form.get("text", ""))).strip()
        if not name or not text:
            return self._page(request, who, 422, "missing", form)
        if len(name) > NAME or len(text) > MAX_REASON:
            return self._page(request, who, 422, "too_long", form)
        at, organisation = self.site.at(), who.account.organisation

        def work(store: Store) -> None:
            AnswerTemplates(store).add(name, text, organisation, who.name, at)
            Audit(store).add(at, who.actor, "template_added", name)

        await self.console.write(work)
        return back_to(f"{PATH}/templates")

    async def remove(self, request: Request, who: SignedIn, _form: Form) -> Response:
        """Takes one away that one may change."""
        at, wanted = self.site.at(), request.path_params["template"]

        def work(store: Store) -> None:
            for one in self._visible(store, who):
                if str(one.id) == wanted and _may_remove(who, one):
                    AnswerTemplates(store).remove(one.id)
                    Audit(store).add(at, who.actor, "template_removed", one.name)
                    return
            raise HTTPException(404)

        await self.console.write(work)
        return back_to(f"{PATH}/templates")

    def _visible(self, store: Store, who: SignedIn) -> list[Template]:
        templates = AnswerTemplates(store)
        own = who.account.role is Role.handler
        return templates.of(who.account.organisation) if own else templates.all()

    def _page(
        self,
        request: Request,
        who: SignedIn,
        status: int = 200,
        problem: str = "",
        draft: Form | None = None,
    ) -> Response:
        found = self._visible(self.site.store, who)
        return self.console.page(
            request,
            who,
            "templates.html",
            status,
            templates=found,
            removable={one.id for one in found if _may_remove(who, one)},
            names=self.site.book.city.organisations,
            problem=problem,
            draft={"name": "", "text": "", **(draft or {})},
        )


def _may_remove(who: SignedIn, template: Template) -> bool:
    """A handler may change the own organisation's; the others those for everybody."""
    admin = who.account.role is Role.admin
    return admin or template.organisation == who.account.organisation
