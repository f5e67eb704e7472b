"""What is neither a text nor a tap: commands, media, a location, the sender's own contact."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.talk import Choice, Effect, Event, EventKind, Json, Outcome, Reply, State, Turn

if TYPE_CHECKING:
    from bot.book import Book

LANGUAGES: Final = ("zh", "zh-hant", "en")
# A link into the chat: `start` with one of these says at once what it is about.
_TO_GUIDE: Final = "guide_"
_TO_COMPLAINT: Final = "complain"


def choice(event: Event) -> str | None:
    """The choice that a command stands for, if it stands for one."""
    if event.kind is not EventKind.command:
        return None
    argument = str(event.data.get("argument", ""))
    if event.text == "complain" or (event.text == "start" and argument == _TO_COMPLAINT):
        return "complain"
    if event.text == "start" and argument.startswith(_TO_GUIDE):
        return f"guide:{argument.removeprefix(_TO_GUIDE)}"
    return None


def step(state: State, event: Event, book: Book) -> Turn:
    """Answers by the way; only `start` leaves what the chat was about."""
    about = book.about()
    if event.kind is EventKind.location:
        hall = book.nearest_hall(event.data["lat"], event.data["lon"], event.at)
        return _by_the_way(state, Reply("ask.hall", {"hall": hall, "about": about}))
    if event.kind is EventKind.contact:
        return _by_the_way(state, Reply("ask.contact"), Outcome.small_talk)
    if event.kind is EventKind.media:
        reply = Reply("telegram.media", {"kind": event.text})
        return _by_the_way(state, reply, Outcome.declined)
    return _command(state, event, about)


def _command(state: State, event: Event, about: Json) -> Turn:
    if event.text == "start":
        reply = Reply("ask.greeting", {"about": about})
        return Turn(State(state.dialogue, "open"), (reply,), Outcome.small_talk)
    if event.text == "language" and event.data.get("argument") in LANGUAGES:
        chosen = Effect("set_language", {"language": event.data["argument"]})
        turn = _by_the_way(state, Reply("ask.language_set"), Outcome.small_talk)
        return replace(turn, effects=(chosen,))
    if event.text == "language":
        choices = tuple(
            Choice(f"language:{code}", key=f"ask.choice_language_{code.replace('-', '_')}")
            for code in LANGUAGES
        )
        return _by_the_way(state, Reply("ask.language", {}, choices), Outcome.small_talk)
    return _by_the_way(state, Reply("ask.help", {"about": about}), Outcome.small_talk)


def _by_the_way(state: State, reply: Reply, outcome: Outcome = Outcome.answered) -> Turn:
    return Turn(state, (reply,), outcome, confidence=1.0, aside=True)
