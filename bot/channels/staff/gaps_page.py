"""Gaps: questions without a good answer in clusters, and one click from there to a patch."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from bot import patch, privacy
from bot.channels.staff import mending
from bot.channels.staff.access import PATH, Right, SignedIn
from bot.channels.staff.console import Console, Form, back_to
from bot.channels.web import security
from bot.gaps import Cluster, clusters
from bot.store import Store
from bot.store.gaps import Gaps
from bot.store.staff import Audit
from bot.text import clean

SHOWN: Final = 40
STUB_ASKS: Final = 30
# Questions whose meaning is looked at for the first time in one load of the page: a second or two.
LOOKED_AT: Final = 60


class GapsPage:
    """The pages below /staff/gaps."""

    def __init__(self, console: Console) -> None:
        self.console, self.site = console, console.site
        console.get("/gaps", Right.mend, self.show)
        console.get("/gaps/{cluster}/stub", Right.mend, self.stub)
        console.post("/gaps/{cluster}/patch", Right.mend, self.propose)
        console.post("/gaps/{cluster}/write", Right.mend, self.write)
        console.post("/gaps/{cluster}/done", Right.mend, self.done)

    async def show(self, request: Request, who: SignedIn) -> Response:
        """Every open cluster, the largest first."""
        return await self._page(request, who)

    async def stub(self, request: Request, _who: SignedIn) -> Response:
        """A new guide to fill in, with the cluster's questions."""
        cluster = await self._cluster(request)
        asks = [text for text, _ in cluster.texts][:STUB_ASKS]
        text = patch.stub(asks[0], asks, self.site.now().date().isoformat())
        return PlainTextResponse(text, headers=security.download(f"guide-{cluster.id}.yaml"))

    async def propose(self, request: Request, who: SignedIn, form: Form) -> Response:
        """The diff, and what lint says of it; nothing is written."""
        cluster = await self._cluster(request)
        try:
            proposal = await asyncio.to_thread(self._proposal, form)
        except patch.PatchError as error:
            return await self._page(request, who, 422, str(error))
        return self.console.page(request, who, "patch.html", cluster=cluster, proposal=proposal)

    async def write(self, request: Request, who: SignedIn, form: Form) -> Response:
        """Writes it into the guide; the city is loaded anew within seconds."""
        cluster = await self._cluster(request)
        try:
            proposal = await asyncio.to_thread(self._proposal, form)
            if not proposal.writable or proposal.mark != form.get("mark"):
                return self.console.page(
                    request, who, "patch.html", 409, cluster=cluster, proposal=proposal
                )
            await asyncio.to_thread(mending.write, self.site.settings.city, proposal)
        except (patch.PatchError, mending.ChangedError, OSError) as error:
            return await self._page(request, who, 422, str(error))
        data: Any = {"field": proposal.field, "text": proposal.text}
        await self._handled(who, cluster, "guide_patched", proposal.guide, data)
        return back_to(f"{PATH}/gaps")

    async def done(self, request: Request, who: SignedIn, _form: Form) -> Response:
        """Nothing to mend here."""
        cluster = await self._cluster(request)
        await self._handled(who, cluster, "gap_dismissed", cluster.texts[0][0], {})
        return back_to(f"{PATH}/gaps")

    def _proposal(self, form: Form) -> mending.Proposal:
        guide, field = form.get("guide", ""), form.get("field", "")
        text = privacy.mask(clean(form.get("text", ""))).strip()
        # The guide's id is looked up, never used as a path as it came.
        if guide not in self.site.book.city.guides or field not in patch.FIELDS or not text:
            raise patch.PatchError("choose a guide, a list, and write some words")
        today = self.site.now().date()
        return mending.propose(self.site.settings.city, guide, field, text, today)

    async def _handled(
        self, who: SignedIn, cluster: Cluster, event: str, subject: str, data: Any
    ) -> None:
        at, inboxes = self.site.at(), [q.inbox for q in cluster.questions]

        def work(store: Store) -> None:
            Gaps(store).handle(inboxes, at, who.name, event)
            Audit(store).add(at, who.actor, event, subject, data)

        await self.console.write(work)

    async def _clusters(self, new: int = 0) -> list[Cluster]:
        """Off the loop. A form is taken by what its page knew: only pages look at new texts."""

        def gathered() -> list[Cluster]:
            questions = Gaps(self.site.store).open()
            newest = sorted(questions, key=lambda q: -q.inbox)
            return clusters(questions, self.site.meant((q.text for q in newest), new))

        return await asyncio.to_thread(gathered)

    async def _cluster(self, request: Request) -> Cluster:
        wanted = request.path_params["cluster"]
        for cluster in await self._clusters():
            if str(cluster.id) == wanted:
                return cluster
        raise HTTPException(404)

    async def _page(
        self, request: Request, who: SignedIn, status: int = 200, problem: str = ""
    ) -> Response:
        found = await self._clusters(LOOKED_AT)
        return self.console.page(
            request,
            who,
            "gaps.html",
            status,
            clusters=found[:SHOWN],
            total=sum(len(one.questions) for one in found),
            more=max(0, len(found) - SHOWN),
            guides=self.site.book.city.guides,
            problem=problem,
        )
