"""What citizens are told of their cases: facts for the wording, and messages to their chats."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from bot.cases import Actor, CaseState, Clock, Move
from bot.store import Store
from bot.store.cases import Case, Cases
from bot.store.sqlite import Inbound
from bot.talk import Choice, EventKind, Json, Reply
from bot.wording import Message

if TYPE_CHECKING:
    from bot.desk.core import Desk

# What can be done with a case from a message about it, by state.
VERDICTS: Final = ("solved", "partly", "not")


def view(desk: Desk, store: Store, case: Case) -> Json:
    """Everything that a citizen may be told of a case, as plain data for the wording."""
    city = desk.city
    organisation = city.organisations.get(case.organisation or "")
    guide = city.guides.get(case.guide or "")
    into = Cases(store).by_id(case.merged_into) if case.merged_into else None
    return {
        "number": case.number,
        "state": case.state.value,
        "text": case.text,
        "guide": case.guide,
        "guide_name": guide.plain_name if guide else None,
        "place": case.place_name,
        "day": case.day,
        "day_on": _date(case.day, desk.moment(case.filed_at).date()),
        "amount": case.amount,
        "reachable": case.contact is not None,
        "organisation": organisation.name if organisation else case.organisation,
        "phone": organisation.phone if organisation else None,
        "due": _due(desk, case),
        "answer": case.answer,
        "code": case.code,
        "verdict": case.verdict,
        "merged_into": into.number if into else None,
        "filed_on": day(desk.moment(case.filed_at).date(), None),
        "keep_months": city.about.complaints.keep_months,
        "choices": [c.id for c in choices(case)],
        "about": {"hotline": city.about.hotline},
    }


def choices(case: Case) -> tuple[Choice, ...]:
    """What the citizen can do with a case now."""
    names = {
        CaseState.answered: tuple(f"verdict:{case.number}:{v}" for v in VERDICTS),
        CaseState.closed: (f"verdict:{case.number}:not",),
        CaseState.awaiting_citizen: (f"add:{case.number}",),
        CaseState.registered: (f"add:{case.number}", f"withdraw:{case.number}"),
        CaseState.dispatched: (f"add:{case.number}", f"withdraw:{case.number}"),
        CaseState.in_progress: (f"add:{case.number}", f"withdraw:{case.number}"),
    }.get(case.state, ())
    return tuple(choice(name) for name in names)


def choice(name: str) -> Choice:
    """A choice of the conversation `track`, labelled by its kind: `verdict:NUMBER:solved`."""
    kind, _, rest = name.partition(":")
    label = f"{kind}_{rest.rpartition(':')[2]}" if kind in ("verdict", "rate") else kind
    return Choice(f"track:{name}", key=f"track.choice_{label}")


def moved(
    desk: Desk, store: Store, case: Case, move: Move, actor: Actor, at: str, reason: str
) -> int | None:
    """Tells the citizen of a move; the row in the inbox that it hangs on."""
    key = "unmerged" if move.name == "unmerge" else f"moved_{move.target.value}"
    return tell(desk, store, case, key, actor, at, reason)


def tell(
    desk: Desk,
    store: Store,
    case: Case,
    key: str,
    actor: Actor,
    at: str,
    reason: str = "",
    offered: tuple[Choice, ...] | None = None,
) -> int | None:
    """A message to the citizen's chat, by the one door: an inbox row, then the outbox."""
    if case.anonymised_at:  # nobody is there any more
        return None
    name = f"case:{case.number}:{case.version}:{key}:{at}"
    inbound = Inbound(
        case.channel, case.chat, name, EventKind.staff.value, reason, at, sender=actor.name
    )
    row = store.receive(inbound)
    if row is None:  # told before
        return None
    found = rendered(desk, store, case, key, reason, offered)
    kept = store.chat(case.channel, case.chat)
    if kept and kept[1]:
        found = [message.traditional() for message in found]
    for message in found:
        store.queue(row, at, inbound, message.text, message.choices, message.thread)
    if kept and found[-1].choices:
        # So that `1` is understood, typed where there is nothing to tap.
        state, traditional = kept
        labels = [{"id": c, "label": label} for c, label in found[-1].choices]
        state = {**state, "slots": {**state["slots"], "offered": labels}}
        store.save_chat(case.channel, case.chat, state, traditional)
    return row


def rendered(
    desk: Desk,
    store: Store,
    case: Case,
    key: str,
    reason: str,
    offered: tuple[Choice, ...] | None = None,
) -> list[Message]:
    """The messages that a citizen reads; also the preview before staff sends them."""
    facts = view(desk, store, case)
    shown = choices(case) if offered is None else offered
    reply = Reply(f"track.{key}", {"case": facts, "reason": reason})
    return desk.wording.messages(replace(reply, choices=shown))


def _due(desk: Desk, case: Case) -> Json:
    """Until when the citizen gets an answer (or is waited for), with the count shown."""
    clocks, running = desk.city.clocks, case.running
    if running is None:
        return None
    if running.clock is Clock.dispatch:
        # The citizen is promised an answer, not a dispatch: both clocks in one.
        days = running.days + clocks.rules.answer
        shown = clocks.start(Clock.answer, running.since, days)
    elif running.days and case.state is not CaseState.deferred:
        shown = clocks.start(running.clock, running.since, running.days)
    else:
        shown = running
    return day(shown.on, running.since) | {
        "clock": running.clock.value,
        "working_days": shown.days,
        "skipped": list(shown.skipped),
        "provisional": shown.provisional,
    }


def _date(named: str | None, filed: date) -> Json:
    """A named day in parts; None if it is in the citizen's own words (上个月)."""
    try:
        return day(date.fromisoformat(named or ""), filed)
    except ValueError:
        return None


def day(of: date, since: date | None) -> dict[str, Json]:
    """A day in parts, for the wording; with its year unless that is the one of `since`."""
    return {
        "on": of.isoformat(),
        "month": of.month,
        "day": of.day,
        "weekday": of.weekday(),
        "year": of.year if since is None or of.year != since.year else None,
    }
