"""What citizens do with a case: file, amend, look, add, withdraw, judge.

Each function is called within the turn's transaction and returns plain data, which goes back to
the conversation as an event. What cannot be done is said in `refused`, never raised: it is an
answer to a person, not a defect.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from rapidfuzz import fuzz

from bot import attachments
from bot.attachments import Kept
from bot.case_clock import Alarm
from bot.cases import (
    OPEN,
    CaseError,
    CaseState,
    Clock,
    ClosureCode,
    Verdict,
)
from bot.desk import messages, notices, topics
from bot.desk.core import CITIZEN, SYSTEM, Desk
from bot.store import Store
from bot.store.case_timers import Timers
from bot.store.cases import Case, Cases
from bot.store.sqlite import Inbound
from bot.talk import Json
from bot.vault import VaultError

# Of a hundred: texts as alike as this tell of the same facts.
SAME: Final = 90
# A chat's latest cases are looked through for the same facts.
LOOKED_THROUGH: Final = 20
# Below this length two texts are the same only if they are equal.
TELLING: Final = 8
# Who left the form has told all; then what is known decides.
FORM_STAYS_OPEN: Final = timedelta(hours=1)
# Photos of one choice to add come within this time.
ALBUM: Final = timedelta(minutes=10)
# Wrong check words for one number on one day; then the number is closed to guessers.
MAX_TRIES: Final = 10
FIELDS: Final = (
    "guide", "about_guide", "material", "place", "place_name", "suggested", "day", "amount",
)  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """Who speaks: the chat and the inbox row of what was said. `at` is ISO 8601."""

    channel: str
    chat: str
    inbox: int
    at: str

    @classmethod
    def of(cls, inbound: Inbound, row: int) -> Caller:
        """The caller of an inbound event."""
        return cls(inbound.channel, inbound.chat, row, inbound.at)


def file(desk: Desk, store: Store, caller: Caller, told: Mapping[str, Any]) -> Json:
    """Logs a complaint: `text`, and any of FIELDS. Answers `filed` and `word`, or `same`.

    What else another system gave (`given`, such as coordinates) stands in the history only.

    The same facts from the same chat are not a second case: the words are kept with the first.
    """
    repository = Cases(store)
    first = None if told.get("another") else _repeated(repository, caller, told["text"])
    if first is not None:
        repository.log(first, caller.at, CITIZEN, "repeat", reason=told["text"], inbox=caller.inbox)
        return {"same": messages.view(desk, store, first)}
    moment = desk.moment(caller.at)
    word = " ".join(secrets.choice(desk.words) for _ in range(2)) if desk.words else ""
    case = repository.add(
        moment.strftime("%Y%m%d"),
        {
            "state": CaseState.registered.value,
            "inbox": caller.inbox,
            "channel": caller.channel,
            "chat": caller.chat,
            "word": desk.vault.hide(word) if word else None,
            "text": told["text"],
            "filed_at": caller.at,
            "form_open": 1,
            **_columns(desk, told),
            **desk.started(Clock.dispatch, moment),
        },
    )
    repository.log(
        case, caller.at, CITIZEN, "file",
        target=CaseState.registered, inbox=caller.inbox, data=_loggable(told),
    )  # fmt: skip
    desk.set_timers(store, case, case.running, moment)
    Timers(store).add(case, Clock.dispatch, Alarm("form", moment + FORM_STAYS_OPEN))
    return {"filed": messages.view(desk, store, case), "word": word}


def amend(desk: Desk, store: Store, caller: Caller, number: str, fields: Mapping[str, Any]) -> Json:
    """Writes fields of the form into an open case of this chat; a further `text` is appended."""
    case = _own(store, caller, number)
    if case is None or case.state not in OPEN:
        return {"refused": "closed"}
    values = _columns(desk, fields)
    if added := str(fields.get("text") or ""):
        values["text"] = f"{case.text}\n{added}"
    if values:
        case = Cases(store).change(case, values)
    Cases(store).log(
        case, caller.at, CITIZEN, "amend", reason=added, inbox=caller.inbox, data=_loggable(fields)
    )
    return {"amended": messages.view(desk, store, case)}


def finish(desk: Desk, store: Store, caller: Caller, number: str) -> Json:
    """The form is done: a case whose office is known goes there at once, if the city says so."""
    case = _own(store, caller, number)
    if case is None:
        return {"refused": "unknown"}
    case = complete(desk, store, case, caller.at, tell=False)
    return {"receipt": messages.view(desk, store, case), "word": _word(desk, case)}


def complete(desk: Desk, store: Store, case: Case, at: str, *, tell: bool) -> Case:
    """Closes the form, gathers what is one matter, and dispatches what may go at once."""
    if not case.form_open:
        return case
    case = Cases(store).change(case, {"form_open": 0})
    topics.join(desk, store, case, at)
    case = Cases(store).by_id(case.id)
    known = case.suggested in desk.city.organisations
    if case.state is CaseState.registered and known and desk.city.about.complaints.dispatch_known:
        case = desk.move(
            store, SYSTEM, case.number, case.version, CaseState.dispatched, at, tell=tell,
            given={"organisation": case.suggested}, changes={"organisation": case.suggested},
        )  # fmt: skip
    elif case.state is CaseState.registered:
        notices.waits(desk, store, case, at)
    return case


def of_chat(desk: Desk, store: Store, caller: Caller) -> Json:
    """This chat's cases, newest first."""
    found = Cases(store).of_chat(caller.channel, caller.chat, 5)
    return {"cases": [messages.view(desk, store, case) for case in found]}


