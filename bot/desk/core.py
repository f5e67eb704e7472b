"""Moves a case: checks, changes, history, timers, and the word to the citizen, all at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from bot import cases
from bot.case_clock import Running
from bot.cases import CLOCKS, Actor, CaseState, Clock, Facts, IllegalMoveError, Move, Role
from bot.city import City
from bot.desk import messages, notices
from bot.store import Store
from bot.store.case_timers import Timers
from bot.store.cases import Case, Cases, stale, utc
from bot.store.schema_cases import NEVER
from bot.vault import Vault
from bot.wording import Wording

SYSTEM: Final = Actor("system", Role.system)
CITIZEN: Final = Actor("citizen", Role.citizen)


@dataclass(frozen=True)
class Desk:
    """What every action needs. Replaced as a whole when the city is loaded anew.

    `words` are everyday words of which a check word is made. `console` is the address of the
    console of staff, empty if it is not known.
    """

    city: City
    wording: Wording
    vault: Vault
    words: tuple[str, ...] = ()
    console: str = ""

    def moment(self, at: str) -> datetime:
        """A stored moment in the city's time."""
        return datetime.fromisoformat(at).astimezone(self.city.zone)

    def seen(self, store: Store, actor: Actor, number: str) -> Case:
        """A case that `actor` may see. Raises CaseError for one of another organisation."""
        case = Cases(store).case(number)
        if not may_see(actor, case):
            raise IllegalMoveError(
                "organisation", f"case {number} is with another organisation than {actor.name}'s"
            )
        return case

    def move(
        self,
        store: Store,
        actor: Actor,
        number: str,
        version: int,
        target: CaseState,
        at: str,
        *,
        reason: str = "",
        given: Mapping[str, Any] | None = None,
        changes: Mapping[str, Any] | None = None,
        tell: bool = True,
        inbox: int | None = None,
    ) -> Case:
        """Makes one legal move; tells staff, and the citizen unless `tell` is false.

        `inbox` is the row of what asked for the move. `given` holds what the move needs beside
        the reason: organisation, channel, into, plan, verdict. Raises IllegalMoveError, or
        StaleError if the case is not `version` any more.
        """
        repository = Cases(store)
        case = self.seen(store, actor, number)
        if case.version != version:
            raise stale(case, version)
        given = {**(given or {}), "reason": reason}
        now = self.moment(at)
        move = cases.allow(case.state, target, actor, given, self._facts(repository, case, now))
        running, paused = self._clock(case, move, now.date(), given)
        values = {
            "state": target.value,
            "paused": paused,
            **self._clock_columns(running),
            **_stamps(move, actor, at, case),
            **(changes or {}),
        }
        if running != case.running:
            values["escalation"] = 0 if running and running.on >= now.date() else case.escalation
        moved = repository.change(case, values)
        if running != case.running:
            self.set_timers(store, moved, running, now)
        if tell:
            inbox = messages.moved(self, store, moved, move, actor, at, reason) or inbox
        data = {k: str(v) for k, v in given.items() if k != "reason"}
        if running:
            data |= {"clock": running.clock.value, "due_on": running.on.isoformat()}
        repository.log(
            moved, at, actor, move.name,
            source=case.state, target=target, reason=reason, data=data, inbox=inbox,
        )  # fmt: skip
        notices.moved(self, store, moved, move, actor, at, reason)
        return moved

    def possible(self, store: Store, actor: Actor, case: Case, at: str) -> list[Move]:
        """The moves that `actor` may make now if everything they need is given."""
        facts = self._facts(Cases(store), case, self.moment(at))
        found = []
        for move in cases.onward(case.state, actor.role) if may_see(actor, case) else ():
            with suppress(IllegalMoveError):
                given = dict.fromkeys(move.needs, True)
                found.append(cases.allow(move.source, move.target, actor, given, facts))
        return found

    def set_timers(self, store: Store, case: Case, running: Running | None, now: datetime) -> None:
        """Sets the alarms of a clock, but none that has rung already."""
        alarms = self.city.clocks.alarms(running) if running else ()
        rung = {"warn": any(a.kind == "warn" and a.at <= now for a in alarms)}
        rung |= {"due": case.escalation >= 1, "again": case.escalation >= 2}
        if running and running.clock not in (Clock.answer, Clock.dispatch):
            rung["again"] = True  # the system acts at due; there is nothing left to escalate
        left = tuple(a for a in alarms if not rung[a.kind])
        Timers(store).replace(case, utc(now), running.clock if running else None, left)

    def started(self, clock: Clock, now: datetime) -> dict[str, Any]:
        """The columns of a case whose clock starts now."""
        return self._clock_columns(self.city.clocks.start(clock, now.date()))

    def _facts(self, repository: Cases, case: Case, now: datetime) -> Facts:
        clocks = self.city.clocks
        dispatched, answered = case.dispatched_at, case.answered_at
        return Facts(
            now=now,
            extended=case.extended,
            returnable_until=(
                clocks.returnable_until(self.moment(dispatched)) if dispatched else None
            ),
            reopenable_until=(
                clocks.reopenable_until(self.moment(answered).date()) if answered else None
            ),
            answered_by=repository.answered_by(case),
        )

    def _clock(
        self, case: Case, move: Move, today: date, given: Mapping[str, Any]
    ) -> tuple[Running | None, str | None]:
        """The clock that runs after a move, and the answer clock that waits meanwhile."""
        clocks, running, wanted = self.city.clocks, case.running, CLOCKS.get(move.target)
        if wanted is None:
            return None, None
        if wanted is Clock.dispatch and move.name == "return" and running:
            # The clock that the citizen was told runs on: passing a case on gains nobody time.
            return clocks.start(wanted, today), json.dumps(_plain(running))
        if wanted is Clock.addition and running:
            return clocks.start(wanted, today), json.dumps({"left": clocks.left(running, today)})
        if wanted is not Clock.answer:
            return clocks.start(wanted, today), None
        if move.name == "extend" and running:
            return clocks.extend(running), None
        if move.name == "defer":
            return clocks.until(wanted, today, given["plan"]), None
        if case.paused:
            return _resumed(json.loads(case.paused), self, today), None
        if running and running.clock is Clock.answer and move.name != "reopen":
            return running, None
        return clocks.start(wanted, today), None

    def _clock_columns(self, running: Running | None) -> dict[str, Any]:
        names = ("clock", "clock_since", "clock_days", "due_on")
        if running is None:
            return dict.fromkeys(names) | {"due_at": NEVER, "provisional": 0}
        values = (running.clock.value, running.since.isoformat(), running.days)
        return dict(zip(names, (*values, running.on.isoformat()), strict=True)) | {
            "due_at": utc(self.city.clocks.end_of(running.on)),
            "provisional": int(running.provisional),
        }


