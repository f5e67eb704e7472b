"""What one person needs of a guide: situations applied to materials, fees, time and place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.guide import Fee, Guide, Material, Option, Place, Situation, Time
from bot.talk import Facts

# Situation id -> option id. Keyed by name, so that a new question breaks no open conversation.
Chosen = Mapping[str, str]

MAX_QUESTIONS: Final = 2


@dataclass(frozen=True)
class Checklist:
    """A guide as it stands for one person.

    A material with `when` is needed only then; nothing a guide holds is missing unless a chosen
    option drops it. `elsewhere`: the guide does not serve this person, the notes say what to do.
    """

    guide: Guide
    options: tuple[Option, ...]
    materials: tuple[Material, ...]
    fees: tuple[Fee, ...]
    promised_time: Time
    places: tuple[Place, ...]
    conditions: tuple[str, ...]
    notes: tuple[str, ...]
    elsewhere: bool = False


def compute(guide: Guide, chosen: Chosen) -> Checklist:
    """Applies the chosen options. Names that the guide no longer has are ignored."""
    options = tuple(
        option
        for situation in guide.situations
        for option in situation.options
        if chosen.get(situation.id) == option.id and _applies(guide, chosen, situation)
    )
    elsewhere = any(o.elsewhere for o in options)
    return Checklist(
        guide=guide,
        options=options,
        materials=() if elsewhere else _materials(guide, options),
        fees=() if elsewhere else _fees(guide, options),
        promised_time=next(
            (o.promised_time for o in options if o.promised_time), guide.promised_time
        ),
        places=_places(guide, options),
        conditions=(*guide.conditions, *(o.condition for o in options if o.condition)),
        notes=tuple(o.note for o in options if o.note),
        elsewhere=elsewhere,
    )


def _applies(guide: Guide, chosen: Chosen, situation: Situation) -> bool:
    """Whether no answer to another question makes this one pointless."""
    if not situation.applies:
        return True
    known = {s.id: {o.id for o in s.options} for s in guide.situations}
    # "Not sure" is an answer too, and rules nothing out.
    return not any(
        chosen.get(other) in known[other] - set(only) for other, only in situation.applies.items()
    )


def _materials(guide: Guide, options: tuple[Option, ...]) -> tuple[Material, ...]:
    by_id = {m.id: m for m in guide.materials}
    needed = {name for o in options for name in o.needs}
    dropped = {name for o in options for name in (*o.drops, *o.replaces)} - needed
    added = {new for o in options for old, new in o.replaces.items() if old in by_id}
    result = []
    for material in guide.materials:
        if material.id in dropped:
            continue
        if material.id in needed | added:
            result.append(material.model_copy(update={"when": None}))
        else:
            result.append(material)
    return tuple(result)


def _fees(guide: Guide, options: tuple[Option, ...]) -> tuple[Fee, ...]:
    if any(o.free for o in options):
        return ()
    due = {name for o in options for name in o.fees or ()}
    # Only an answer to the same question rules a fee out; what was not asked keeps its `when`.
    ruled_out = {
        name
        for situation in guide.situations
        if any(o is one for one in options if one.fees is not None for o in situation.options)
        for option in situation.options
        for name in option.fees or ()
    } - due
    return tuple(
        fee.model_copy(update={"when": None}) if fee.id in due else fee
        for fee in guide.fees
        if fee.id not in ruled_out or fee.when is None
    )


def _places(guide: Guide, options: tuple[Option, ...]) -> tuple[Place, ...]:
    chosen = tuple(o.place for o in options if o.place)
    return chosen or guide.places


def open_questions(guide: Guide, chosen: Chosen) -> tuple[Situation, ...]:
    """Situations still worth asking, in the guide's order: an answer would change the result."""
    if compute(guide, chosen).elsewhere:
        return ()
    asked = [
        s
        for s in guide.situations
        if s.id not in chosen and _applies(guide, chosen, s) and _matters(guide, chosen, s)
    ]
    room = MAX_QUESTIONS - sum(s.id in chosen for s in guide.situations)
    return tuple(asked[: max(room, 0)])


def _matters(guide: Guide, chosen: Chosen, situation: Situation) -> bool:
    results = [
        _outcome(compute(guide, {**chosen, situation.id: option.id}))
        for option in situation.options
    ]
    return any(result != results[0] for result in results[1:])


def _outcome(found: Checklist) -> tuple[object, ...]:
    """All that differs between two checklists of one guide, save the options that were chosen."""
    return (
        [(material.id, material.when) for material in found.materials],
        [(fee.id, fee.when) for fee in found.fees],
        (found.promised_time, found.places, found.conditions, found.notes, found.elsewhere),
    )


@dataclass(frozen=True)
class Speech:
    """How to look for cues in a language: `plain` brings them to the form of normalised text.

    `negations` are words that deny what follows them.
    """

    plain: Callable[[str], str] = str.lower
    negations: tuple[str, ...] = ()

    def says(self, text: str, cue: str) -> bool:
        """Whether the cue stands in the text and is not denied right before."""
        word = self.plain(cue)
        at = text.find(word)
        while at >= 0:
            if not text[:at].rstrip().endswith(self.negations):
                return True
            at = text.find(word, at + 1)
        return False

    def inside(self, text: str, cue: str, others: Iterable[str]) -> bool:
        """Whether the cue stands in the text only as a part of a longer one (成年 in 未成年)."""
        short = self.plain(cue)
        for long in map(self.plain, others):
            if len(long) > len(short) and short in long:
                text = text.replace(long, " ")
        return short not in text


def understood(guide: Guide, text: str, facts: Facts, speech: Speech = Speech()) -> dict[str, str]:
    """Options that a citizen's own words decide; where words fit two options, none is taken."""
    chosen: dict[str, str] = {}
    for situation in guide.situations:
        # `My son, 20, lost his card`: the word and the age speak of two options, so ask.
        found = {_spoken(situation, text, speech), _by_facts(situation, facts)} - {None}
        if len(found) == 1:
            chosen[situation.id] = str(found.pop())
    return chosen


def _by_facts(situation: Situation, facts: Facts) -> str | None:
    fits = [
        option.id
        for option in situation.options
        if (
            option.age is not None
            and facts.age is not None
            and option.age.min <= facts.age <= option.age.max
        )
        or (option.proxy and facts.proxy)
    ]
    return fits[0] if len(fits) == 1 else None


def _spoken(situation: Situation, text: str, speech: Speech) -> str | None:
    """The option whose cue is said, the longest cue winning over one that it contains."""
    # Most cues are nowhere in a text: to see that first is quick.
    plain = speech.plain
    said = {
        o.id: [c for c in o.cues if plain(c) in text and speech.says(text, c)]
        for o in situation.options
    }
    if not any(said.values()):
        return None
    every = [cue for cues in said.values() for cue in cues]
    lengths = {
        name: max((len(c) for c in cues if not speech.inside(text, c, every)), default=0)
        for name, cues in said.items()
    }
    best = max(lengths.values(), default=0)
    winners = [name for name, length in lengths.items() if length == best]
    others = [name for name, length in lengths.items() if 0 < length < best]
    # Two options spoken of by words of like length: the citizen compares them, so ask.
    if best == 0 or len(winners) != 1 or any(lengths[name] >= best - 1 for name in others):
        return None
    return winners[0]
