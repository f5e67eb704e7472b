"""Where a complaint stands, from any chat, and what its citizen does with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bot.talk import Choice, Effect, Event, EventKind, Json, Outcome, Reply, State, Turn

if TYPE_CHECKING:
    from bot.book import Book
    from bot.language import ComplaintTalk

NAME: Final = "track"
ASK: Final = "ask"
MINE: Final = "mine"
# Other digits around it would make it another number.
_NUMBER: Final = re.compile(r"(?<!\d)(\d{8}-\d{4,6})(?!\d)")
# What stands beside the number is the check word only if it is as short as one.
WORD: Final = 30
LEVELS: Final = (5, 4, 3, 2, 1)
_TRAILING: Final = "。！!.,，?？ "


class Track:
    """Takes one turn in the midst of any conversation, and goes back to it."""

    name = NAME
    takes = frozenset({EventKind.command, EventKind.media})

    def __init__(self, words: ComplaintTalk) -> None:
        self._own_cases = frozenset(words.own_cases)

    def claims(self, event: Event, state: State) -> bool:
        """Whether a text is about following a complaint: it names one, or asks for one's own.

        So does a tap, a command, or a file that was kept, wherever the chat stands.
        """
        if event.data.get("group"):
            return False  # others read along
        if event.kind is EventKind.media:
            # Who was asked for an addition to one complaint adds the file to that one.
            return _is_file(event) and (state.dialogue, state.step) != (NAME, "adding")
        if event.kind is EventKind.command:
            return event.text == MINE
        if event.kind is not EventKind.text:
            return event.kind is EventKind.choice and event.text.startswith(f"{NAME}:")
        said = event.text.strip(_TRAILING).lower()
        number = _NUMBER.search(said)
        return said in self._own_cases or bool(number and len(said) <= len(number[0]) + WORD)

    def start(self, back: State) -> State:
        """Nothing asked yet; `back` is the conversation to return to."""
        return State(NAME, "open", {"back": back.to_json()})

    def step(self, state: State, event: Event, book: Book) -> Turn:
        """Asks the desk, then tells what it found."""
        if event.kind is EventKind.effect:
            return self._tell(state, event.data)
        if event.kind is EventKind.choice and self.claims(event, state):
            return self._choice(state, event.text.removeprefix(f"{NAME}:"))
        if event.kind is EventKind.command:
            return self._ask(state, "own_cases", {})
        if _is_file(event):
            return self._file(state, event)
        intent = (event.ranking.intent if event.ranking else None) or ""
        others = intent.startswith("crisis") or intent == "too_long"
        if event.kind in (EventKind.choice, EventKind.media) or others:
            # Something else after all, which whoever spoke before us knows.
            return Turn(state, (), Outcome.track, hand_over=ASK)
        if state.step == "adding":
            params = {"number": state.slots["number"], "text": event.text}
            return self._ask(state, "add_to_case", params)
        return self._text(state, event.text)

    def _text(self, state: State, text: str) -> Turn:
        found = _NUMBER.search(text)
        if not found:
            return self._ask(state, "own_cases", {})
        word = text.replace(found[0], " ").strip(_TRAILING)
        turn = self._ask(state, "look_at_case", {"number": found[0], "word": word})
        return replace(turn, private=(word,) if word else ())

    def _file(self, state: State, event: Event) -> Turn:
        adding = state.step == "adding"
        if code := event.data.get("refused"):
            refused = _reply("file_refused", code=code)
            # Sent anew it is still meant for the same complaint.
            return Turn(state, (refused,), Outcome.track) if adding else self._back(state, refused)
        params = {"number": state.slots.get("number", ""), "file": event.data["file"]}
        if adding:
            lately = {"number": state.slots["number"], "at": event.at}
            back = {
                **state.slots["back"],
                "slots": {**state.slots["back"]["slots"], "lately": lately},
            }
            state = replace(state, slots={**state.slots, "back": back})
        else:
            params["lately"] = state.slots["back"]["slots"].get("lately")
        return self._ask(state, "attach_file", params)

    def _choice(self, state: State, name: str) -> Turn:
        kind, _, rest = name.partition(":")
        number, _, value = rest.partition(":")
        about = {"number": number}
        if kind == "add":
            adding = State(NAME, "adding", {**state.slots, **about})
            return Turn(adding, (_reply("ask_addition", number=number),), Outcome.track)
        if kind == "verdict":
            return self._ask(state, "judge_case", {**about, "verdict": value})
        if kind == "rate" and value in map(str, LEVELS):
            return self._ask(state, "rate_case", {**about, "level": int(value)})
        if kind == "withdraw":
            return self._ask(state, "withdraw_case", about)
        return self._ask(state, "look_at_case", {**about, "word": ""})

    def _ask(self, state: State, effect: str, params: Json) -> Turn:
        return Turn(state, (), Outcome.track, (Effect(effect, params),))

    def _tell(self, state: State, data: Any) -> Turn:
        code = data.get("refused")
        if code and data["effect"] == "attach_file":
            return self._back(state, _reply("file_refused", code=code))
        if code:
            key = {"unknown": "unknown", "reopen_window": "too_late"}.get(code, "closed")
            return self._back(state, _reply(key, number=data["number"]))
        tellers: dict[str, Callable[[], Turn]] = {
            "own_cases": lambda: self._own(state, data["cases"]),
            "look_at_case": lambda: self._status(state, data["case"], data.get("word", "")),
            "add_to_case": lambda: self._about(state, "added", data["added"]),
            "attach_file": lambda: self._attached(state, data["attached"], data["count"]),
            "withdraw_case": lambda: self._about(state, "withdrawn", data["withdrawn"]),
            "judge_case": lambda: self._judged(state, data["judged"], data["verdict"]),
            "rate_case": lambda: self._about(state, "rated", data["rated"]),
        }
        return tellers[data["effect"]]()

    def _own(self, state: State, cases: Json) -> Turn:
        names = [f"track:show:{case['number']}" for case in cases]
        choices = tuple(Choice(n, label=n.rpartition(":")[2]) for n in names)
        return self._back(state, _reply("own", cases=cases), choices)

    def _status(self, state: State, case: Json, word: str) -> Turn:
        choices = tuple(_choice(name) for name in case["choices"])
        return self._back(state, _reply("status", case=case, word=word), choices)

    def _about(self, state: State, key: str, case: Json) -> Turn:
        return self._back(state, _reply(key, case=case))

    def _attached(self, state: State, case: Json, count: int) -> Turn:
        return self._back(state, _reply("file_added", case=case, count=count))

    def _judged(self, state: State, case: Json, verdict: str) -> Turn:
        names = [f"track:rate:{case['number']}:{level}" for level in LEVELS]
        if verdict == "not":
            names.append(f"track:add:{case['number']}")
        reply = _reply("judged", case=case, verdict=verdict)
        return self._back(state, reply, tuple(map(_choice, names)))

    def _back(self, state: State, reply: Reply, choices: tuple[Choice, ...] = ()) -> Turn:
        """Returns to where we were. A form in whose midst this came offers its choices again.

        Whoever only taps could not go on with it else: buttons of older replies are gone.
        """
        back = State.from_json(state.slots["back"])
        if back.dialogue != ASK:
            before = filter(_is_theirs, back.slots.get("offered") or [])
            choices += tuple(map(Choice.from_json, before))
        if choices:
            offered = [c.to_json() for c in choices]
            back = replace(back, slots={**back.slots, "offered": offered})
        return Turn(back, (replace(reply, choices=choices),), Outcome.track)


def _is_file(event: Event) -> bool:
    """Whether a channel has kept a file for this event, or says why it could not."""
    return event.kind is EventKind.media and bool({"file", "refused"} & set(event.data))


def _is_theirs(offer: Json) -> bool:
    """Whether another conversation offered it, and an older Doorstep did not drop its name."""
    own = str(offer["id"]).startswith(f"{NAME}:")
    return not own and bool(offer["label"] or offer.get("key"))


def _reply(key: str, **params: Json) -> Reply:
    return Reply(f"{NAME}.{key}", params)


def _choice(name: str) -> Choice:
    """`track:verdict:NUMBER:solved` is labelled by its kind, and its value where it has one."""
    _, kind, _, *value = name.split(":")
    return Choice(name, key=f"{NAME}.choice_{'_'.join([kind, *value])}")
