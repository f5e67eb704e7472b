"""The one door: one inbound event in, one transaction, replies in the outbox."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bot import engine, privacy
from bot.book import Book
from bot.desk import Desk, chat
from bot.desk.effects import performer
from bot.engine import Conversations, Done
from bot.store import Store
from bot.store.sqlite import Inbound
from bot.talk import Decision, Event, EventKind, Ranking, State, Turn
from bot.text import clean, has_words
from bot.wording import TRADITIONAL, Message, Wording

MAX_TEXT: Final = 2000
# A text of this length shows in which script its writer writes.
TELLING: Final = 5
# A long angry story is filed whole up to here; of what is longer so much is kept.
MAX_STORY: Final = 20_000
# By so much of its beginning and of its end a long text shows what it is.
TASTE: Final = 500

log = logging.getLogger(__name__)

Rank = Callable[[str], Ranking]


@dataclass(frozen=True)
class Handled:
    """How one inbound event ended: its turn, and the messages that went to the outbox."""

    turn: Turn
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Prepared:
    """An event that is masked and ranked, ready for its transaction."""

    inbound: Inbound
    ranking: Ranking | None


@dataclass(frozen=True)
class Intake:
    """Everything a turn needs. Replaced as a whole when the city is loaded anew."""

    store: Store
    conversations: Conversations
    book: Book
    rank: Rank
    wording: Wording
    desk: Desk

    def handle(self, inbound: Inbound) -> Handled | None:
        """Takes one event through a whole turn; None if the same event was here before."""
        prepared = self.prepare(inbound)
        with self.store.transaction():
            return self.take(prepared)

    def prepare(self, inbound: Inbound) -> Prepared:
        """Masks and ranks, before the transaction begins.

        Matching needs no store, and a writer that waits for a model would stop every other chat.
        """
        data = inbound.data
        if argument := data.get("argument"):  # what was written behind a command
            data = {**data, "argument": privacy.mask(clean(str(argument)))}
        inbound = replace(inbound, text=privacy.mask(clean(inbound.text)), data=data)
        ranking = self._ranked(inbound)
        return Prepared(replace(inbound, text=inbound.text[:MAX_STORY]), ranking)

    def take(self, prepared: Prepared) -> Handled | None:
        """The rest of the turn, within a transaction that the caller has begun."""
        inbound, ranking = prepared.inbound, prepared.ranking
        row = self.store.receive(inbound)
        if row is None:
            return None
        stored = self.store.chat(inbound.channel, inbound.chat)
        state = State.from_json(stored[0]) if stored else None
        traditional = bool(stored and stored[1])
        if ranking is not None and has_words(ranking.text):
            traditional = ranking.traditional or (traditional and len(ranking.text) < TELLING)
        done, messages = self._answer(row, state, inbound, ranking, traditional)
        self._keep(row, inbound, ranking, done, messages, traditional)
        return Handled(done.turn, messages)

    def suggest(self, text: str) -> tuple[str, ...]:
        """Guides that a text may mean, best first, without a turn; empty if none fits."""
        text = clean(text)[:MAX_TEXT]
        if not has_words(text):
            return ()
        ranking = self.rank(text)
        if ranking.decision is Decision.decline:
            return ()
        return tuple(filter(self.book.has_guide, ranking.ids))

    def _ranked(self, inbound: Inbound) -> Ranking | None:
        if inbound.kind != EventKind.text:
            return None
        if not has_words(inbound.text):
            return Ranking(Decision.decline, intent="unreadable")
        if len(inbound.text) > MAX_STORY:
            return Ranking(Decision.decline, intent="too_long")
        if len(inbound.text) > MAX_TEXT:
            return self._tasted(inbound.text)
        return self.rank(inbound.text)

    def _tasted(self, text: str) -> Ranking:
        """A complaint or a cry for help may be long; what else is asked must be shorter."""
        ranking = self.rank(f"{text[:TASTE]}\n{text[-TASTE:]}")
        if (ranking.intent or "").startswith(("complaint", "crisis")):
            return ranking
        return Ranking(Decision.decline, intent="too_long.whole")

    def _answer(
        self,
        row: int,
        state: State | None,
        inbound: Inbound,
        ranking: Ranking | None,
        traditional: bool,
    ) -> tuple[Done, tuple[Message, ...]]:
        """Runs the turn and renders it. A defect of ours must not lose what the citizen said.

        Then what the turn did is undone, the inbox row stays, and nothing of the text is logged.
        """
        data = {**inbound.data, "forwarded": True} if inbound.forwarded_from else inbound.data
        if desk := chat.mark(self.desk, self.store, row, inbound):
            data = {**data, "desk": desk}
        event = Event(EventKind(inbound.kind), inbound.at, inbound.text, ranking, data)
        perform = performer(self.desk, self.store, row, inbound)
        try:
            with self.store.savepoint():
                done = engine.run(self.conversations, state, event, self.book, perform)
                return done, self._messages(inbound, done, traditional)
        except Exception as error:
            log.error("turn %s failed: %s", row, type(error).__name__)
            log.debug("turn %s", row, exc_info=error)
            done = engine.failed(state, self.conversations.opening, self.book.about())
            return done, self._messages(inbound, done, traditional)

    def _messages(self, inbound: Inbound, done: Done, traditional: bool) -> tuple[Message, ...]:
        """In the language that the chat asked for, perhaps in this very turn.

        What was asked for counts more than how the citizen writes.
        """
        language = self.store.language(inbound.channel, inbound.chat)
        if language is not None:
            traditional = language == TRADITIONAL
        wording = self.wording.into(language)
        messages = tuple(m for reply in done.replies for m in wording.messages(reply))
        return tuple(m.traditional() for m in messages) if traditional else messages

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
        ranked = ranking.to_json() if ranking else None
        if turn.private:
            self.store.blank(row, privacy.hide(inbound.text, turn.private))
            # Words apart from the text itself tell nobody's number.
            ranked = ranked and {**ranked, "text": "", "reasons": []}
        self.store.save_chat(inbound.channel, inbound.chat, turn.state.to_json(), traditional)
        self.store.save_turn(
            row,
            at,
            {
                "ranking": ranked,
                "outcome": turn.outcome.value,
                "guide": turn.guide,
                "facet": turn.facet.value if turn.facet else None,
                "candidates": list(turn.candidates),
                "confidence": turn.confidence,
            },
        )
        for message in messages:
            self.store.queue(row, at, inbound, message.text, message.choices, message.thread)
