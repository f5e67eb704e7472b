"""The complaint form: logs at once, then asks only for what is missing. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bot.privacy import MASK
from bot.talk import (
    Choice,
    Decision,
    Effect,
    Event,
    EventKind,
    Json,
    Outcome,
    Ranking,
    Reply,
    State,
    Turn,
    picked,
)
from conversations.complain import answers, midst, story

if TYPE_CHECKING:
    from bot.book import Book
    from bot.language import ComplaintTalk

NAME: Final = "complain"
ASK: Final = "ask"
# What the form asks for, in this order; `what` comes before, with the filing.
FIELDS: Final = ("where", "service", "day", "contact")
# So many services are offered to tap.
SUGGESTED: Final = 4
# Which fields of the case answer which question.
FILLS: Final = {"where": "place_name", "service": "guide", "day": "day", "contact": "contact"}


class Complain:
    """Files what the citizen said, asks for the rest, and goes back to where we were."""

    name = NAME
    takes: frozenset[EventKind] = frozenset()

    def __init__(self, words: ComplaintTalk) -> None:
        self._words = words

    def claims(self, event: Event, state: State) -> bool:
        """Whether a text goes on with a form that was left."""
        said = event.kind is EventKind.text and answers.is_one_of(event.text, self._words.resume)
        return said and "form" in state.slots and not event.data.get("group")

    def start(self, back: State) -> State:
        """A complaint that is not logged yet, or the form that was left; `back` is where to go."""
        kept = back.slots.get("form")
        if kept:
            rest = {k: v for k, v in back.slots.items() if k != "form"}
            back = replace(back, slots=rest)
            return State(NAME, "left", {**kept, "back": back.to_json()})
        slots = {"back": back.to_json(), "guide": back.slots.get("guide"), "fields": {}}
        return State(NAME, "logging", slots)

    def resume(self, waiting: State, answered: Turn) -> Turn:
        """The form again after a question in its midst was answered."""
        state = replace(waiting, slots={**waiting.slots, "back": answered.state.to_json()})
        state = _with(state, offered=[])
        if answered.outcome is Outcome.crisis or state.step not in ("asking", "telling"):
            return replace(answered, state=state)
        reply = _reply("goes_on", number=state.slots.get("number"), field=state.slots.get("asked"))
        return replace(answered, state=state, replies=(reply,))

    def step(self, state: State, event: Event, book: Book) -> Turn:
        """One step. An unknown one after an upgrade goes by what is filed already."""
        if event.kind is EventKind.command:
            # `/complain the window was shut` tells at once, `/complain` alone is like the button.
            told = str(event.data.get("argument") or "")
            kind = EventKind.text if told else EventKind.choice
            event = replace(event, kind=kind, text=told or NAME)
        return _Form(self._words, state, event, book).step()


class _Form:
    """One step's working set."""

    def __init__(self, words: ComplaintTalk, state: State, event: Event, book: Book) -> None:
        self.words, self.state, self.event, self.book = words, state, event, book
        self.ranking = event.ranking or Ranking(Decision.decline)
        self.fields: dict[str, Any] = dict(state.slots.get("fields") or {})
        self.skipped: list[str] = list(state.slots.get("skipped") or [])
        self.number: str | None = state.slots.get("number")
        self.asked: str | None = state.slots.get("asked")

    def step(self) -> Turn:
        if self.event.kind is EventKind.effect:
            return self._told(self.event.data)
        if self.event.kind is EventKind.choice:
            return self._chosen(self.event.text)
        text = self.event.text
        if midst.is_crisis(self.event):
            return self._to_ask()
        if self.state.step == "left":
            if answers.is_one_of(text, self.words.resume):
                return self._next([])
            return self._anew().step()
        if answers.is_one_of(text, self.words.another):
            return self._chosen("form:another" if self.state.step == "repeated" else NAME)
        if self.number is None:
            return self._story()
        return self._anew().step() if self._is_another() else self._heard()

    # What happened

    def _story(self) -> Turn:
        telling = self.state.step == "telling"
        if telling and answers.is_one_of(self.event.text, self.words.leave):
            return self._back([_reply("left_untold")])
        if telling and self._is_question():
            return self._to_ask()
        if not telling and not midst.says_what(self.event.text, self.words):
            return self._tell()
        return self._file(self.event.text)

    def _tell(self) -> Turn:
        state = _with(self.state, step="telling", offered=[])
        return Turn(state, (_reply("tell", about=self.book.about()),), Outcome.complaint)

    def _file(self, text: str, **more: Json) -> Turn:
        told = self._read(text)
        self.fields |= {k: v for k, v in told.items() if k not in ("text", "contact")}
        contact = {"contact": told["contact"]} if "contact" in told else {}
        params = {"text": told["text"], **self.fields, **contact, **more}
        if contact:
            self.fields["contact"] = True
        state = _with(self.state, step="filing", fields=self.fields, masked=MASK in text)
        state = _with(state, on=self.event.at[:10])
        # Kept for `another matter`: then the same words are filed after all.
        state = _with(state, story=told["text"])
        return self._ask_desk(state, "file_case", params, private=_private(told, text))

    def _read(self, text: str) -> dict[str, Any]:
        told = story.read(text, self.ranking, self.book, self.event.at, self.words)
        guide = told.pop("guide", None)
        context = self._context()
        # `Complain` under an answer is about that answer, unless the text surely is not.
        surely = self.ranking.decision is Decision.answer
        if context and (story.blames_guide(text, self.words) or (self._was_asked() and not surely)):
            guide = context
        kept = self.fields.get("guide")
        guide = guide or (kept if kept and self.book.has_guide(kept) else None) or context
        return {**story.of_guide(text, guide, self.book, self.words), **told} if guide else told

    def _was_asked(self) -> bool:
        return self.state.step == "telling"

    def _context(self) -> str | None:
        """The guide that was spoken of before."""
        guide = self.state.slots.get("guide")
        return guide if guide and self.book.has_guide(guide) else None

    # Answers to what was asked

    def _heard(self) -> Turn:
        text = self.event.text
        command = answers.command(text, self.words)
        if command:
            return self._command(command)
        if field := answers.corrected(text, self.words):
            return self._correct(field, text)
        if (found := self._value(self.asked, text)) is not None:
            return self._amend(found)
        if self._is_question() or self._is_pick():
            return self._to_ask()
        if self.asked and len(text) <= answers.SHORT and (free := answers.free(self.asked, text)):
            return self._amend(free)
        return self._amend(self._addition(text))

    def _command(self, command: str) -> Turn:
        if command == "finish":
            return self._finish()
        if command == "skip":
            return self._skip()
        if command == "back":
            return self._previous()
        kept = {k: v for k, v in self.state.slots.items() if k not in ("back", "offered")}
        back = State.from_json(self.state.slots["back"])
        back = replace(back, slots={**back.slots, "form": {**kept, "number": self.number}})
        return Turn(back, (_reply("left", number=self.number),), Outcome.complaint)

    def _value(self, field: str | None, text: str) -> dict[str, Any] | None:
        """What a text surely tells for a field; None if nothing."""
        told = self._read(text)
        if field == "contact":
            contact = told.get("contact") or story.contact_in(text)
            return {"contact": contact} if contact else None
        if field == "where" and "place_name" in told:
            return {k: told[k] for k in ("place", "place_name", "suggested") if k in told}
        if field == "day" and "day" in told:
            return {"day": told["day"]}
        guide = story.guide_in(self.ranking, self.book)
        other = any(name in told for name in ("day", "place_name", "contact"))
        if field == "service" and guide and not other and not answers.asks(text, self.words):
            return story.of_guide(text, guide, self.book, self.words)
        return None

    def _correct(self, field: str, text: str) -> Turn:
        """`时间不对，是7月16号`: the new value if it is there, else the question again."""
        if field == "what":
            return self._tell_more()
        found = self._value(field, text)
        if found is not None:
            return self._amend(found)
        self.fields.pop(FILLS[field], None)
        self.skipped = [name for name in self.skipped if name != field]
        return self._question(field, [])

    def _addition(self, text: str) -> dict[str, Any]:
        """More of the story: kept with the case, and read for what is missing still."""
        told = self._read(text)
        missing = {k: v for k, v in told.items() if k not in self.fields and k != "text"}
        more = {"text": told["text"]} if told["text"].strip(MASK) else {}
        return {**more, **missing}

    def _amend(self, found: dict[str, Any]) -> Turn:
        self.fields |= {k: v for k, v in found.items() if k not in ("text", "contact")}
        if "contact" in found:
            self.fields["contact"] = True
        state = _with(self.state, step="asking", fields=self.fields, skipped=self.skipped)
        private = _private(found, self.event.text)
        params = {"number": self.number, "fields": found}
        return self._ask_desk(state, "amend_case", params, private=private)

    # Taps

    def _chosen(self, name: str) -> Turn:
        kind, _, rest = name.partition(":")
        if kind != "form":
            return self._fresh() if name == NAME else self._to_ask()
        if rest == "another":
            return self._file(self.state.slots.get("story") or "", another=True)
        if self.number is None:
            return self._tell()
        if rest in ("skip", "finish"):
            return self._command(rest)
        return self._chosen_value(*rest.partition(":")[::2])

    def _chosen_value(self, field: str, value: str) -> Turn:
        if field == "guide" and self.book.has_guide(value):
            return self._amend(story.of_guide("", value, self.book, self.words))
        if field == "day":
            return self._amend({"day": answers.days_ago(self.event.at, value)})
        return self._next([])

    def _fresh(self) -> Turn:
        """`Complain` tapped under another answer: another complaint, the first one is filed."""
        if self.number is None:
            return self._tell()
        return self._anew()._tell()

    def _anew(self) -> _Form:
        """The form of another complaint; the first one is filed."""
        back = State.from_json(self.state.slots["back"])
        state = Complain(self.words).start(back)
        return _Form(self.words, state, self.event, self.book)

    # What the desk said

    def _told(self, data: Any) -> Turn:
        if "same" in data:
            return self._same(data["same"])
        if "receipt" in data:
            return self._back([_reply("receipt", case=data["receipt"], word=data["word"])])
        if "refused" in data:
            return self._back([_reply("ended", number=self.number)])
        if "filed" in data:
            self.number = data["filed"]["number"]
            masked = bool(self.state.slots.get("masked"))
            facts = {"case": data["filed"], "word": data["word"], "masked": masked}
            meant = midst.meant(self.ranking, self.book)
            return self._next([_reply("filed", **facts)], meant)
        return self._next([_reply("amended", case=data["amended"])])

    def _same(self, case: Json) -> Turn:
        choices = (
            Choice(f"track:show:{case['number']}", key="complain.choice_show"),
            Choice("form:another", key="complain.choice_another"),
        )
        state = _with(self.state, step="repeated", offered=[c.to_json() for c in choices])
        reply = replace(_reply("same", case=case), choices=choices)
        return Turn(state, (reply,), Outcome.complaint)

    # The next question

    def _next(self, replies: list[Reply], meant: tuple[str, ...] = ()) -> Turn:
        """`meant` are guides to offer in case the complaint was meant as a question."""
        missing = [f for f in FIELDS if not self.fields.get(FILLS[f]) and f not in self.skipped]
        if not missing:
            return self._finish(replies)
        return self._question(missing[0], replies, meant)

    def _question(self, field: str, replies: list[Reply], meant: tuple[str, ...] = ()) -> Turn:
        asks = map(self._asks_about, meant)
        choices = (*self._suggested(field), _choice("skip"), _choice("finish"), *asks)
        keep = self.book.city.about.complaints.keep_months
        question = replace(_reply(f"ask_{field}", keep_months=keep), choices=choices)
        offered = [c.to_json() for c in choices]
        state = _with(self.state, step="asking", asked=field, offered=offered)
        state = _with(state, number=self.number, fields=self.fields, skipped=self.skipped)
        facet = self.ranking.facet if meant else None
        said = (*replies, question)
        return Turn(state, said, Outcome.complaint, facet=facet, candidates=meant)

    def _asks_about(self, guide: str) -> Choice:
        name = self.book.guide_name(guide)
        return Choice(f"guide:{guide}", key=f"{NAME}.choice_guide", params={"name": name})

    def _suggested(self, field: str) -> tuple[Choice, ...]:
        if field == "day":
            return (_choice("day:0"), _choice("day:1"))
        if field != "service":
            return ()
        near = self.ranking.likely(story.HINT)
        known = self.book.guides_at(self.fields.get("place") or "") or near
        known = [name for name in known if self.book.has_guide(name)][:SUGGESTED]
        return tuple(Choice(f"form:guide:{i}", label=self.book.guide_name(i)) for i in known)

    def _skip(self) -> Turn:
        if self.asked:
            self.skipped.append(self.asked)
        return self._next([])

    def _previous(self) -> Turn:
        """The question before, asked again."""
        index = FIELDS.index(self.asked) if self.asked in FIELDS else 0
        field = FIELDS[max(index - 1, 0)]
        self.fields.pop(FILLS[field], None)
        self.skipped = [name for name in self.skipped if name != field]
        return self._question(field, [])

    def _tell_more(self) -> Turn:
        state = _with(self.state, step="asking", offered=[], asked=None)
        return Turn(state, (_reply("more", number=self.number),), Outcome.complaint)

    def _finish(self, replies: list[Reply] | None = None) -> Turn:
        state = _with(self.state, step="finishing", number=self.number, fields=self.fields)
        effect = Effect("finish_case", {"number": self.number})
        return Turn(state, tuple(replies or ()), Outcome.complaint, (effect,))

    # What is not for this form

    def _is_another(self) -> bool:
        filed_on = self.state.slots.get("on")
        return midst.is_another(self.event, self.fields, filed_on, self.book, self.words)

    def _is_question(self) -> bool:
        # A bare word that may mean several matters is one too, unless the matter was asked for.
        bare = self.asked != "service" and bool(self.book.meanings(self.ranking.text))
        return bare or midst.is_question(self.event, self.words)

    def _is_pick(self) -> bool:
        """Whether a text picks what the answer in the midst offered, by its number or label."""
        offered = self.state.slots["back"]["slots"].get("offered") or []
        own = self.state.slots.get("offered")
        return not own and bool(picked(self.event.text, offered))

    def _to_ask(self) -> Turn:
        state = midst.spoken_of(self.state, self.fields.get("guide"))
        return Turn(state, (), Outcome.complaint, hand_over=ASK)

    # Building turns

    def _back(self, replies: list[Reply]) -> Turn:
        """The form is over."""
        back = State.from_json(self.state.slots["back"])
        return Turn(back, tuple(replies), Outcome.complaint)

    def _ask_desk(
        self, state: State, name: str, params: Json, *, private: tuple[str, ...] = ()
    ) -> Turn:
        return Turn(state, (), Outcome.complaint, (Effect(name, params),), private=private)


def _private(told: dict[str, Any], text: str) -> tuple[str, ...]:
    """The parts of a text that must not be kept with it: contacts are kept encrypted alone."""
    contact = told.get("contact")
    return (str(contact),) if contact and str(contact) in text else ()


def _with(state: State, step: str | None = None, **slots: Json) -> State:
    return State(NAME, step or state.step, {**state.slots, **slots})


def _reply(key: str, **params: Json) -> Reply:
    return Reply(f"{NAME}.{key}", params)


def _choice(name: str) -> Choice:
    return Choice(f"form:{name}", key=f"{NAME}.choice_{name.replace(':', '_')}")
