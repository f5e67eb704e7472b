"""A person's rights and the end of keeping: export, erase, anonymise after the period."""

from __future__ import annotations

import calendar
import secrets
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from bot import attachments
from bot.cases import Actor, CaseError, CaseState, Role
from bot.desk import Desk
from bot.store import Store
from bot.store.cases import COLUMNS, Case, Cases, case_of
from bot.talk import Json

# States in which a case has ended, and its period has begun.
ENDED: Final = (
    CaseState.closed,
    CaseState.withdrawn,
    CaseState.not_accepted,
    CaseState.merged,
)
# What stands where a citizen's words stood.
GONE: Final = "▇"
KEEPER: Final = Actor("system", Role.system)


@dataclass(frozen=True)
class Chat:
    """A person, as far as Doorstep knows one: a chat of a channel."""

    channel: str
    name: str


def chat_of(store: Store, person: str) -> Chat:
    """The chat that `person` means: a case's number, or `channel:chat`. Raises CaseError."""
    if case := Cases(store).find(person):
        return Chat(case.channel, case.chat)
    channel, colon, name = person.partition(":")
    known = store.read("SELECT 1 FROM inbox WHERE channel = ? AND chat = ? LIMIT 1", channel, name)
    if not colon or not known:
        raise CaseError("unknown", f"{person!r} is neither a case's number nor a CHANNEL:CHAT")
    return Chat(channel, name)


def export(desk: Desk, store: Store, chat: Chat) -> Json:
    """Everything that is kept of a person, readable: messages, replies, cases with contacts."""
    # What a member of staff read and wrote there of other people's cases is not the own.
    said = store.read(
        "SELECT at, kind, text FROM inbox WHERE channel = ? AND chat = ?"
        " AND id NOT IN (SELECT inbox FROM desk_rows) ORDER BY id",
        chat.channel,
        chat.name,
    )
    told = store.read(
        "SELECT queued_at, text FROM outbox WHERE channel = ? AND chat = ?"
        " AND inbox NOT IN (SELECT inbox FROM desk_rows) ORDER BY id",
        chat.channel,
        chat.name,
    )
    return {
        "channel": chat.channel,
        "chat": chat.name,
        "messages": [{"at": at, "kind": kind, "text": text} for at, kind, text in said],
        "replies": [{"at": at, "text": text} for at, text in told],
        "cases": [_exported(desk, store, case) for case in _cases(store, chat)],
    }


def erase(desk: Desk, store: Store, folder: Path, chat: Chat, at: str) -> list[str]:
    """Erases a person: every word and contact. Cases stay as numbers, dates, office and state.

    Returns the numbers of the cases; `store.forget` is to follow the commit. Raises CaseError
    (`open`) while a case is not finished: who wants it gone takes it back first, so that no
    office works on words that are not there.
    """
    found = _cases(store, chat)
    unfinished = [c.number for c in found if c.state not in ENDED and c.state != "answered"]
    if unfinished:
        raise CaseError("open", f"not finished yet: {', '.join(unfinished)}; withdraw them first")
    for case in found:
        anonymise(store, folder, case, at)
    nobody = f"gone-{secrets.token_hex(8)}"
    values = (chat.channel, chat.name)
    where = "WHERE channel = ? AND chat = ?"
    store.write(f"UPDATE inbox SET text = '{GONE}', sender = NULL {where}", *values)  # noqa: S608
    store.write(f"UPDATE outbox SET text = '{GONE}', choices = '[]' {where}", *values)  # noqa: S608
    mine = f"(SELECT id FROM inbox {where})"  # noqa: S608
    store.write(
        f"UPDATE turns SET ranking = 'null' WHERE inbox IN {mine}",  # noqa: S608
        *values,
    )
    store.write(f"UPDATE gaps SET text = '{GONE}' WHERE inbox IN {mine}", *values)  # noqa: S608
    store.write(f"DELETE FROM chats {where}", *values)  # noqa: S608
    store.write(f"DELETE FROM case_access {where}", *values)  # noqa: S608
    store.write(f"DELETE FROM desk_chats {where}", *values)  # noqa: S608
    for table in ("inbox", "outbox"):
        store.write(f"UPDATE {table} SET chat = ? {where}", nobody, *values)  # noqa: S608
    return [case.number for case in found]


