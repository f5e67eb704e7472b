"""The way of a question: which step follows which. Pure; the wording is elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bot.talk import (
    Choice,
    Decision,
    Effect,
    Event,
    EventKind,
    Facet,
    Json,
    Outcome,
    Ranking,
    Reply,
    State,
    Turn,
)
from conversations.ask import besides, context, group, pick
from conversations.ask.gap import gap

if TYPE_CHECKING:
    from bot.book import Book
    from bot.guide import Material

NAME: Final = "ask"
COMPLAIN: Final = "complain"
# Choices that make sense without a guide at hand.
ANYTIME: Final = ("guide", "other", "none", "language", COMPLAIN)
# Choices about the guide that was shown; they name it, for an old button may be tapped any time.
OF_GUIDE: Final = ("situations", "situation", "checklist", "facet", "have")
MAX_CHOICES: Final = 4
# As many as are offered where none is likely.
MAX_NEAREST: Final = 3


class Ask:
    """Questions on services. `open` is the step of a chat that waits for no particular answer."""

    name = NAME
    takes = frozenset(EventKind)

    def start(self) -> State:
        """A chat that has asked nothing yet."""
        return State(NAME, "open")

    def step(self, state: State, event: Event, book: Book) -> Turn:
        """One turn. An unknown step after an upgrade is treated as `open`; its slots are kept."""
        if event.data.get("group"):
            return group.step(state, event, book)
        asker = _Asker(state, event, book)
        if event.kind is EventKind.text:
            return asker.text()
        if event.kind is EventKind.choice:
            return asker.choice(event.text)
        if wish := besides.choice(event):
            return asker.choice(wish)
        return besides.step(state, event, book)


class _Asker:
    """One step's working set: where we stand, what came, and what may be read."""

    def __init__(self, state: State, event: Event, book: Book) -> None:
        self.state, self.event, self.book = state, event, book
        self.slots: dict[str, Json] = dict(state.slots)
        guide = self.slots.get("guide")
        self.guide: str | None = guide if guide and book.has_guide(guide) else None
        self.chosen: dict[str, str] = dict(self.slots.get("chosen") or {})

    # What the citizen wrote

    def text(self) -> Turn:
        ranking = self.event.ranking or Ranking(Decision.decline)
        if ranking.intent and ranking.intent.startswith("crisis"):
            return self.talk(ranking)
        if self.event.data.get("forwarded"):
            return self.forwarded(ranking)
        offered = self.slots.get("offered") or []
        if picked := pick.choice(ranking.text, offered):
            return self.choice(picked)
        if self.guide and (picked := self._option_said(ranking)):
            return self.choice(picked)
        nearest = self.slots.get("nearest") if self.state.step == "choosing" else None
        if ranking.intent and not ((self.guide or nearest) and context.asks_on(ranking)):
            return self.talk(ranking)
        if self.guide:
            topic = context.topic(ranking, self.guide, self._materials())
            if topic is context.Topic.same:
                return self.follow_up(ranking)
            if topic is context.Topic.unclear:
                return self.ask_back(context.either(ranking, self.guide), ranking)
        if nearest and context.says_little(ranking):
            return self.ask_back(nearest, ranking)
        return self.question(ranking)

    def forwarded(self, ranking: Ranking) -> Turn:
        """Somebody else's words: they go on about nothing that was said in this chat."""
        self.guide, self.chosen = None, {}
        return self.talk(ranking) if ranking.intent else self.question(ranking)

    def _option_said(self, ranking: Ranking) -> str | None:
        """While a situation question is open, an answer in the citizen's own words."""
        pending = self.slots.get("pending")
        if self.state.step != "narrowing" or not pending or len(ranking.text) > 30:
            return None
        said = self.book.understood(self.guide or "", ranking.text, ranking.facts).get(pending)
        return f"situation:{pending}:{said}" if said else None

    def _materials(self) -> tuple[Material, ...]:
        return self.book.materials(self.guide or "", self.chosen)

    def talk(self, ranking: Ranking) -> Turn:
        """Talk that is no question on a service: greetings, thanks, a crisis, out of scope."""
        intent = ranking.intent or ""
        kind, _, detail = intent.partition(".")
        if kind == "complaint":
            return self.hand_over(ranking.facet)
        if kind == "crisis":
            return self.turn([self.reply("crisis", kind=detail)], Outcome.crisis)
        if kind == "small_talk":
            return self.turn([self.reply(detail)], Outcome.small_talk)
        if kind == "unreadable":
            return self.turn([self.reply("unreadable")], Outcome.declined)
        if kind == "too_long":
            return self.turn([self.reply("too_long")], Outcome.too_long)
        if ranking.place:
            return self.other_place(ranking)
        return self.turn([self.reply("out_of_scope", kind=detail)], Outcome.declined)

    # A new question

    def question(self, ranking: Ranking) -> Turn:
        if ranking.place:
            return self.other_place(ranking)
        if meanings := self.book.meanings(ranking.text):
            return self.ask_back(meanings, ranking)
        ids = ranking.ids
        if ranking.decision is Decision.answer:
            return self.answer(ids[0], ranking)
        if ranking.decision is Decision.clarify and ids:
            return self.ask_back(ids, ranking)
        return self.decline(ranking)

    def other_place(self, ranking: Ranking) -> Turn:
        """Another city's procedure: we know only our own, say so, and offer it."""
        ours = [] if ranking.decision is Decision.decline else ranking.ids
        ours = ours[: 1 if ranking.decision is Decision.answer else MAX_NEAREST]
        self._remember(ranking)
        choices, names = self._offers(ours)
        reply = self.reply("other_place", place=ranking.place, names=names)
        return self.turn([reply], Outcome.elsewhere, ranking, choices)

    def answer(self, name: str, ranking: Ranking) -> Turn:
        if notice := self.book.notice(name):
            reply = self.reply(
                f"notice_{notice.kind}",
                notice=notice.model_dump(mode="json"),
                instead_name=self.book.guide_name(notice.instead) if notice.instead else None,
            )
            outcome = Outcome.elsewhere if notice.kind == "elsewhere" else Outcome.cancelled_item
            choices = [f"guide:{notice.instead}"] if notice.instead else []
            return self.turn([reply], outcome, ranking, choices)
        kept = self.chosen if name == self.guide else {}
        self.guide = name
        self.chosen = kept | self.book.understood(name, ranking.text, ranking.facts)
        return self.show(ranking.facet, Outcome.answered, ranking)

    def show(self, facet: Facet | None, outcome: Outcome, ranking: Ranking | None = None) -> Turn:
        """The card, led by what was asked for, and what can be done next."""
        name = self.guide or ""
        card = self.book.card(name, self.chosen, self.event.at)
        if outcome is Outcome.answered and ranking is not None:
            self._remember(ranking)
        key = f"facet_{facet}" if facet else "card"
        self.slots |= {"guide": name, "chosen": self.chosen, "have": [], "pending": None}
        return self.turn(
            [self.reply(key, card=card)],
            outcome,
            ranking,
            [*self._next_choices(facet), *context.alternatives(outcome, ranking, name)],
            facet=facet,
        )

    def _next_choices(self, facet: Facet | None) -> list[str]:
        wanted = ["situations"] if self.book.open_questions(self.guide or "", self.chosen) else []
        wanted += ["checklist"]
        wanted += ["facet:steps"] if facet is not Facet.steps else ["facet:all"]
        return [*wanted, "complain"]

    def ask_back(self, ids: Any, ranking: Ranking) -> Turn:
        """Tied matters: the citizen decides, never the order of a list."""
        ids = list(ids)[:MAX_CHOICES]
        self._remember(ranking)
        self.slots["nearest"] = ids
        choices, names = self._offers(ids)
        reply = self.reply("clarify", names=names)
        choices.append("none")
        return self.turn([reply], Outcome.clarify, ranking, choices, step="choosing", ids=ids)

    def decline(self, ranking: Ranking) -> Turn:
        """An honest no, with the nearest few and a way out; staff see the gap."""
        missing = [gap(self.event.text, ranking.ids)]
        if self.state.step == "rephrasing":
            self.slots |= {"question": None}
            return self.turn([self.reply("gave_up")], Outcome.declined, ranking, effects=missing)
        self._remember(ranking)
        self.slots["nearest"] = ranking.ids[:MAX_NEAREST]
        choices, names = self._offers(self.slots["nearest"])
        said = [self.reply("declined", names=names)]
        return self.turn(said, Outcome.declined, ranking, choices, step="choosing", effects=missing)

    def _offers(self, ids: list[str]) -> tuple[list[str], list[str]]:
        """The choices of these matters, and what they are called."""
        return [f"guide:{i}" for i in ids], [self.book.matter_name(i) for i in ids]

    def _remember(self, ranking: Ranking) -> None:
        """Keeps the question, so that a choice answers it and a gap shows it in its own words."""
        self.slots |= {"question": ranking.text, "facet": ranking.facet, "said": self.event.text}

    # In context

    def follow_up(self, ranking: Ranking) -> Turn:
        name = self.guide or ""
        self.chosen |= self.book.understood(name, ranking.text, ranking.facts)
        own = self._materials()
        index = pick.ordinal(ranking.text)
        material = None
        if index is not None and index < len(own):
            material = own[index]
        elif ranking.facet in (None, Facet.materials):
            material = pick.material(ranking.text, own)
        if material is None:
            return self.show(ranking.facet, Outcome.followup, ranking)
        card = self.book.card(name, self.chosen, self.event.at)
        item = next(m for m in card["materials"] if m["id"] == material.id)
        choices = [f"guide:{material.guide}"] if material.guide else []
        reply = self.reply("material", item=item, card=card)
        facet = Facet.materials
        return self.turn([reply], Outcome.followup, ranking, [*choices, "checklist"], facet=facet)

    # What the citizen tapped, or typed as a number or name

    def choice(self, name: str) -> Turn:
        name, _, about = name.partition("@")
        kind, _, rest = name.partition(":")
        if about and about != self.guide and kind in OF_GUIDE:
            self.guide = about if self.book.has_guide(about) else None
            self.chosen = {}
            self.slots |= {"guide": self.guide, "chosen": {}, "have": []}
        handler = getattr(self, f"_chose_{kind}", None)
        if handler is None or (kind not in ANYTIME and self.guide is None):
            # A button of an old message whose guide is gone: say so kindly, lose nothing.
            return self.turn([self.reply("stale")], Outcome.small_talk)
        result: Turn = handler(rest)
        return result

    def _chose_guide(self, name: str) -> Turn:
        said = self.slots.get("question") or ""
        facet = self.slots.get("facet")
        if not self.book.has_guide(name) and not self.book.notice(name):
            return self.turn([self.reply("stale")], Outcome.small_talk)
        ranking = Ranking(Decision.answer, text=said, facet=Facet(facet) if facet else None)
        self.slots |= {"question": None, "facet": None}
        return self.answer(name, ranking)

    def _chose_language(self, code: str) -> Turn:
        if code not in besides.LANGUAGES:
            return self.turn([self.reply("stale")], Outcome.small_talk)
        effect = Effect("set_language", {"language": code})
        return self.turn([self.reply("language_set")], Outcome.small_talk, effects=[effect])

    def _chose_complain(self, _: str) -> Turn:
        return self.hand_over()

    def _chose_other(self, name: str) -> Turn:
        return self._chose_guide(name)

    def _chose_none(self, _: str) -> Turn:
        said, nearest = self.slots.get("said") or "", self.slots.get("nearest") or []
        reply, missing = self.reply("rephrase"), [gap(said, nearest)]
        return self.turn([reply], Outcome.clarify, step="rephrasing", effects=missing)

    def _chose_facet(self, facet: str) -> Turn:
        known = {f.value: f for f in Facet}
        return self.show(known.get(facet), Outcome.followup)

    def _chose_situations(self, _: str) -> Turn:
        return self._narrow()

    def _chose_situation(self, answer: str) -> Turn:
        situation, _, option = answer.partition(":")
        self.chosen[situation] = option
        return self._narrow()

    def _narrow(self) -> Turn:
        questions = self.book.open_questions(self.guide or "", self.chosen)
        if not questions:
            return self._chose_checklist("")
        question = questions[0]
        self.slots |= {"chosen": self.chosen, "pending": question.id}
        choices = [f"situation:{question.id}:{option.id}" for option in question.options]
        choices.append(f"situation:{question.id}:unsure")
        reply = self.reply("narrow", asks=question.asks)
        return self.turn([reply], Outcome.narrow, None, choices, step="narrowing")

    def _chose_checklist(self, _: str) -> Turn:
        self.slots |= {"chosen": self.chosen, "have": [], "pending": None}
        return self._tick_list()

    def _chose_have(self, material: str) -> Turn:
        have = list(self.slots.get("have") or [])
        have = [m for m in have if m != material] if material in have else [*have, material]
        self.slots["have"] = have
        return self._tick_list()

    def _tick_list(self) -> Turn:
        card = self.book.card(self.guide or "", self.chosen, self.event.at)
        have = set(self.slots.get("have") or [])
        items = [{**m, "have": m["id"] in have} for m in card["materials"]]
        choices = [f"have:{m['id']}" for m in items]
        outcome = Outcome.followup
        reply = self.reply("checklist", items=items, card=card)
        reply = replace(reply, thread=f"checklist:{self.guide}")
        return self.turn([reply], outcome, None, choices, facet=Facet.materials)

    # Building turns

    def hand_over(self, facet: Facet | None = None) -> Turn:
        """Something went wrong for the citizen: another conversation takes it from here."""
        # Not the words: they may hold a phone number, which only the case may keep.
        self.slots |= {"question": None, "facet": facet}
        state = State(NAME, "open", self.slots)
        return Turn(state, (), Outcome.complaint, hand_over=COMPLAIN)

    def reply(self, key: str, **params: Json) -> Reply:
        return Reply(f"{NAME}.{key}", {**params, "about": self.book.about()})

    def label(self, name: str) -> Choice:
        kind, _, rest = name.partition(":")
        if kind == "guide":
            return Choice(name, label=self.book.matter_name(rest))
        if kind == "other":
            name_of_it = self.book.matter_name(rest)
            return Choice(name, key=f"{NAME}.choice_other", params={"name": name_of_it})
        if kind == "situation":
            situation, _, option_id = rest.partition(":")
            found = self.book.situation(self.guide or "", situation)
            option = next((o for o in found.options if o.id == option_id), None) if found else None
            if option:
                return Choice(name, label=option.label)
            return Choice(name, key=f"{NAME}.choice_unsure")
        if kind == "have":
            return Choice(name, label=next(m.name for m in self._materials() if m.id == rest))
        return Choice(name, key=f"{NAME}.choice_{name.replace(':', '_')}")

    def _about_guide(self, choice: Choice) -> Choice:
        """A button outlives the matter it stands under: it says which guide it means."""
        of_guide = self.guide and choice.id.partition(":")[0] in OF_GUIDE
        return replace(choice, id=f"{choice.id}@{self.guide}") if of_guide else choice

    def turn(
        self,
        replies: list[Reply],
        outcome: Outcome,
        ranking: Ranking | None = None,
        choices: list[str] | None = None,
        *,
        step: str = "open",
        facet: Facet | None = None,
        ids: list[str] | None = None,
        effects: list[Effect] | None = None,
    ) -> Turn:
        labels = tuple(self._about_guide(self.label(c)) for c in choices or [])
        offered = [{"id": c.id, "label": c.label} for c in labels]
        last = replace(replies[-1], choices=labels)
        about_guide = outcome in (Outcome.answered, Outcome.followup, Outcome.narrow)
        candidates = ids or (ranking.ids if ranking else [])
        return Turn(
            state=State(NAME, step, {**self.slots, "offered": offered}),
            replies=(*replies[:-1], last),
            outcome=outcome,
            effects=tuple(effects or ()),
            guide=self.guide if about_guide else None,
            facet=facet if facet or not ranking else ranking.facet,
            candidates=_order(self.guide if about_guide else None, candidates)[:MAX_CHOICES],
            confidence=context.confidence(outcome, ranking),
        )


def _order(first: str | None, candidates: list[str]) -> tuple[str, ...]:
    """The guide that was shown stands first."""
    rest = [c for c in candidates if c != first]
    return tuple([first, *rest] if first else rest)
