"""Answers where others read along: brief, nothing personal, with the way to the private chat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from bot.talk import Decision, Effect, Event, EventKind, Json, Outcome, Ranking, Reply, State, Turn
from conversations.ask.gap import gap

if TYPE_CHECKING:
    from bot.book import Book

MAX_CHOICES: Final = 4


def step(state: State, event: Event, book: Book) -> Turn:
    """One turn in a group. Nothing is remembered: a group asks about many people's matters."""
    return _Group(state, event, book).turn()


class _Group:
    def __init__(self, state: State, event: Event, book: Book) -> None:
        self.state, self.event, self.book = state, event, book
        self.ranking = event.ranking or Ranking(Decision.decline, intent="none")

    def turn(self) -> Turn:
        kind, _, detail = (self.ranking.intent or "").partition(".")
        if self.event.kind is EventKind.command and self.event.text == "complain":
            return self.reply("telegram.group_complaint", Outcome.declined)
        if kind == "crisis":
            return self.reply("ask.crisis", Outcome.crisis, kind=detail)
        if kind == "complaint":
            return self.reply("telegram.group_complaint", Outcome.declined)
        if kind:
            return self.reply("telegram.group_hello", Outcome.small_talk)
        if self.ranking.place:
            place = self.ranking.place
            return self.reply("ask.other_place", Outcome.elsewhere, place=place, names=[])
        return self.question()

    def question(self) -> Turn:
        ids = self.ranking.ids
        if meanings := self.book.meanings(self.ranking.text):
            return self.ask_back(meanings)
        if self.ranking.decision is Decision.answer:
            return self.answer(ids[0])
        if self.ranking.decision is Decision.clarify and ids:
            return self.ask_back(ids)
        missing = gap(self.event.text, ids)
        return self.reply("telegram.group_declined", Outcome.declined, effects=(missing,))

    def answer(self, name: str) -> Turn:
        if notice := self.book.notice(name):
            outcome = Outcome.elsewhere if notice.kind == "elsewhere" else Outcome.cancelled_item
            return self.reply(
                f"ask.notice_{notice.kind}",
                outcome,
                notice=notice.model_dump(mode="json"),
                instead_name=self.book.guide_name(notice.instead) if notice.instead else None,
            )
        chosen = self.book.understood(name, self.ranking.text, self.ranking.facts)
        card = self.book.card(name, chosen, self.event.at)
        return self.reply("telegram.group_card", Outcome.answered, guide=name, card=card)

    def ask_back(self, ids: Iterable[str]) -> Turn:
        names = [self.book.matter_name(i) for i in ids][:MAX_CHOICES]
        return self.reply("telegram.group_choose", Outcome.clarify, names=names)

    def reply(
        self,
        key: str,
        outcome: Outcome,
        *,
        guide: str | None = None,
        effects: tuple[Effect, ...] = (),
        **params: Json,
    ) -> Turn:
        link = self.event.data.get("link", "")
        found = Reply(key, {**params, "link": link, "about": self.book.about()})
        return Turn(
            self.state,
            (found,),
            outcome,
            effects,
            guide=guide,
            facet=self.ranking.facet,
            candidates=tuple(self.ranking.ids)[:MAX_CHOICES],
            confidence=self.ranking.confidence,
            aside=True,
        )
