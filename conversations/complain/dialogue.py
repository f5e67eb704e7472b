"""A complaint is logged at once; the full form and its life follow in a later issue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.talk import Effect, Event, EventKind, Outcome, Reply, State, Turn

if TYPE_CHECKING:
    from bot.book import Book

NAME: Final = "complain"
# `我要投诉` alone says that something is wrong, not what.
BARE: Final = 8


class Complain:
    """Logs what the citizen said, says that it was logged, and goes back to where we were."""

    name = NAME
    takes: frozenset[EventKind] = frozenset()

    def start(self, back: State) -> State:
        """A complaint that is not logged yet; `back` is the conversation to return to."""
        slots = {"back": back.to_json(), "guide": back.slots.get("guide")}
        return State(NAME, "logging", slots)

    def step(self, state: State, event: Event, book: Book) -> Turn:
        """First asks the desk to log; then tells the number that the desk gave."""
        about = book.about()
        command = event.kind is EventKind.command
        said = event.data.get("argument", "") if command else event.text
        told = state.step == "telling" or len(said) > BARE
        if event.kind is EventKind.choice or (event.kind is not EventKind.effect and not told):
            telling = State(NAME, "telling", state.slots)
            return Turn(telling, (Reply(f"{NAME}.tell", {"about": about}),), Outcome.complaint)
        if event.kind is not EventKind.effect:
            effect = Effect("log_complaint", {"text": said, "guide": state.slots["guide"]})
            return Turn(state, (), Outcome.complaint, (effect,))
        reply = Reply(f"{NAME}.logged", {"number": event.data["number"], "about": about})
        back = State.from_json(state.slots["back"])
        # Which matter the complaint is likely about, for whoever works it off.
        near = event.ranking.candidates if event.ranking else ()
        return Turn(back, (reply,), Outcome.complaint, candidates=tuple(c.id for c in near))