def due(desk: Desk, store: Store, today: date) -> list[Case]:
    """The cases whose period is over today, oldest first."""
    before = _months_before(today, desk.city.about.complaints.keep_months).isoformat()
    marks = ", ".join("?" * len(ENDED))
    rows = store.read(
        f"SELECT {COLUMNS} FROM cases WHERE anonymised_at IS NULL AND state IN ({marks})"  # noqa: S608
        " AND substr(coalesce(closed_at, filed_at), 1, 10) < ? ORDER BY id",
        *ENDED,
        before,
    )
    return [case_of(row) for row in rows]


def anonymise(store: Store, folder: Path, case: Case, at: str) -> None:
    """Takes the words, the contact and the files from one case, within a transaction.

    Done twice it is the same as once; killed before the commit nothing is lost, and the files,
    which go first, are asked for again.
    """
    if case.anonymised_at:
        return
    for one in Cases(store).attachments(case):
        attachments.remove(folder, one["file"])
    store.write("UPDATE case_attachments SET removed_at = ? WHERE case_id = ?", at, case.id)
    store.write(
        "UPDATE case_history SET reason = '', data = '{}',"
        " actor = CASE role WHEN 'citizen' THEN 'citizen' ELSE actor END WHERE case_id = ?",
        case.id,
    )
    store.write(f"UPDATE case_notes SET text = '{GONE}' WHERE case_id = ?", case.id)  # noqa: S608
    mine = (
        "SELECT inbox FROM case_history WHERE case_id = ? AND inbox IS NOT NULL UNION SELECT ?"
        " UNION SELECT inbox FROM desk_rows WHERE case_id = ?"  # what staff read and wrote in chats
    )
    rows = (case.id, case.inbox, case.id)
    for table, column in (("inbox", "id"), ("outbox", "inbox")):
        store.write(f"UPDATE {table} SET text = '{GONE}' WHERE {column} IN ({mine})", *rows)  # noqa: S608
    store.write(f"UPDATE turns SET ranking = 'null' WHERE inbox IN ({mine})", *rows)  # noqa: S608
    # Where else the number was told: what a status said, and a form that nobody went on with.
    elsewhere = (case.channel, case.chat, f"%{case.number}%")
    named = "WHERE channel = ? AND chat = ? AND"
    store.write(f"UPDATE outbox SET text = '{GONE}' {named} text LIKE ?", *elsewhere)  # noqa: S608
    store.write(f"DELETE FROM chats {named} state LIKE ?", *elsewhere)  # noqa: S608
    store.write("DELETE FROM case_access WHERE case_id = ?", case.id)
    changed = Cases(store).change(
        case,
        {
            "text": GONE,
            "contact": None,
            "word": None,
            "amount": None,
            # A place of the city says nothing of a person; the own words may.
            "place_name": case.place_name if case.place else None,
            "day": case.day if case.day and case.day[:4].isdecimal() else None,
            "answer": GONE if case.answer else None,
            "chat": f"gone-{case.id}",
            "anonymised_at": at,
        },
    )
    Cases(store).log(changed, at, KEEPER, "anonymise")


def run(desk: Desk, store: Store, folder: Path, now: datetime) -> list[str]:
    """Anonymises what is due, one transaction a case; returns the numbers."""
    at = now.isoformat(timespec="seconds")
    done = []
    for case in due(desk, store, now.date()):
        with store.transaction():
            # Read anew: between two transactions it may have been re-opened.
            fresh = Cases(store).by_id(case.id)
            if fresh.version == case.version:
                anonymise(store, folder, fresh, at)
                done.append(case.number)
    if done:
        store.forget()
    return done


def _cases(store: Store, chat: Chat) -> list[Case]:
    return Cases(store).of_chat(chat.channel, chat.name, limit=-1)


def _exported(desk: Desk, store: Store, case: Case) -> dict[str, Any]:
    found = asdict(case) | {"state": case.state.value}
    for name in ("contact", "word"):
        found[name] = desk.vault.show(found[name]) if found[name] else None
    history = [asdict(entry) for entry in Cases(store).history(case)]
    files = Cases(store).attachments(case)
    return found | {"history": history, "attachments": files}


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