def look(desk: Desk, store: Store, caller: Caller, number: str, word: str) -> Json:
    """A case by its number, for the chat that filed it or whoever knows the check word."""
    case = reach(desk, store, caller, number, word)
    if case is None:
        return {"refused": "unknown", "number": number}
    found: dict[str, Any] = {"case": messages.view(desk, store, case)}
    if _owns(caller, case):
        found["word"] = _word(desk, case)
    return found


def add(desk: Desk, store: Store, caller: Caller, number: str, text: str) -> Json:
    """Adds words to a case; one that waits for them goes on."""
    case = reach(desk, store, caller, number)
    if case is None or case.state not in OPEN:
        return {"refused": "unknown" if case is None else "closed", "number": number}
    Cases(store).log(case, caller.at, CITIZEN, "add", reason=text, inbox=caller.inbox)
    if case.state is CaseState.awaiting_citizen:
        case = desk.move(
            store, CITIZEN, number, case.version, CaseState.in_progress, caller.at,
            inbox=caller.inbox, tell=not _owns(caller, case),
        )  # fmt: skip
    else:
        case = Cases(store).change(case, {})
    notices.added(desk, store, case, "added", caller.at, text)
    return {"added": messages.view(desk, store, case)}


def attach(
    desk: Desk, store: Store, caller: Caller, number: str, kept: Kept, lately: Json = None
) -> Json:
    """Adds a file to a case; without a number, to the one that the chat means.

    That is the newest open one, or the one that it chose to add to shortly before: `number` and
    `at` in `lately`. Several photos come one by one.
    """
    case = reach(desk, store, caller, number) if number else _meant(desk, store, caller, lately)
    if case is None:
        return {"refused": "unknown", "number": number}
    try:
        attachments.attach(store, case, caller.at, kept)
    except CaseError as error:
        return {"refused": error.code, "number": case.number}
    case = Cases(store).change(case, {})
    data = {"media_type": kept.media_type, "size": kept.size}
    Cases(store).log(case, caller.at, CITIZEN, "attach", data=data, inbox=caller.inbox)
    notices.added(desk, store, case, "attached", caller.at)
    count = len(Cases(store).attachments(case))
    return {"attached": messages.view(desk, store, case), "count": count}


def withdraw(desk: Desk, store: Store, caller: Caller, number: str) -> Json:
    """Takes a complaint back. Once an office has it, the office is told, and it ends with that."""
    case = reach(desk, store, caller, number)
    if case is None or case.state not in OPEN:
        return {"refused": "unknown" if case is None else "closed", "number": number}
    tell = not _owns(caller, case)
    if case.state is CaseState.registered:
        case = desk.move(
            store, CITIZEN, number, case.version, CaseState.withdrawn, caller.at,
            inbox=caller.inbox, tell=tell,
        )  # fmt: skip
    elif case.state is CaseState.answered:
        case = desk.move(
            store, CITIZEN, number, case.version, CaseState.closed, caller.at, tell=tell,
            inbox=caller.inbox, given={"verdict": Verdict.none},
            changes={"verdict": Verdict.none.value, "code": ClosureCode.withdrawn.value},
        )  # fmt: skip
    else:
        case = Cases(store).change(case, {"wish_withdrawn": 1})
        Cases(store).log(case, caller.at, CITIZEN, "wish_withdrawn", inbox=caller.inbox)
        notices.added(desk, store, case, "wish", caller.at)
    return {"withdrawn": messages.view(desk, store, case)}


