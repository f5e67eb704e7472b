"""Hot topics: many people on one matter are gathered, and each keeps the own number."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.cases import Actor, CaseError, IllegalMoveError, Role
from bot.desk.core import SYSTEM, Desk
from bot.store import Store
from bot.store.cases import Case, Cases

# Complaints on one matter within so many days are looked at together.
WITHIN: Final = timedelta(days=30)


def join(desk: Desk, store: Store, case: Case, at: str) -> int | None:
    """Puts a case into the open topic of its matter, or opens one when enough people have it.

    The matter is the guide and the office; people are counted, not messages.
    """
    if case.topic is not None or case.guide is None:
        return case.topic
    office = case.organisation or case.suggested
    topic = _open_topic(store, case.guide, office)
    since = (desk.moment(at) - WITHIN).isoformat()
    if topic is None:
        rows = store.read(
            "SELECT id, channel, chat FROM cases WHERE guide = ?"
            " AND coalesce(organisation, suggested) IS ? AND topic IS NULL AND filed_at >= ?",
            case.guide,
            office,
            since,
        )
        people = {(channel, chat) for _, channel, chat in rows}
        if len(people) < desk.city.about.complaints.same_matter:
            return None
        guide = desk.city.guides.get(case.guide)
        topic = _opened(store, guide.plain_name if guide else case.guide, case, office, at, SYSTEM)
        for case_id, _, _ in rows:
            _put(store, Cases(store).by_id(case_id), topic, at, SYSTEM)
        return topic
    _put(store, case, topic, at, SYSTEM)
    return topic


def gather(
    desk: Desk, store: Store, actor: Actor, numbers: list[str], at: str, *, name: str
) -> int:
    """Clerks gather cases by hand; returns the topic's id."""
    _allowed(actor)
    found = [desk.seen(store, actor, number) for number in numbers]
    if not found or not name.strip():
        raise CaseError("missing", "name the topic and at least one case")
    first = found[0]
    topic = _opened(store, name.strip(), first, first.organisation, at, actor)
    for case in found:
        _put(store, case, topic, at, actor)
    return topic


def take_out(desk: Desk, store: Store, actor: Actor, number: str, at: str) -> Case:
    """Takes a case out of its topic; the others stay."""
    _allowed(actor)
    return _put(store, desk.seen(store, actor, number), None, at, actor)


def close(store: Store, actor: Actor, topic: int, at: str) -> None:
    """Ends a topic; later complaints on the matter open a new one."""
    _allowed(actor)
    store.write("UPDATE topics SET closed_at = ? WHERE id = ? AND closed_at IS NULL", at, topic)


def _allowed(actor: Actor) -> None:
    if actor.role not in (Role.clerk, Role.reviewer, Role.admin, Role.system):
        raise IllegalMoveError("role", f"{actor.role} may not gather cases")


def _open_topic(store: Store, guide: str, office: str | None) -> int | None:
    rows = store.read(
        "SELECT id FROM topics WHERE guide = ? AND organisation IS ? AND closed_at IS NULL",
        guide,
        office,
    )
    return int(rows[0][0]) if rows else None


def _opened(store: Store, name: str, case: Case, office: str | None, at: str, actor: Actor) -> int:
    cursor = store.write(
        "INSERT INTO topics (name, guide, organisation, opened_at, opened_by)"
        " VALUES (?, ?, ?, ?, ?)",
        name,
        case.guide,
        office,
        at,
        actor.name,
    )
    return int(cursor.lastrowid or 0)


def _put(store: Store, case: Case, topic: int | None, at: str, actor: Actor) -> Case:
    changed = Cases(store).change(case, {"topic": topic})
    Cases(store).log(changed, at, actor, "topic", data={"topic": topic})
    return changed
