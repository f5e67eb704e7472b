"""One turn: (state, event) to (state, replies, outcome), effects performed on the way; bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from bot.talk import Effect, Event, EventKind, Json, Outcome, Reply, State, Turn, picked

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


class Claiming(Interruption, Protocol):
    """A conversation that knows its own events, whatever is spoken of at the moment."""

    def claims(self, event: Event, state: State) -> bool:
        """Whether the event is for this conversation, though the chat stands at `state`."""
        ...


class Form(Claiming, Protocol):
    """A conversation that waits while a question in its midst is answered."""

    def resume(self, waiting: State, answered: Turn) -> Turn:
        """The form again, after `answered` has answered the question."""
        ...


class EngineError(Exception):
    """A conversation loops: a defect of ours, never the citizen's fault."""


@dataclass(frozen=True)
class Conversations:
    """The conversations by their parts.

    `opening` serves always, `complain` when something went wrong, `track` what follows, and
    `inbox` staff.
    """

    opening: Opening
    complain: Form
    track: Claiming
    inbox: Claiming

    def named(self, name: str) -> Dialogue | None:
        """The conversation that a stored state belongs to; None after it was taken away."""
        known: Mapping[str, Dialogue] = {
            one.name: one for one in (self.opening, self.complain, self.track, self.inbox)
        }
        return known.get(name)

    def owner(self, event: Event, state: State) -> Claiming | None:
        """The conversation that claims an event, whatever is spoken of at the moment."""
        claiming = (self.inbox, self.track, self.complain)
        return next((one for one in claiming if one.claims(event, state)), None)


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
    event = _tapped(conversations, before, event)
    state, waiting = before, None
    if owner := conversations.owner(event, before):
        state = owner.start(_back(before) if before.dialogue == owner.name else before)
    elif event.kind not in COMMON | (known.takes if known else frozenset()):
        state, waiting = _opened(conversations, before)
    replies: list[Reply] = []
    private: list[str] = []
    for _ in range(MAX_STEPS):
        dialogue = conversations.named(state.dialogue)
        if dialogue is None:
            raise EngineError(f"no conversation named {state.dialogue!r}")
        turn = dialogue.step(state, event, book)
        replies.extend(turn.replies)
        private.extend(turn.private)
        state = turn.state
        told = [data for data in map(perform, turn.effects) if data is not None]
        if turn.hand_over == conversations.complain.name:
            state, waiting = conversations.complain.start(state), None
        elif turn.hand_over == conversations.opening.name:
            waiting = state if dialogue is conversations.complain else None
            state = _back(state)
        elif told:
            event = replace(event, kind=EventKind.effect, data=told[-1])
        else:
            if turn.aside:
                turn = replace(turn, state=before)
            elif waiting is not None:
                turn = conversations.complain.resume(waiting, turn)
                replies.extend(turn.replies)
            return Done(replace(turn, private=tuple(private)), tuple(replies))
    raise EngineError(f"{state.dialogue}/{state.step} did not end in {MAX_STEPS} steps")


def _opened(conversations: Conversations, state: State) -> tuple[State, State | None]:
    """The opening's own state, and the form that waits if the chat is in the midst of one."""
    if state.dialogue == conversations.opening.name:
        return state, None
    waiting = state if state.dialogue == conversations.complain.name else None
    return _back(state), waiting


def _back(state: State) -> State:
    """The conversation that an interruption goes back to."""
    return State.from_json(state.slots["back"])


def _tapped(conversations: Conversations, state: State, event: Event) -> Event:
    """A number or label typed for what a form or another conversation offered is a tap on it."""
    if event.kind is not EventKind.text or conversations.inbox.claims(event, state):
        return event
    choice = picked(event.text, state.slots.get("offered") or [])
    if choice is None:
        return event
    tap = replace(event, kind=EventKind.choice, text=choice, ranking=None)
    in_form = state.dialogue == conversations.complain.name
    return tap if in_form or conversations.owner(tap, state) else event


def failed(state: State | None, opening: Opening, about: Json) -> Done:
    """The turn of an event that could not be handled: an apology, and the state as it was."""
    reply = Reply("ask.error", {"about": about})
    return Done(Turn(state or opening.start(), (reply,), Outcome.error), (reply,))
