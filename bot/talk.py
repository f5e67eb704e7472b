"""The contract between the machinery and the conversations: State, Event, Reply, Effect, Turn.

Standard library only; imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

Json = Any  # what json.dumps takes: None, bool, numbers, str, list, dict with str keys

# What trails a short answer and says nothing: `3吧`, `不知道了`.
TRAILING: Final = "吧呢呀啊的了。！!.,，~ "


class Outcome(StrEnum):
    """How a turn ended; every turn ends in exactly one."""

    answered = "answered"
    clarify = "clarify"
    narrow = "narrow"
    followup = "followup"
    complaint = "complaint"
    track = "track"
    small_talk = "small_talk"
    declined = "declined"
    crisis = "crisis"
    cancelled_item = "cancelled_item"
    elsewhere = "elsewhere"
    too_long = "too_long"
    rate_limited = "rate_limited"
    error = "error"


class Facet(StrEnum):
    """What a question asks of a guide; absent where it asks for all."""

    materials = "materials"
    where = "where"
    time = "time"
    fee = "fee"
    eligibility = "eligibility"
    steps = "steps"


class Decision(StrEnum):
    """What the matcher advises: answer with the first candidate, ask back, or decline."""

    answer = "answer"
    clarify = "clarify"
    decline = "decline"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A guide or notice that may be meant. `probability` (0..1) sums to at most 1 over all.

    `named` tells whether one of its own names stands in the text.
    """

    id: str
    probability: float
    named: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What a citizen said of the person concerned: age in years, and whether for another."""

    age: int | None = None
    proxy: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the matcher made of one text. Stored with the event, so that a replay needs no matcher.

    `intent` is a kind of talk that is no question on a service (`crisis.fire`, `complaint`,
    `small_talk.greeting`, ...), and how probably the text is of that kind; `too_long` is a text
    that was kept in part, `too_long.whole` one too long to be ranked but kept. `generic` (0..1)
    is how likely the text is only about a facet and leans on what was said before; `opens` how
    likely it opens a matter of its own, if the one at hand is not what comes nearest. `text` is
    the normalised question, `place` another city that it names.
    """

    decision: Decision
    candidates: tuple[Candidate, ...] = ()
    confidence: float = 0.0
    intent: str | None = None
    intent_probability: float = 0.0
    facet: Facet | None = None
    generic: float = 0.0
    opens: float = 0.0
    facts: Facts = Facts()
    place: str | None = None
    text: str = ""
    traditional: bool = False
    reasons: tuple[str, ...] = ()

    @property
    def ids(self) -> list[str]:
        """The guides that come nearest, best first."""
        return [c.id for c in self.candidates]

    def likely(self, probability: float) -> list[str]:
        """Those of them that are meant with this probability or more."""
        return [c.id for c in self.candidates if c.probability >= probability]

    def to_json(self) -> Json:
        """Plain data for the store."""
        # By hand: `asdict` copies all the way down, which took longer than storing the row.
        return {
            **{name: getattr(self, name) for name in _RANKING},
            "candidates": [
                {"id": c.id, "probability": c.probability, "named": c.named}
                for c in self.candidates
            ],
            "facts": {"age": self.facts.age, "proxy": self.facts.proxy},
        }

    @classmethod
    def from_json(cls, data: Json) -> Ranking:
        """The inverse of `to_json`; what an earlier version kept besides is left out."""
        known = {name: data[name] for name in _RANKING if name in data}
        return cls(
            **{
                **known,
                "decision": Decision(data["decision"]),
                "candidates": tuple(Candidate(**c) for c in data["candidates"]),
                "facet": Facet(data["facet"]) if data["facet"] else None,
                "facts": Facts(**data["facts"]),
                "reasons": tuple(data["reasons"]),
            }
        )


_RANKING = tuple(one.name for one in fields(Ranking))


class EventKind(StrEnum):
    """What happened: something of the citizen's, the outcome of an effect, or what staff did.

    A command's `text` is its name, its `argument` is in `data`; a medium's `text` is its kind
    (`voice`, `photo`); a location has `lat` and `lon` in degrees in `data`; a contact is the
    sender's own and carries no number. What staff did is told in the citizen's chat.
    """

    text = "text"
    choice = "choice"
    command = "command"
    media = "media"
    location = "location"
    contact = "contact"
    effect = "effect"
    staff = "staff"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a conversation. `at` is ISO 8601 with the city's offset.

    Besides what its kind needs, `data` says `group` if others read along, with the `link` to
    the private chat, `forwarded` if the words are somebody else's, and `desk` what it has to do
    with staff's own work (see bot.desk.chat).
    """

    kind: EventKind
    at: str
    text: str = ""
    ranking: Ranking | None = None
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversation stands: JSON only, with named steps and slots, never positions."""

    dialogue: str
    step: str
    slots: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> Json:
        """Plain data for the store."""
        return {"dialogue": self.dialogue, "step": self.step, "slots": dict(self.slots)}

    @classmethod
    def from_json(cls, data: Json) -> State:
        """The inverse of `to_json`."""
        return cls(data["dialogue"], data["step"], data["slots"])


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tap. `id` is what comes back; the label is wording or a guide's own words."""

    id: str
    key: str = ""
    params: Mapping[str, Json] = field(default_factory=dict)
    label: str = ""

    def to_json(self) -> Json:
        """What a state keeps of a choice that was offered, so that it may be offered again."""
        kept = {"id": self.id, "label": self.label, "key": self.key}
        return {**kept, "params": dict(self.params)} if self.params else kept

    @classmethod
    def from_json(cls, data: Json) -> Choice:
        """The inverse of `to_json`; an older Doorstep kept no key."""
        return cls(data["id"], data.get("key") or "", data.get("params") or {}, data["label"])


def picked(text: str, offered: Iterable[Json]) -> str | None:
    """The id of the offered choice that a text picks by its number or label (`3`, `3吧`)."""
    said = text.strip(TRAILING)
    number = int(said) if said.isascii() and said.isdecimal() and len(said) < 3 else 0
    for place, choice in enumerate(offered, 1):
        label = choice["label"]
        if place == number or (label and label in (said, text.strip())):
            return str(choice["id"])
    return None


@dataclass(frozen=True, slots=True)
class Reply:
    """Names wording (`ask.card`) and what fills it; never contains wording.

    A later reply of the same `thread` takes this one's place where a channel can do so: a
    tick-list is one message that changes, not a heap of them.
    """

    key: str
    params: Mapping[str, Json] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """A request to the desk, performed in the same transaction: `log_gap`, `file_case`."""

    name: str
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one step gives: the next state, replies in order, effects, and how it ended.

    `hand_over` names the conversation that shall take this same event instead. `private` are
    parts of the citizen's text, such as a phone number, that must not be kept with it. A turn by
    the way (`aside`) leaves the chat where it was, whatever its `state` says.
    """

    state: State
    replies: tuple[Reply, ...]
    outcome: Outcome
    effects: tuple[Effect, ...] = ()
    guide: str | None = None
    facet: Facet | None = None
    candidates: tuple[str, ...] = ()
    confidence: float = 0.0
    hand_over: str | None = None
    private: tuple[str, ...] = ()
    aside: bool = False
