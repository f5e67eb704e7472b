"""Staff at work in their chats: links a chat, lists, shows, previews and makes moves.

Who acts is looked up here, from the sender, for every single effect; what a conversation says of it
counts for nothing. In a group each acts as the own account, and sees no more than the group may.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bot.cases import MOVES, OPEN, Actor, CaseError, CaseState, ClosureCode, IllegalMoveError, Role
from bot.desk import notices, staff
from bot.desk.core import Desk, may_see
from bot.store import Store
from bot.store.case_list import CaseList, Filter
from bot.store.cases import Case, Cases, Entry, stale
from bot.store.desks import Desks, Wanted
from bot.store.sqlite import Inbound
from bot.store.staff import Accounts, Audit
from bot.talk import EventKind, Json

# Who was asked for a text and writes it later than this speaks as a citizen again.
PATIENCE: Final = timedelta(minutes=30)
# So many cases and entries of a history fit a phone.
LISTED: Final = 10
ENTRIES: Final = 8
NOTE: Final = "note"
_NUMBER: Final = re.compile(r"(?<!\d)\d{8}-\d{4,6}(?!\d)")
_TARGETS: Final = {
    "take": CaseState.in_progress,
    "resume": CaseState.in_progress,
    "dispatch": CaseState.dispatched,
    "answer": CaseState.answered,
    "ask_back": CaseState.awaiting_citizen,
    "extend": CaseState.extended,
    "return": CaseState.returned,
    "merge": CaseState.merged,
    "reopen": CaseState.reopened,
}

Act = Callable[[Mapping[str, Any]], Json]


def mark(desk: Desk, store: Store, inbox: int, inbound: Inbound) -> Json | None:
    """What an event has to do with the desk; None for everybody who is not of it.

    `linked` says whether the sender is of staff: in a group that is a desk not everybody is.
    `about` is there if a text answers a message about a case: its `number`, the move that is
    `wanted`, and whether it came `bare`, as the next message and not as a reply.
    """
    desks, group = Desks(store), bool(inbound.data.get("group"))
    actor = desks.member(inbound.channel, inbound.sender)
    if group:
        here = desks.chat(inbound.channel, inbound.chat)
        if here is None or not here.group:
            return None
    elif actor is None:
        return None
    found: dict[str, Json] = {"linked": actor is not None}
    if inbound.kind == EventKind.text:
        row, bare = inbound.data.get("answers"), False
        if row is None and not group:
            since = (desk.moment(inbound.at) - PATIENCE).isoformat(timespec="seconds")
            row, bare = desks.asked(inbound.channel, inbound.chat, inbox, since), True
        about = desks.about(inbound.channel, inbound.chat, row) if row is not None else None
        if about is not None:
            found["about"] = {
                "number": about.case.number, "wanted": about.wanted, "bare": bare,
            }  # fmt: skip
    return found


def acts(desk: Desk, store: Store, inbox: int, inbound: Inbound) -> dict[str, Act]:
    """The effects of staff in chats by name, for one inbox row."""

    def at_desk(act: Callable[[_Visit, Mapping[str, Any]], Json]) -> Act:
        def run(params: Mapping[str, Any]) -> Json:
            visit = _visit(desk, store, inbox, inbound)
            if visit is None:
                return {"refused": "unlinked"}
            try:
                return act(visit, params)
            except CaseError as error:
                return visit.refused(error.code, params)

        return run

    return {
        "desk_link": lambda params: _link(desk, store, inbound, str(params["code"])),
        "desk_list": at_desk(_Visit.cases),
        "desk_show": at_desk(_Visit.show),
        "desk_ask": at_desk(_Visit.ask),
        "desk_draft": at_desk(_Visit.draft),
        "desk_preview": at_desk(_Visit.preview),
        "desk_move": at_desk(_Visit.move),
        "desk_send": at_desk(_Visit.send),
        "desk_cancel": at_desk(_Visit.cancel),
    }


def _link(desk: Desk, store: Store, inbound: Inbound, code: str) -> Json:
    """Makes a chat a desk; a code that was shown in the wrong kind of chat is used up."""
    group, desks = bool(inbound.data.get("group")), Desks(store)
    if inbound.sender is None:  # nobody whom we could know again
        return {"refused": "code"}
    found = desks.redeem(code, desk.moment(inbound.at))
    account = Accounts(store).find(found[0]) if found else None
    if found is None or account is None or account.disabled_at:
        return {"refused": "code"}
    if found[1] != group:
        return {"refused": "code_for_group" if found[1] else "code_for_one"}
    person = None if group else inbound.sender
    desks.open(inbound.channel, inbound.chat, account.name, person, inbound.at)
    data = {"channel": inbound.channel, "group": group}
    Audit(store).add(inbound.at, account.actor, "chat_linked", account.name, data)
    office = desk.city.organisations.get(account.organisation or "")
    return {
        "linked": account.name,
        "role": account.role.value,
        "organisation": office.name if office else "",
        "group": group,
    }


def _visit(desk: Desk, store: Store, inbox: int, inbound: Inbound) -> _Visit | None:
    desks = Desks(store)
    actor = desks.member(inbound.channel, inbound.sender)
    here = desks.chat(inbound.channel, inbound.chat)
    if actor is None or (inbound.data.get("group") and (here is None or not here.group)):
        return None
    scope = here.actor if here and here.group else actor
    return _Visit(desk, store, inbox, inbound, actor, scope)


@dataclass(frozen=True)
class _Visit:
    """One effect of a member of staff: `actor` acts, and sees what `scope` may see as well."""

    desk: Desk
    store: Store
    inbox: int
    inbound: Inbound
    actor: Actor
    scope: Actor

    @property
    def at(self) -> str:
        return self.inbound.at

    @property
    def desks(self) -> Desks:
        return Desks(self.store)

    # The effects

    def cases(self, _: Mapping[str, Any]) -> Json:
        """What this role has to do, overdue first."""
        wanted = Filter(states=_states(self.actor.role)).for_actor(self.actor)
        narrowed = wanted.for_actor(self.scope)
        if self.actor.organisation and narrowed.organisation != wanted.organisation:
            return {"listed": [], "count": 0}  # a guest from another office
        page = CaseList(self.store).page(narrowed, limit=LISTED * 5)
        found = [case for case in page.cases if not case.form_open]
        for case in found[:LISTED]:
            self.desks.say(self.inbox, case, 0)
        return {
            "listed": [notices.view(self.desk, case, self.at) for case in found[:LISTED]],
            "count": CaseList(self.store).count(narrowed) if page.after else len(found),
            "choices": [
                notices.choice(self.desk, case, "show") | {"label": case.number}
                for case in found[:LISTED]
            ],
        }

    def show(self, params: Mapping[str, Any]) -> Json:
        """One case with its latest history and notes."""
        case = self._case(params)
        history = [self._entry(case, one) for one in Cases(self.store).history(case)]
        return self._told("shown", case) | {
            "history": history[-ENTRIES:],
            "notes": [
                one | {"text": notices.shortened(self.desk, case, one["text"])}
                for one in Cases(self.store).notes(case)[-ENTRIES:]
            ],
        }

    def ask(self, params: Mapping[str, Any]) -> Json:
        """Asks for the text of a move, or for another one instead of a draft."""
        case = self._case(params)
        name = params.get("move")
        if row := params.get("row"):
            name = self._draft(case, row)[1].wanted
            self.desks.take(row)
        elif case.version != params["version"] and name != NOTE:
            raise stale(case, params["version"])
        if name not in self._with_text(case):
            raise IllegalMoveError("role" if name in _TARGETS else "no_such_move", "not now")
        self.desks.say(self.inbox, case, case.version, name)
        alike = notices.alike(self.store, case) if name == "merge" else []
        return {"asks": name, "case": notices.view(self.desk, case, self.at), "alike": alike}

    def draft(self, params: Mapping[str, Any]) -> Json:
        """A text about a case: a note is kept, everything else shown as the citizen will read it.

        It is kept as a draft first, so that it is not lost whatever becomes of the case.
        """
        case = self._case(params)
        name = params["wanted"] or "answer"
        if name == NOTE:
            with self.store.savepoint("desk"):
                staff.note(self.desk, self.store, self.actor, case.number, self.at, self._text())
            self.desks.say(self.inbox, case, case.version)
            return self._told("noted", case)
        seen = self.desks.seen(self.inbound.channel, self.inbound.chat, case)
        self.desks.say(self.inbox, case, 0, name)
        return self._previewed(case, seen, self.inbox, name, self._text())

    def preview(self, params: Mapping[str, Any]) -> Json:
        """An earlier draft again, for the case as it is now."""
        case = self._case(params)
        text, about = self._draft(case, params["row"])
        return self._previewed(case, params["version"], params["row"], about.wanted or "", text)

    def send(self, params: Mapping[str, Any]) -> Json:
        """Makes the move of a draft, once."""
        case = self._case(params)
        text, about = self._draft(case, params["row"])
        given = {"reason": text}
        moved = self._made(params["version"], case, str(about.wanted), given, params.get("code"))
        self.desks.take(params["row"])
        return self._told("moved", moved) | {"move": about.wanted}

    def move(self, params: Mapping[str, Any]) -> Json:
        """Makes a move that needs no text."""
        if params["move"] not in notices.AT_ONCE:
            raise IllegalMoveError("no_such_move", f"{params['move']} is made at the console")
        moved = self._made(params["version"], self._case(params), params["move"], {})
        return self._told("moved", moved) | {"move": params["move"]}

    def cancel(self, params: Mapping[str, Any]) -> Json:
        """Drops a draft."""
        case = self._case(params)
        self._draft(case, params["row"])
        self.desks.take(params["row"])
        return {"dropped": case.number}

    def refused(self, code: str, params: Mapping[str, Any]) -> Json:
        """Why nothing was done, with the case as it is now for whoever may see it.

        A draft stays: it may be sent to the case as it is now, if that is still possible.
        """
        number = str(params.get("number", ""))
        found: dict[str, Json] = {"refused": code, "number": number}
        case = Cases(self.store).find(number)
        if case is None or not (may_see(self.actor, case) and may_see(self.scope, case)):
            return found | {"refused": "unknown" if case is None else "organisation"}
        found |= self._told("case", case)
        row = int(params.get("row") or self.inbox)
        about = self.desks.about(self.inbound.channel, self.inbound.chat, row)
        if code == "version" and about and about.wanted in self._with_text(case):
            go_on = notices.choice(self.desk, case, "preview", str(row))
            found["choices"] = [go_on, *found["choices"]]
        return found

    # What they share

    def _case(self, params: Mapping[str, Any]) -> Case:
        case = self.desk.seen(self.store, self.actor, str(params["number"]))
        if not may_see(self.scope, case):
            raise IllegalMoveError("organisation", "it is not this group's")
        return case

    def _text(self) -> str:
        return self.inbound.text

    def _draft(self, case: Case, row: int) -> tuple[str, Wanted]:
        """A draft's text and what it is for. Raises CaseError for another's, or one used up."""
        channel, chat = self.inbound.channel, self.inbound.chat
        about = self.desks.about(channel, chat, row)
        text = self.desks.draft(channel, chat, self.inbound.sender, row)
        if about is None or about.case.id != case.id or about.wanted is None:
            raise CaseError("used", "there is no such draft any more")
        if text is None:
            raise CaseError("not_yours", "somebody else wrote it")
        return text, about

    def _with_text(self, case: Case) -> list[str]:
        offered = notices.choices(self.desk, self.store, self.actor, case, self.at)
        names = [one["key"].removeprefix("inbox.choice_") for one in offered]
        return [name for name in names if name in (*notices.WITH_TEXT, NOTE)]

    def _previewed(self, case: Case, version: int, row: int, name: str, text: str) -> Json:
        texts = staff.looked_at(
            self.store, lambda: self._made(version, case, name, {"reason": text})
        )
        self.desks.say(row, case, case.version)
        if row != self.inbox:
            self.desks.say(self.inbox, case, case.version)
        sends = (
            [notices.choice(self.desk, case, "send", str(row), code) for code in _CODES]
            if name == "answer"
            else [notices.choice(self.desk, case, "send", str(row))]
        )
        for one, code in zip(sends, _CODES if name == "answer" else ("",), strict=True):
            one["params"] = {"code": code}
        rest = [notices.choice(self.desk, case, what, str(row)) for what in ("change", "cancel")]
        return {"previewed": case.number, "move": name, "texts": texts, "choices": [*sends, *rest]}

    def _made(
        self, version: int, case: Case, name: str, given: dict[str, Any], code: str | None = None
    ) -> Case:
        """Makes a move; an answer takes the case on first where nobody has. All or nothing."""
        args = (self.desk, self.store, self.actor, case.number)
        if code:
            if code not in set(ClosureCode):
                raise CaseError("code", f"{code!r} is no result")
            given["code"] = ClosureCode(code)
        if name == "merge":
            given = _into(str(given["reason"]))
        with self.store.savepoint("desk"):
            if name == "answer" and (case.state, CaseState.answered) not in MOVES:
                taken = staff.move(*args, version, CaseState.in_progress, self.at)
                version = taken.version
            return staff.move(*args, version, _TARGETS[name], self.at, **given)

    def _told(self, key: str, case: Case) -> dict[str, Json]:
        """The case as it is now, and what can be done; who is told has seen this version."""
        self.desks.say(self.inbox, case, case.version)
        visible = may_see(self.actor, case) and may_see(self.scope, case)
        offered = notices.choices(self.desk, self.store, self.actor, case, self.at)
        return {
            key: notices.view(self.desk, case, self.at),
            "choices": offered if visible else [],
        }

    def _entry(self, case: Case, entry: Entry) -> Json:
        when = self.desk.moment(entry.at)
        known = {"not", "none", "solved", "partly"}
        reason = "" if entry.reason in known else entry.reason
        return {
            "month": when.month, "day": when.day, "clock": f"{when:%H:%M}",
            "event": entry.event, "role": entry.role, "actor": entry.actor,
            "reason": notices.shortened(self.desk, case, reason),
        }  # fmt: skip


_CODES: Final = tuple(code.value for code in staff.ANSWERS if code is not ClosureCode.unreachable)


def _into(text: str) -> dict[str, Any]:
    """The number that a text names, and the rest of it as the reason."""
    found = _NUMBER.search(text)
    if found is None:
        raise CaseError("into", "name the number of the first case")
    reason = (text[: found.start()] + text[found.end() :]).strip(" \n，。,.:：")
    return {"into": found[0], "reason": reason}


def _states(role: Role) -> tuple[CaseState, ...]:
    """The states of cases that wait for a role; all open ones for those who watch."""
    if role not in (Role.clerk, Role.handler):
        return tuple(sorted(OPEN - {CaseState.answered}))
    waiting = {move.source for move in MOVES.values() if role in move.roles}
    return tuple(sorted(waiting & OPEN))