def judge(
    desk: Desk, store: Store, caller: Caller, number: str, verdict: str, text: str = ""
) -> Json:
    """The citizen's verdict: solved and partly close the case, not re-opens it.

    After a silent closure it still counts, as long as the case may be re-opened.
    """
    case = reach(desk, store, caller, number)
    if case is None or verdict not in (Verdict.solved, Verdict.partly, Verdict.not_solved):
        return {"refused": "unknown", "number": number}
    tell = not _owns(caller, case)
    try:
        if verdict == Verdict.not_solved:
            moved = desk.move(
                store, CITIZEN, number, case.version, CaseState.reopened, caller.at,
                reason=text or verdict, changes={"verdict": verdict}, tell=tell,
                inbox=caller.inbox,
            )  # fmt: skip
        elif case.state is CaseState.closed and case.code != ClosureCode.withdrawn:
            moved = Cases(store).change(case, {"verdict": verdict, "code": verdict})
            Cases(store).log(moved, caller.at, CITIZEN, "verdict", data={"verdict": verdict})
        else:
            moved = desk.move(
                store, CITIZEN, number, case.version, CaseState.closed, caller.at,
                reason=text, given={"verdict": verdict}, tell=tell,
                inbox=caller.inbox,
                changes={"verdict": verdict, "code": verdict},
            )  # fmt: skip
    except CaseError as error:
        return {"refused": error.code, "number": number}
    Cases(store).verdict(case, caller.at, verdict)
    return {"judged": messages.view(desk, store, moved), "verdict": verdict}


def rate(desk: Desk, store: Store, caller: Caller, number: str, level: int) -> Json:
    """How satisfied the citizen is, 1 (not at all) to 5, beside the verdict."""
    case = reach(desk, store, caller, number)
    if case is None or level not in range(1, 6):
        return {"refused": "unknown", "number": number}
    if not Cases(store).rate(case, level):
        return {"refused": "no_such_move", "number": number}
    case = Cases(store).change(case, {"satisfaction": level})
    Cases(store).log(case, caller.at, CITIZEN, "rate", data={"satisfaction": level})
    return {"rated": messages.view(desk, store, case)}


def reach(desk: Desk, store: Store, caller: Caller, number: str, word: str = "") -> Case | None:
    """The case, if it is this chat's or the check word is right or was before.

    A wrong word, an unknown number and too many guesses look the same from outside.
    """
    case = Cases(store).find(number)
    if case is not None and (
        _owns(caller, case) or Cases(store).admitted(case, caller.channel, caller.chat)
    ):
        return case
    day = desk.moment(caller.at).date().isoformat()
    if Cases(store).tries(number, day) >= MAX_TRIES:
        return None
    if case is not None and (known := _word(desk, case)) and _same_word(known, word):
        Cases(store).admit(case, caller.channel, caller.chat)
        return case
    if word:
        Cases(store).tried(number, day)
    return None


def _meant(desk: Desk, store: Store, caller: Caller, lately: Json) -> Case | None:
    newest = Cases(store).newest_open(caller.channel, caller.chat)
    if lately:
        chosen, now = desk.moment(lately["at"]), desk.moment(caller.at)
        filed = newest is not None and desk.moment(newest.filed_at) > chosen
        if now - chosen <= ALBUM and not (filed and newest and _owns(caller, newest)):
            return reach(desk, store, caller, lately["number"]) or newest
    return newest


def _owns(caller: Caller, case: Case) -> bool:
    return (caller.channel, caller.chat) == (case.channel, case.chat)


def _own(store: Store, caller: Caller, number: str) -> Case | None:
    case = Cases(store).find(number)
    return case if case and _owns(caller, case) else None


def _word(desk: Desk, case: Case) -> str:
    try:
        return desk.vault.show(case.word) if case.word else ""
    except VaultError:  # an operator reads of it at start; this citizen has the own chat still
        return ""


def _same_word(known: str, said: str) -> bool:
    """Whatever stands between the two words, and in either case."""
    plain = "".join(said.split()).casefold()
    return secrets.compare_digest("".join(known.split()).casefold().encode(), plain.encode())


def _columns(desk: Desk, told: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: told[name] for name in FIELDS if name in told}
    if contact := told.get("contact"):
        found["contact"] = desk.vault.hide(str(contact))
    return found


def _loggable(told: Mapping[str, Any]) -> dict[str, Any]:
    """The fields for the history; of a contact only that there is one."""
    found = {name: told[name] for name in FIELDS if told.get(name)}
    return (
        found | dict(told.get("given") or {}) | ({"contact": True} if told.get("contact") else {})
    )


def _repeated(repository: Cases, caller: Caller, text: str) -> Case | None:
    """An open or answered case of this chat that tells of the same facts."""
    for case in reversed(repository.of_chat(caller.channel, caller.chat, LOOKED_THROUGH)):
        if case.anonymised_at or case.state is CaseState.withdrawn:
            continue
        alike = fuzz.ratio(text, case.text) >= SAME and len(text) >= TELLING
        if text == case.text or alike:
            return case
    return None
