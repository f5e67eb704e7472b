"""One case: its story, the chat around it, its history, and what may be done with it now."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import Any, Final

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from bot import attachments
from bot.cases import OPEN, CaseError, Role
from bot.channels.staff.access import Right, SignedIn
from bot.channels.staff.console import Console, Form
from bot.channels.staff.inbox import row
from bot.channels.web import security
from bot.desk import staff
from bot.desk.alike import Earlier, earlier
from bot.store import Store
from bot.store.answer_templates import AnswerTemplates
from bot.store.case_list import CaseList
from bot.store.cases import Case, Cases
from bot.store.staff import Accounts, Audit
from bot.vault import VaultError

# What stands for a check word.
HIDDEN: Final = "••••"


class CasePage:
    """The pages below /staff/cases/NUMBER."""

    def __init__(self, console: Console) -> None:
        self.console, self.site = console, console.site
        console.get("/cases/{number}", Right.read, self.show)
        console.post("/cases/{number}/contact", Right.personal, self.contact)
        console.get("/cases/{number}/files/{file}", Right.read, self.file)

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The whole case."""
        return self.render(request, who)

    async def contact(self, request: Request, who: SignedIn, _form: Form) -> Response:
        """Shows how the citizen can be reached, and notes in the audit who looked."""
        desk, number, at = self.console.desk, request.path_params["number"], self.site.at()

        def work(store: Store) -> str:
            case = desk.seen(store, who.actor, number)
            Audit(store).add(at, who.actor, "contact_shown", number)
            return desk.vault.show(case.contact) if case.contact else ""

        try:
            contact = await self.console.write(work)
        except CaseError as error:
            return self.console.refused(request, who, error)
        except VaultError as error:
            raise HTTPException(500) from error
        return self.render(request, who, contact=contact)

    async def file(self, request: Request, who: SignedIn) -> Response:
        """A photo or paper that came with the case."""
        store, number = self.site.store, request.path_params["number"]
        try:
            case = self.console.desk.seen(store, who.actor, number)
        except CaseError as error:
            return self.console.refused(request, who, error)
        for one in Cases(store).attachments(case):
            if str(one["id"]) == request.path_params["file"]:
                path = self.site.settings.data / attachments.FOLDER / one["file"]
                if path.is_file():
                    kind = one["media_type"]
                    name = f"{case.number}-{one['id']}{attachments.SUFFIXES[kind]}"
                    return FileResponse(path, media_type=kind, headers=security.download(name))
        raise HTTPException(404)

    def render(
        self,
        request: Request,
        who: SignedIn,
        status: int = 200,
        problem: str = "",
        draft: Form | None = None,
        contact: str | None = None,
    ) -> Response:
        """The page; `problem` is why a form was not done, and `draft` is what was typed in it."""
        store, desk = self.site.store, self.console.desk
        try:
            case = desk.seen(store, who.actor, request.path_params["number"])
        except CaseError as error:
            return self.console.refused(request, who, error)
        repository, at = Cases(store), self.site.at()
        return self.console.page(
            request,
            who,
            "case.html",
            status,
            problem=problem,
            draft=defaultdict(str, draft or {}),
            contact=contact,
            row=row(desk, case, self.site.now()),
            case=case,
            city=desk.city,
            history=repository.history(case),
            notes=repository.notes(case),
            files=repository.attachments(case),
            chat=self._chat(case),
            moves=desk.possible(store, who.actor, case, at),
            handlers=self._handlers(who, case),
            merged=[one.number for one in staff.merged_into(store, case)],
            into=repository.by_id(case.merged_into).number if case.merged_into else "",
            alike=self._alike(who, case),
            templates=AnswerTemplates(store).of(case.organisation),
            codes=[code.value for code in staff.ANSWERS],
        )

    def _chat(self, case: Case) -> list[dict[str, Any]]:
        """The chat without check words: who knows one could judge in the citizen's name."""
        store, vault = self.site.store, self.console.desk.vault
        secret = set[str]()
        for one in Cases(store).of_chat(case.channel, case.chat):
            with suppress(VaultError):  # a lost key: the console still serves
                word = vault.show(one.word) if one.word else ""
                secret |= {word, "".join(word.split())} - {""}
        found = CaseList(store).chat_around(case)
        for said in found:
            for word in sorted(secret, key=len, reverse=True):
                said["text"] = said["text"].replace(word, HIDDEN)
        return found

    def _handlers(self, who: SignedIn, case: Case) -> list[str]:
        """Who may be named as the one who handles it."""
        if case.organisation is None or case.state not in OPEN:
            return []
        return Accounts(self.site.store).handlers(case.organisation) if who.may("work") else []

    def _alike(self, who: SignedIn, case: Case) -> list[Earlier]:
        """Earlier cases to merge into, for those who may merge."""
        return [] if who.account.role is Role.handler else earlier(self.site.store, case)
