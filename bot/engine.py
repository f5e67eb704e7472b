"""One turn: (state, event) to (state, replies, outcome), effects performed on the way; bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from bot.talk import Effect, Event, EventKind, Json, Outcome, Reply, State, Turn

# A step, its effects' outcomes, and a hand-over need four; more is a loop.
MAX_STEPS: Final = 8

Perform = Callable[[Effect], "Json | None"]

# What any conversation understands. The rest is the opening's, unless one says that it takes it.
COMMON: Final = frozenset({EventKind.text, EventKind.choice, EventKind.effect})


class Dialogue(Protocol):
    """A conversation: pure control flow. Its `step` knows no clock, I/O or randomness.

    `takes` are the kinds of event that it understands besides texts, choices and effects.
    """

    name: str
    takes: frozenset[EventKind]

    def step(self, state: State, event: Event, book: Any) -> Turn:
        """One step from `state`."""
        ...


class Opening(Dialogue, Protocol):
    """The conversation of a chat that has not spoken yet."""

    def start(self) -> State:
        """Its first state."""
        ...


class Interruption(Dialogue, Protocol):
    """A conversation that may begin in the midst of another and goes back to it."""

    def start(self, back: State) -> State:
        """Its first state, which remembers where to go back."""
        ...


class EngineError(Exception):
    """A conversation loops: a defect of ours, never the citizen's fault."""


@dataclass(frozen=True)
class Conversations:
    """The conversations by their parts: `opening` always, `complain` when something went wrong."""

    opening: Opening
    complain: Interruption

    def named(self, name: str) -> Dialogue | None:
        """The conversation that a stored state belongs to; None after it was taken away."""
        known: Mapping[str, Dialogue] = {
            self.opening.name: self.opening,
            self.complain.name: self.complain,
        }
        return known.get(name)


@dataclass(frozen=True)
class Done:
    """A finished turn: `turn` is the last step's, `replies` those of every step in order."""

    turn: Turn
    replies: tuple[Reply, ...]


def run(
    conversations: Conversations, state: State | None, event: Event, book: Any, perform: Perform
) -> Done:
    """Runs steps until no effect has an outcome to tell and nobody hands over.

    A chat whose conversation was taken away begins anew. Raises EngineError after MAX_STEPS.
    """
    known = conversations.named(state.dialogue) if state else None
    before = state if state and known else conversations.opening.start()
    state = before
    if event.kind not in COMMON | (known.takes if known else frozenset()):
        state = _opened(conversations, before)
    replies: list[Reply] = []
    for _ in range(MAX_STEPS):
        dialogue = conversations.named(state.dialogue)
        if dialogue is None:
            raise EngineError(f"no conversation named {state.dialogue!r}")
        turn = dialogue.step(state, event, book)
        replies.extend(turn.replies)
        state = turn.state
        told = [data for data in map(perform, turn.effects) if data is not None]
        if turn.hand_over == conversations.complain.name:
            state = conversations.complain.start(state)
        elif told:
            event = replace(event, kind=EventKind.effect, data=told[-1])
        else:
            return Done(replace(turn, state=before) if turn.aside else turn, tuple(replies))
    raise EngineError(f"{state.dialogue}/{state.step} did not end in {MAX_STEPS} steps")


def _opened(conversations: Conversations, state: State) -> State:
    """The opening's own state; a new one where the chat is in the midst of something else."""
    return state if state.dialogue == conversations.opening.name else conversations.opening.start()


def failed(state: State | None, opening: Opening, about: Json) -> Done:
    """The turn of an event that could not be handled: an apology, and the state as it was."""
    reply = Reply("ask.error", {"about": about})
    return Done(Turn(state or opening.start(), (reply,), Outcome.error), (reply,))
