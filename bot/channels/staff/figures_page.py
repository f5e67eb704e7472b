"""Figures per organisation, hot topics with their trend, and the board of what is overdue."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from bot import figures
from bot.cases import Actor, CaseError
from bot.channels.staff import charts
from bot.channels.staff.access import PATH, Right, SignedIn
from bot.channels.staff.console import Console, Form, back_to
from bot.channels.staff.inbox import row
from bot.desk import topics
from bot.store import Store
from bot.store.case_figures import facts
from bot.store.case_list import CaseList, Filter

PERIODS: Final = (30, 90, 365)
BOARD: Final = 20


class FiguresPage:
    """The pages /staff/figures and /staff/topics."""

    def __init__(self, console: Console) -> None:
        self.console, self.site = console, console.site
        console.get("/figures", Right.read, self.show)
        console.get("/topics", Right.read, self.topics)
        console.post("/topics", Right.gather, self.gather)
        console.post("/topics/{topic}/close", Right.gather, self.close)

    async def show(self, request: Request, who: SignedIn) -> Response:
        """Rates with their denominators, weeks, and what is overdue."""
        given = request.query_params.get("days", "")
        days = int(given) if given in map(str, PERIODS) else PERIODS[1]
        found = await asyncio.to_thread(self._figures, who.actor, days)
        return self.console.page(
            request, who, "figures.html", days=days, periods=PERIODS,
            names=self.site.book.city.organisations, share=charts.share, **found,
        )  # fmt: skip

    async def topics(self, request: Request, who: SignedIn) -> Response:
        """Open hot topics, the largest first, with eight weeks of each."""
        return await self._topics(request, who)

    async def gather(self, request: Request, who: SignedIn, form: Form) -> Response:
        """Gathers cases by their numbers."""
        desk, at = self.console.desk, self.site.at()
        numbers = form.get("numbers", "").split()[:200]

        def work(store: Store) -> None:
            topics.gather(desk, store, who.actor, numbers, at, name=form.get("name", "")[:60])

        try:
            await self.console.write(work)
        except CaseError as error:
            return await self._topics(request, who, 422, error.code)
        return back_to(f"{PATH}/topics")

    async def close(self, request: Request, who: SignedIn, _form: Form) -> Response:
        """Ends a topic; its cases go on."""
        topic, at = request.path_params["topic"], self.site.at()
        if topic.isdecimal() and len(topic) < 16:
            await self.console.write(lambda store: topics.close(store, who.actor, int(topic), at))
        return back_to(f"{PATH}/topics")

    def _figures(self, actor: Actor, days: int) -> dict[str, Any]:
        now, store = self.site.now(), self.site.store
        since = now.date() - timedelta(days=days)
        found = facts(store, actor, now, since)
        counted = figures.weeks([case.filed for case in found], now.date())
        overdue = CaseList(store).page(Filter(overdue_at=now).for_actor(actor), limit=BOARD)
        return {
            "total": figures.total(found),
            "rows": figures.figures(found),
            "weeks": counted,
            "chart": charts.columns(
                [(week.monday.isoformat(), week.count) for week in counted],
                self.site.wording.text("staff.weeks_title"),
            ),
            "overdue": [row(self.console.desk, case, now) for case in overdue.cases],
            "overdue_count": CaseList(store).count(Filter(overdue_at=now).for_actor(actor)),
        }

    async def _topics(
        self, request: Request, who: SignedIn, status: int = 200, problem: str = ""
    ) -> Response:
        found = await asyncio.to_thread(self._trends, who.actor)
        return self.console.page(
            request, who, "topics.html", status, topics=found, problem=problem,
            names=self.site.book.city.organisations,
        )  # fmt: skip

    def _trends(self, actor: Actor) -> list[dict[str, Any]]:
        """Topics that hold a case which the actor may see, with the counts of those."""
        now, store = self.site.now(), self.site.store
        filed: dict[int, list[tuple[date, bool]]] = {}
        for case in facts(store, actor, now, in_topics=True):
            if case.topic is not None:
                filed.setdefault(case.topic, []).append((case.filed, case.open))
        found = []
        for topic in CaseList(store).topics():
            if cases := filed.get(topic["id"]):
                counted = figures.weeks([day for day, _ in cases], now.date())
                chart = charts.columns(
                    [(week.monday.isoformat(), week.count) for week in counted], topic["name"]
                )
                found.append(
                    topic
                    | {"count": len(cases), "open": sum(is_open for _, is_open in cases)}
                    | {"trend": figures.trend(counted), "weeks": counted, "chart": chart}
                )
        return found
