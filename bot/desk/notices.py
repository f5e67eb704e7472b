"""What staff are told of cases in their chats: facts for the wording, buttons, and whom to tell."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from bot.cases import STAFF, Actor, CaseState, Clock, Move, Role, Verdict
from bot.desk import messages
from bot.desk.alike import earlier
from bot.store import Store
from bot.store.cases import Case
from bot.store.desks import DeskChat, Desks
from bot.store.sqlite import Inbound
from bot.talk import Choice, EventKind, Json, Reply
from bot.vault import VaultError
from bot.wording import TRADITIONAL, Message

if TYPE_CHECKING:
    from bot.desk.core import Desk

# The moves that can be made in a chat; for the others there is the console.
AT_ONCE: Final[tuple[str, ...]] = ("take", "resume", "dispatch")
WITH_TEXT: Final[tuple[str, ...]] = (
    "answer", "ask_back", "extend", "return", "merge", "reopen",
)  # fmt: skip
# So much of what somebody said is shown in a notice.
SHORT: Final = 300
# So many cases are named that may be about the same facts.
ALIKE: Final = 5
# What stands for a check word.
HIDDEN: Final = "••••"
# States from which an answer may follow once somebody has taken the case on.
_ANSWERABLE: Final = frozenset(
    {CaseState.dispatched, CaseState.reopened, CaseState.awaiting_citizen, CaseState.deferred}
)


def view(desk: Desk, case: Case, at: str) -> Json:
    """What staff read of a case in a chat: no contact, no check word, nothing of another case."""
    city, moment = desk.city, desk.moment(at)
    guide = city.guides.get(case.guide or "")
    office = city.organisations.get(case.organisation or "")
    suggested = city.organisations.get(case.suggested or "")
    return {
        "number": case.number,
        "state": case.state.value,
        "text": shortened(desk, case, case.text),
        "guide_name": guide.plain_name if guide else None,
        "place": case.place_name,
        "organisation": office.name if office else case.organisation,
        "suggested": suggested.name if suggested else None,
        "handler": case.handler,
        "due": _due(desk, case, at),
        "escalation": case.escalation,
        "round": case.round,
        "wish_withdrawn": case.wish_withdrawn,
        "answer": shortened(desk, case, case.answer or ""),
        "late": case.overdue(moment),
        "console": f"{desk.console}/cases/{case.number}" if desk.console else "",
    }


def shortened(desk: Desk, case: Case, text: str) -> str:
    """What somebody said, as far as it fits a notice, without the case's check word."""
    with suppress(VaultError):  # a lost key: the desk still works
        word = desk.vault.show(case.word) if case.word else ""
        for secret in (word, "".join(word.split())):
            text = text.replace(secret, HIDDEN) if secret else text
    return text if len(text) <= SHORT else f"{text[: SHORT - 1].rstrip()}…"


def choices(desk: Desk, store: Store, actor: Actor, case: Case, at: str) -> list[Json]:
    """What `actor` may do with a case in a chat now: `id`, and `key` and `params` of the label."""
    possible = [move.name for move in desk.possible(store, actor, case, at)]
    names = [name for name in AT_ONCE if name in possible]
    if case.suggested not in desk.city.organisations and "dispatch" in names:
        names.remove("dispatch")  # which office it is the console asks
    if "merge" in possible and not alike(store, case):
        possible.remove("merge")
    if case.state in _ANSWERABLE and {"take", "resume"} & set(possible):
        possible.append("answer")  # which takes it too
    names += [name for name in WITH_TEXT if name in possible]
    names += ["note"] if actor.role in STAFF else []
    return [choice(desk, case, name) for name in (*names, "show")]


def alike(store: Store, case: Case) -> list[str]:
    """Numbers of earlier open cases that a clerk may merge into, the likeliest first."""
    return [one.number for one in earlier(store, case)[:ALIKE]]


def choice(desk: Desk, case: Case, name: str, *more: str) -> Json:
    """One choice of the conversation `inbox`, for the case as it is now."""
    office = desk.city.organisations.get(case.suggested or "")
    params = {"organisation": office.name if office else ""} if name == "dispatch" else {}
    made = ":".join(("inbox", name, case.number, str(case.version), *more))
    return {"id": made, "key": f"inbox.choice_{name}", "params": params}


# Whom to tell


