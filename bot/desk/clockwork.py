"""What happens to a case when a timer rings: warn, escalate, or let the system move it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.cases import RUN_OUT, CaseState, Clock
from bot.desk import citizen, messages, notices
from bot.desk.core import SYSTEM, Desk
from bot.store import Store
from bot.store.case_timers import Timer, Timers
from bot.store.cases import Case, Cases

_LEVEL: Final = {"due": 1, "again": 2}


def fire(desk: Desk, store: Store, timer: Timer, now: datetime) -> bool:
    """Rings one timer within the caller's transaction; False if it rang or was taken back before.

    `now` is when it really rings, which after a downtime is later than it was due.
    """
    at = now.astimezone(desk.city.zone).isoformat(timespec="seconds")
    repository = Cases(store)
    if not Timers(store).fired(timer, at):
        return False
    case = repository.by_id(timer.case_id)
    if timer.kind == "form":
        citizen.complete(desk, store, case, at, tell=True)
    elif timer.kind == "warn":
        _warn(desk, store, case, timer, at)
    elif timer.clock in RUN_OUT:
        _run_out(desk, store, case, timer.clock, at)
    else:
        _escalate(desk, store, case, timer, at)
    return True


def wind_up(desk: Desk, store: Store, now: datetime) -> int:
    """Starts the clocks of cases that an older Doorstep logged; returns how many."""
    found = Cases(store).clockless()
    for case in found:
        changed = Cases(store).change(case, desk.started(Clock.dispatch, now))
        desk.set_timers(store, changed, changed.running, now)
    return len(found)


def _warn(desk: Desk, store: Store, case: Case, timer: Timer, at: str) -> None:
    """Whom we wait for reads it in the chat: the citizen, or staff who are linked to one."""
    inbox = None
    if timer.clock in RUN_OUT:
        inbox = messages.tell(desk, store, case, f"remind_{timer.clock}", SYSTEM, at)
    else:
        notices.rang(desk, store, case, timer.kind, timer.clock, at)
    Cases(store).log(case, at, SYSTEM, "warn", data={"clock": timer.clock.value}, inbox=inbox)


def _escalate(desk: Desk, store: Store, case: Case, timer: Timer, at: str) -> None:
    """A promise is broken: told to staff, and to the citizen it was made to.

    A late dispatch is the desk's own matter: the citizen was promised an answer.
    """
    level = _LEVEL[timer.kind]
    case = Cases(store).change(case, {"escalation": level})
    promised = timer.clock is Clock.answer
    inbox = messages.tell(desk, store, case, "overdue", SYSTEM, at) if promised else None
    data = {"clock": timer.clock.value, "level": level}
    Cases(store).log(case, at, SYSTEM, "escalate", data=data, inbox=inbox)
    notices.rang(desk, store, case, timer.kind, timer.clock, at)


def _run_out(desk: Desk, store: Store, case: Case, clock: Clock, at: str) -> None:
    target = RUN_OUT[clock]
    silent = {"verdict": "none"} if target is CaseState.closed else {}
    desk.move(store, SYSTEM, case.number, case.version, target, at, given=silent, changes=silent)
