"""Exports of cases: what the inbox shows as CSV or XLSX, each one noted in the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.channels.staff import sheets
from bot.channels.staff.access import Right, SignedIn
from bot.channels.staff.console import Console, Form
from bot.channels.staff.inbox import NAMES, wanted
from bot.channels.web import security
from bot.desk import Desk
from bot.store import Store
from bot.store.case_list import MAX_PAGE, CaseList, Filter
from bot.store.cases import Case
from bot.store.staff import Audit
from bot.vault import VaultError

COLUMNS: Final = (
    "number", "state", "guide", "organisation", "filed_at", "dispatched_at", "answered_at",
    "closed_at", "due_on", "escalation", "round", "code", "verdict", "satisfaction",
)  # fmt: skip
# What may tell who a citizen (or a colleague) is.
PERSONAL: Final = ("handler", "place_name", "day", "text", "answer", "contact")


class Exports:
    """The form below the inbox."""

    def __init__(self, console: Console) -> None:
        self.console, self.site = console, console.site
        console.post("/export", Right.read, self.export)

    async def export(self, _request: Request, who: SignedIn, form: Form) -> Response:
        """A file of every case that the filters leave, and that the one who asks may see."""
        kind, personal = form.get("format", ""), bool(form.get("personal"))
        if kind not in sheets.MEDIA:
            raise HTTPException(404)
        if personal and not who.may(Right.personal):
            raise HTTPException(403)
        site, at = self.site, self.site.at()
        filter_ = wanted(form, who.actor, site.now())
        data: Any = {name: form[name] for name in NAMES if form.get(name) and name != "q"}
        data |= {"format": kind, "personal": personal, "rows": CaseList(site.store).count(filter_)}
        # First the note, then the data: an export that nobody knows of must not be.
        await self.console.write(
            lambda store: Audit(store).add(at, who.actor, "exported", "", data)
        )
        content = await asyncio.to_thread(self._made, kind, filter_, personal)
        name = f"cases-{site.now():%Y%m%d-%H%M}.{kind}"
        return Response(content, media_type=sheets.MEDIA[kind], headers=security.download(name))

    def _made(self, kind: str, filter_: Filter, personal: bool) -> bytes:
        columns = COLUMNS + (PERSONAL if personal else ())
        make = sheets.as_csv if kind == "csv" else sheets.as_xlsx
        rows = _rows(self.site.store, self.console.desk, filter_, columns)
        return make(columns, rows)


def _rows(
    store: Store, desk: Desk, filter_: Filter, columns: tuple[str, ...]
) -> Iterator[list[Any]]:
    after = None
    while True:
        page = CaseList(store).page(filter_, after=after, limit=MAX_PAGE)
        for case in page.cases:
            yield [_value(desk, case, name) for name in columns]
        if (after := page.after) is None:
            return


def _value(desk: Desk, case: Case, name: str) -> Any:
    value = getattr(case, name)
    if name == "contact" and value:
        try:
            return desk.vault.show(value)
        except VaultError:
            return "?"
    return str(value) if name == "state" else value