def waits(desk: Desk, store: Store, case: Case, at: str) -> None:
    """The form is done, and the case waits for somebody to dispatch it."""
    _send(desk, store, case, "new", at, _clerks(store), case.text)


def moved(
    desk: Desk, store: Store, case: Case, move: Move, actor: Actor, at: str, reason: str
) -> None:
    """Tells whose turn it is after a move."""
    own_words = reason if reason not in set(Verdict) else ""
    if move.name == "dispatch":
        _send(desk, store, case, "dispatched", at, _office(store, case), case.text)
    elif move.name == "reopen":
        _send(desk, store, case, "reopened", at, _office(store, case), own_words or case.text)
    elif move.name == "return":
        _send(desk, store, case, "returned", at, _clerks(store), reason)
    elif move.name == "unmerge":
        _send(desk, store, case, "new", at, _clerks(store), case.text)
    elif move.name == "withdraw" and not case.form_open:
        _send(desk, store, case, "withdrawn", at, _clerks(store), "")
    elif move.name == "resume" and actor.role is Role.system:
        _send(desk, store, case, "resumed", at, _office(store, case), case.text)


def added(desk: Desk, store: Store, case: Case, key: str, at: str, text: str = "") -> None:
    """The citizen did something: `added` words, `attached` a file, or has a `wish` to withdraw."""
    if not case.form_open:
        to = _office(store, case) if case.organisation else _clerks(store)
        _send(desk, store, case, key, at, to, text)


def rang(desk: Desk, store: Store, case: Case, kind: str, clock: Clock, at: str) -> None:
    """A clock runs out: `warn`, `due`, or `again`, which those hear too who watch over it.

    A warning that comes too late, after a downtime, says nothing that `due` does not.
    """
    if kind == "warn" and case.overdue(desk.moment(at)):
        return
    to = _clerks(store) if clock is Clock.dispatch else _office(store, case)
    if kind == "again":
        to = to + Desks(store).of_role(Role.reviewer, Role.admin)
        to += [one for one in Desks(store).of_role(Role.clerk) if one.group]
    _send(desk, store, case, kind, at, to, case.text)


def _clerks(store: Store) -> list[DeskChat]:
    """Who dispatches, and the groups of the whole city's desk."""
    over = Desks(store).of_role(Role.reviewer, Role.admin)
    return Desks(store).of_role(Role.clerk) + [one for one in over if one.group]


def _office(store: Store, case: Case) -> list[DeskChat]:
    """Who handles the cases of the organisation that has this one, and its groups."""
    if case.organisation is None:
        return []
    return Desks(store).of_role(Role.handler, organisation=case.organisation)


def _send(
    desk: Desk, store: Store, case: Case, key: str, at: str, to: list[DeskChat], text: str
) -> None:
    """A message to each chat, once, by the one door: an inbox row, then the outbox."""
    if case.anonymised_at:
        return
    facts = {"key": key, "case": view(desk, case, at), "text": shortened(desk, case, text)}
    for one in {(chat.channel, chat.chat): chat for chat in to}.values():
        name = f"desk:{case.number}:{case.version}:{key}"
        inbound = Inbound(one.channel, one.chat, name, EventKind.staff.value, "", at)
        row = store.receive(inbound)
        if row is None:  # told before
            continue
        Desks(store).say(row, case, case.version)
        offered = choices(desk, store, acting(one), case, at)
        reply = Reply("inbox.notice", facts, tuple(Choice(**made) for made in offered))
        for message in _rendered(desk, store, one, reply):
            store.queue(row, at, inbound, message.text, message.choices, message.thread)


def acting(chat: DeskChat) -> Actor:
    """Who a chat is to the desk: in a group nobody by name."""
    actor = chat.actor
    return Actor("", actor.role, actor.organisation) if chat.group else actor


def _rendered(desk: Desk, store: Store, chat: DeskChat, reply: Reply) -> list[Message]:
    language = store.language(chat.channel, chat.chat)
    found = desk.wording.into(language).messages(reply)
    return [message.traditional() for message in found] if language == TRADITIONAL else found


def _due(desk: Desk, case: Case, at: str) -> Json:
    running, today = case.running, desk.moment(at).date()
    if running is None:
        return None
    return messages.day(running.on, today) | {
        "clock": running.clock.value,
        "left": desk.city.clocks.between(today, running.on),
        "provisional": running.provisional,
    }
