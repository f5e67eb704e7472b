"""The one door: one inbound event in, one transaction, replies in the outbox."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bot import engine, privacy
from bot.book import Book
from bot.desk import performer
from bot.engine import Conversations, Done
from bot.store import Store
from bot.store.sqlite import Inbound
from bot.talk import Decision, Event, EventKind, Ranking, State, Turn
from bot.text import clean, has_words, to_traditional
from bot.wording import Message, Wording

MAX_TEXT: Final = 2000
# What is kept of a text that is too long: enough for staff to see what it was.
KEPT: Final = 4000

log = logging.getLogger(__name__)

Rank = Callable[[str], Ranking]


@dataclass(frozen=True)
class Handled:
    """How one inbound event ended: its turn, and the messages that went to the outbox."""

    turn: Turn
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Intake:
    """Everything a turn needs. Replaced as a whole when the city is loaded anew."""

    store: Store
    conversations: Conversations
    book: Book
    rank: Rank
    wording: Wording

    def handle(self, inbound: Inbound) -> Handled | None:
        """Takes one event through a whole turn; None if the same event was here before.

        The question is ranked before the transaction begins: matching needs no store, and a
        writer that waits for a model would stop every other chat.
        """
        inbound = replace(inbound, text=privacy.mask(clean(inbound.text)))
        ranking = self._ranked(inbound)
        inbound = replace(inbound, text=inbound.text[:KEPT])
        with self.store.transaction():
            row = self.store.receive(inbound)
            if row is None:
                return None
            stored = self.store.chat(inbound.channel, inbound.chat)
            state = State.from_json(stored[0]) if stored else None
            traditional = bool(stored and stored[1])
            if ranking is not None and has_words(ranking.text):
                traditional = ranking.traditional or (traditional and len(ranking.text) < 5)
            done = self._turn(row, state, inbound, ranking)
            messages = self._messages(done, traditional)
            self._keep(row, inbound, ranking, done, messages, traditional)
        return Handled(done.turn, messages)

    def _ranked(self, inbound: Inbound) -> Ranking | None:
        if inbound.kind != EventKind.text:
            return None
        if not has_words(inbound.text):
            return Ranking(Decision.decline, intent="unreadable")
        if len(inbound.text) > MAX_TEXT:
            return Ranking(Decision.decline, intent="too_long")
        return self.rank(inbound.text)

    def _turn(
        self, row: int, state: State | None, inbound: Inbound, ranking: Ranking | None
    ) -> Done:
        event = Event(EventKind(inbound.kind), inbound.at, inbound.text, ranking)
        perform = performer(self.store, row, inbound.at)
        try:
            return engine.run(self.conversations, state, event, self.book, perform)
        except Exception:
            # A defect of ours must not lose what the citizen said: the inbox row is kept, and
            # nothing of the text is logged.
            log.exception("turn %s failed", row)
            return engine.failed(state, self.conversations.opening, self.book.about())

    def _messages(self, done: Done, traditional: bool) -> tuple[Message, ...]:
        messages = [m for reply in done.replies for m in self.wording.messages(reply)]
        if not traditional:
            return tuple(messages)
        return tuple(
            Message(
                to_traditional(m.text), tuple((i, to_traditional(label)) for i, label in m.choices)
            )
            for m in messages
        )

    def _keep(
        self,
        row: int,
        inbound: Inbound,
        ranking: Ranking | None,
        done: Done,
        messages: tuple[Message, ...],
        traditional: bool,
    ) -> None:
        turn, at = done.turn, inbound.at
        self.store.save_chat(inbound.channel, inbound.chat, turn.state.to_json(), traditional)
        self.store.save_turn(
            row,
            at,
            {
                "ranking": ranking.to_json() if ranking else None,
                "outcome": turn.outcome.value,
                "guide": turn.guide,
                "facet": turn.facet.value if turn.facet else None,
                "candidates": list(turn.candidates),
                "confidence": turn.confidence,
            },
        )
        for message in messages:
            self.store.queue(row, at, inbound, message.text, message.choices)
