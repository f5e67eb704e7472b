"""What is counted of cases, read from the store."""

from __future__ import annotations

from datetime import date, datetime

from bot.cases import OPEN, Actor, CaseState, Role
from bot.figures import Facts
from bot.store.cases import utc
from bot.store.schema_cases import NEVER
from bot.store.sqlite import Store

_NOT_ACCEPTED = (CaseState.not_accepted, CaseState.merged, CaseState.withdrawn)
_JUDGED = (CaseState.closed, CaseState.reopened)


def facts(
    store: Store,
    actor: Actor,
    now: datetime,
    since: date | None = None,
    *,
    in_topics: bool = False,
) -> list[Facts]:
    """Every case (in a hot topic) that `actor` may see and that was filed on or after `since`.

    Verdicts are those of the round that was judged last, also while the case is open again.
    """
    conditions, values = ["1"], list[object]()
    if actor.role is Role.handler:
        conditions.append("c.organisation = ?")
        values.append(actor.organisation or "-")
    if in_topics:
        conditions.append("c.topic IS NOT NULL")
    if since is not None:
        conditions.append("c.filed_at >= ?")
        values.append(since.isoformat())
    rows = store.read(
        "SELECT c.organisation, c.filed_at, c.state, c.due_at, c.answered_at, c.round, c.topic,"  # noqa: S608
        " coalesce(v.verdict, c.verdict), v.satisfaction,"
        " (SELECT h.data ->> '$.due_on' FROM case_history h WHERE h.case_id = c.id"
        "  AND h.id < a.id AND h.data ->> '$.clock' = 'answer' ORDER BY h.id DESC LIMIT 1), a.at"
        " FROM cases c"
        " LEFT JOIN case_verdicts v ON v.case_id = c.id AND v.round ="
        "  (SELECT max(round) FROM case_verdicts WHERE case_id = c.id)"
        " LEFT JOIN case_history a ON a.id ="
        "  (SELECT min(id) FROM case_history WHERE case_id = c.id AND event = 'answer')"
        f" WHERE {' AND '.join(conditions)}",
        *values,
    )
    at = utc(now)
    return [_facts(row, at) for row in rows]


def _facts(row: tuple[object, ...], now: str) -> Facts:
    organisation, filed, state, due, answered, rounds, topic, verdict, level, due_on, first = row
    stands = CaseState(str(state))
    return Facts(
        organisation=str(organisation) if organisation else None,
        filed=date.fromisoformat(str(filed)[:10]),
        accepted=stands not in _NOT_ACCEPTED,
        open=stands in OPEN,
        overdue=str(due) < now and due != NEVER,
        answered=answered is not None,
        in_time=str(first)[:10] <= str(due_on) if first and due_on else None,
        judged=stands in _JUDGED or int(str(rounds)) > 1,
        verdict=str(verdict) if verdict else None,
        satisfaction=int(str(level)) if level is not None else None,
        topic=int(str(topic)) if topic is not None else None,
    )
