"""The inbox: pages of cases, what is most overdue first, narrowed by filters."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from bot.cases import OPEN, Actor, CaseState, Role
from bot.channels.staff.access import PATH, Right, SignedIn
from bot.channels.staff.console import Console
from bot.desk import Desk
from bot.store import Store
from bot.store.case_list import CaseList, Filter
from bot.store.cases import Case

PAGE: Final = 50
ALL: Final = "all"
# What is in an address stays in its place, in this order.
NAMES: Final = ("q", "state", "organisation", "guide", "topic", "late", "mine")


@dataclass(frozen=True)
class Row:
    """A case as the inbox shows it. `days` is working days until due, negative when overdue."""

    case: Case
    title: str
    organisation: str
    days: int | None
    late: bool


def wanted(query: Mapping[str, str], actor: Actor, now: datetime) -> Filter:
    """The filter that an address names; what it does not understand does not narrow."""
    state = query.get("state", "")
    states = tuple(OPEN) if not state else ()
    if state in set(CaseState):
        states = (CaseState(state),)
    topic = query.get("topic", "")
    return Filter(
        states=states,
        organisation=query.get("organisation") or None,
        guide=query.get("guide") or None,
        topic=int(topic) if topic.isdecimal() and len(topic) < 16 else None,
        handler=actor.name if query.get("mine") else None,
        overdue_at=now if query.get("late") else None,
        search=query.get("q", "").strip()[:100],
    ).for_actor(actor)


def row(desk: Desk, case: Case, now: datetime) -> Row:
    """A case with what the city calls things."""
    city = desk.city
    guide, body = city.guides.get(case.guide or ""), city.organisations.get(case.organisation or "")
    running = case.running
    return Row(
        case=case,
        title=guide.plain_name if guide else "",
        organisation=body.name if body else case.organisation or "",
        days=city.clocks.between(now.date(), running.on) if running else None,
        late=case.overdue(now),
    )


class Inbox:
    """The page at /staff."""

    def __init__(self, console: Console) -> None:
        self.console, self.site = console, console.site
        console.get("", Right.read, self.show)

    async def show(self, request: Request, who: SignedIn) -> Response:
        """One page of cases."""
        now, query = self.site.now(), request.query_params
        filter_ = wanted(query, who.actor, now)
        # Off the loop: a search reads fifty thousand stories, and citizens must not wait for it.
        found = await asyncio.to_thread(self._found, self.site.store, filter_, _place(query), now)
        city = self.site.book.city
        chosen = {name: query.get(name, "") for name in NAMES}
        return self.console.page(
            request,
            who,
            "inbox.html",
            chosen=chosen,
            narrowed=any(chosen.values()),
            states=list(CaseState),
            organisations={} if who.account.role is Role.handler else city.organisations,
            guides=city.guides,
            topics=CaseList(self.site.store).topics(),
            next_page=_address(chosen, after) if (after := found.pop("after")) else "",
            first_page=_address(chosen, None) if query.get("after") else "",
            **found,
        )

    def _found(
        self, store: Store, filter_: Filter, after: tuple[str, int] | None, now: datetime
    ) -> dict[str, Any]:
        cases, desk = CaseList(store), self.console.desk
        page = cases.page(filter_, after=after, limit=PAGE)
        # Where all fit on one page they are counted already.
        whole = after is None and page.after is None
        return {
            "rows": [row(desk, case, now) for case in page.cases],
            "after": page.after,
            "count": len(page.cases) if whole else cases.count(filter_),
        }


def _place(query: Mapping[str, str]) -> tuple[str, int] | None:
    """Where a page begins, as the page before named it."""
    due, _, number = query.get("after", "").rpartition("~")
    return (due, int(number)) if number.isdecimal() and len(number) < 16 and due else None


def _address(chosen: Mapping[str, str], after: tuple[str, int] | None) -> str:
    """The page of these filters; from a place on if one is given."""
    named = {name: value for name, value in chosen.items() if value}
    more = {"after": f"{after[0]}~{after[1]}"} if after else {}
    return f"{PATH}?{urlencode({**named, **more})}"