def may_see(actor: Actor, case: Case) -> bool:
    """Whether an actor may see a case at all: a handler only what the own organisation has."""
    return actor.role is not Role.handler or (
        actor.organisation is not None and case.organisation == actor.organisation
    )


def _stamps(move: Move, actor: Actor, at: str, case: Case) -> dict[str, Any]:
    """What a move writes beside state and clock."""
    found: dict[str, Any] = {
        "dispatch": {"dispatched_at": at, "handler": None},
        "return": {"organisation": None, "handler": None},
        "take": {"handler": actor.name},
        "extend": {"extended": 1},
        "answer": {"answered_at": at},
        "close": {"closed_at": at},
        "withdraw": {"closed_at": at, "code": "withdrawn"},
        "refuse": {"closed_at": at},
        "merge": {"closed_at": at, "code": "merged"},
        "unmerge": {"closed_at": None, "code": None, "merged_into": None},
        "reopen": {"closed_at": None, "code": None, "round": case.round + 1, "wish_withdrawn": 0},
    }
    return dict(found.get(move.name, {}))


def _plain(running: Running) -> dict[str, Any]:
    return {
        "since": running.since.isoformat(),
        "days": running.days,
        "on": running.on.isoformat(),
        "provisional": running.provisional,
    }


def _resumed(paused: Mapping[str, Any], desk: Desk, today: date) -> Running:
    """The answer clock after a pause: as it was, or with the days that were left."""
    if "left" in paused:
        return desk.city.clocks.start(Clock.answer, today, paused["left"])
    return Running(
        Clock.answer,
        date.fromisoformat(paused["since"]),
        paused["days"],
        date.fromisoformat(paused["on"]),
        (),
        paused["provisional"],
    )
