"""Questions without a good answer, as the store knows them, and which were dealt with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.gaps import Kind, Question, asked_again
from bot.store.sqlite import Store
from bot.text import has_words

# The newest so many are looked at: more than staff work off in a month.
NEWEST: Final = 1000
# Who asks again later than this asks anew.
SOON: Final = timedelta(minutes=10)


class Gaps:
    """Queries on gaps. What changes something is to be called within a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, limit: int = NEWEST) -> list[Question]:
        """What nobody dealt with yet."""
        # What was erased has no words left.
        return [
            q
            for q in (*self._logged(limit), *self._outside(limit), *self._again(limit))
            if has_words(q.text)
        ]

    def handle(self, inboxes: Iterable[int], at: str, actor: str, how: str) -> None:
        """Notes that questions were dealt with."""
        for inbox in inboxes:
            self._store.write(
                "INSERT INTO gaps_handled (inbox, at, actor, how) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                inbox,
                at,
                actor,
                how,
            )

    def _logged(self, limit: int) -> list[Question]:
        rows = self._store.read(
            "SELECT g.inbox, g.text, g.at, i.kind, g.nearest FROM gaps g"
            " JOIN inbox i ON i.id = g.inbox LEFT JOIN gaps_handled h ON h.inbox = g.inbox"
            " WHERE h.inbox IS NULL ORDER BY g.id DESC LIMIT ?",
            limit,
        )
        return [
            Question(
                inbox,
                text,
                at,
                Kind.rejected if kind == "choice" else Kind.unanswered,
                tuple(json.loads(nearest)),
            )
            for inbox, text, at, kind, nearest in rows
        ]

    def _outside(self, limit: int) -> list[Question]:
        """Public matters that were declined as none of ours: a guide may be missing."""
        rows = self._store.read(
            "SELECT i.id, i.text, t.at, t.ranking FROM turns t JOIN inbox i ON i.id = t.inbox"
            " LEFT JOIN gaps_handled h ON h.inbox = i.id"
            " WHERE t.outcome = 'declined' AND h.inbox IS NULL"
            " AND json_extract(t.ranking, '$.intent') = 'out_of_scope.civic'"
            " ORDER BY t.inbox DESC LIMIT ?",
            limit,
        )
        return [
            Question(inbox, text, at, Kind.outside, _candidates(ranking))
            for inbox, text, at, ranking in rows
        ]

    def _again(self, limit: int) -> list[Question]:
        """Answered questions that the same chat asked again at once, in other words."""
        rows = self._store.read(
            "SELECT i.id, i.channel, i.chat, i.text, t.at, t.outcome, t.guide, h.inbox FROM turns t"
            " JOIN inbox i ON i.id = t.inbox LEFT JOIN gaps_handled h ON h.inbox = i.id"
            " WHERE i.kind = 'text' ORDER BY t.inbox DESC LIMIT ?",
            limit * 5,
        )
        found = []
        later: dict[tuple[str, str], tuple[str, str]] = {}
        for inbox, channel, chat, text, at, outcome, guide, handled in rows:
            following = later.get((channel, chat))
            later[channel, chat] = text, at
            if outcome != "answered" or handled or following is None or not guide:
                continue
            soon = datetime.fromisoformat(following[1]) - datetime.fromisoformat(at) <= SOON
            if soon and asked_again(text, following[0]):
                found.append(Question(inbox, text, at, Kind.again, (guide,)))
        return found[:limit]


def _candidates(ranking: str) -> tuple[str, ...]:
    """The three guides that a stored ranking put first."""
    return tuple(one["id"] for one in json.loads(ranking)["candidates"][:3])
