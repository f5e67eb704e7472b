"""Reads a citizen's text for one city: text in, Ranking out, with reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.city import City
from bot.language import Dialogues, Language
from bot.match import grams, index, turns
from bot.match.calibrate import (
    CIVIC,
    COMPLAINT,
    GENERIC,
    OUTSIDE,
    RIGHT,
    TALK,
    WHOLE,
    Calibration,
    calibrate,
    crowd,
    second,
)
from bot.match.crowd import Crowd
from bot.match.documents import documents
from bot.match.embed import Embedder, Progress, Vectors
from bot.match.index import Index
from bot.match.matcher import Matcher, Scores, Words, best_first
from bot.match.phrases import Phrases
from bot.match.pinyin import Pinyin
from bot.match.places import Places
from bot.match.repair import Repaired, Repairer
from bot.match.signals import (
    STORY,
    Cues,
    focus,
    heading,
    last_clause,
    salutation,
    shares,
    standing,
    tail,
)
from bot.match.space import Features
from bot.match.turns import Heard, Second
from bot.match.wordvectors import WordVectors
from bot.talk import Candidate, Decision, Facet, Ranking
from bot.text import Normal, Normaliser

Floats = NDArray[np.float32]

# An answer at once must be this likely to be right; below ASK_BACK even a choice would guess.
ANSWER: Final = 0.6
ASK_BACK: Final = 0.25
# A text is taken for talk of another kind if that is likelier than not ...
SURE: Final = 0.5
# ... and for a complaint sooner: what nobody hears is worse than a question too many on the desk.
# One in a hundred of the city's own questions is taken for one so.
HEARD: Final = 0.36
# ... but later in a story, which tells of trouble on the way to its question.
HEARD_STORY: Final = 0.7
# Sooner still where no guide fits: then there is nothing that it could keep anybody from.
HEARD_ALONE: Final = 0.25
# A text is one kind of talk: a complaint is none that is likelier one of these.
OTHER_TALK: Final = (TALK, OUTSIDE, GENERIC)
# No guide is shown at once where it may well be outside of what guides cover.
DOUBT: Final = 0.3
OFFERED: Final = 4
# What a letter's heading weighs beside the letter, which mostly says the same again.
HEADING: Final = 0.4
# What the last clause weighs, when a text is asked for its facet.
LAST_CLAUSE: Final = 0.4


@dataclass(frozen=True)
class Weighed:
    """Which guides a text fits, and what kind of talk it is."""

    normal: Normal
    repaired: Repaired
    focus: str
    heading: str | None
    scores: Scores
    belief: Floats
    features: Features
    kinds: dict[str, float]
    gates: dict[str, float]

    @property
    def nearest(self) -> int:
        """The number of the document that fits best."""
        return int(self.belief.argmax())


@dataclass(frozen=True)
class Reading:
    """Everything the reader saw in a text: for `doorstep explain` and for the tests."""

    seen: Weighed
    facets: dict[str, float]
    ranking: Ranking


class Reader:
    """Matcher, calibration and word lists of one city."""

    def __init__(
        self,
        city: City,
        language: Language,
        matcher: Matcher,
        crowd: Crowd,
        calibration: Calibration,
        meaning: Vectors | None,
    ) -> None:
        """`meaning` is what the calibration learnt with: the model, or what stands in for it."""
        self._meaning = meaning
        self.matcher, self.crowd, self.calibration = matcher, crowd, calibration
        self.cues = Cues(language.talk)
        self.places = Places(language.gazetteer, city.about.name)
        self._filler = Phrases(language.talk.filler)
        self._salutation = salutation(language.talk.salutations)
        self._commands = {
            matcher.normalise(text).text: intent
            for intent, texts in language.talk.commands.items()
            for text in texts
        }
        words = [w.everyday for w in city.words]
        for guide in city.guides.values():
            words += [guide.plain_name, *guide.says, *(m.name for m in guide.materials)]
        self.repair = Repairer(words, self._is_written)
        self.pinyin = Pinyin(calibration.space.vocabulary.units, words)

    def _is_written(self, pair: str) -> bool:
        return pair in self.matcher.lexical or pair in self.matcher.body

    @classmethod
    def fit(
        cls,
        city: City,
        language: Language,
        *,
        embedder: Embedder | None = None,
        words: WordVectors | None = None,
        cache: Path | None = None,
        progress: Progress | None = None,
    ) -> Reader:
        """Indexes and calibrates, or takes both from `cache` if nothing changed.

        `words` stand in for the embedder where there is none.
        """
        meaning: Vectors | None = embedder or words
        found = documents(city)
        mark = index.fingerprint(
            [
                *(text for document in found for text in (*document.examples(), document.body)),
                language.talk.model_dump_json(),
                language.learnt_from(),
                str(embedder is not None),
                words.mark if words and not embedder else "",
            ]
        )
        way = "meaning" if embedder else "words"
        path = cache / f"{city.about.id}-{way}.npz" if cache else None
        stored = index.load(path, mark) if path else None
        normalise = Normaliser(language.talk.rewrites)
        if stored:
            matcher = Matcher(found, normalise, stored.lexicon, embedder, stored.meaning)
            return cls(city, language, matcher, stored.crowd, stored.calibration, meaning)
        matcher = Matcher.fit(found, normalise=normalise, embedder=embedder, progress=progress)
        others = crowd(matcher, language.talk, progress)
        cues = Cues(language.talk)
        calibration, leaning = calibrate(matcher, language, cues, others, meaning, progress)
        reader = cls(city, language, matcher, others, calibration, meaning)
        reader._hear(language.dialogues, leaning, progress)
        if path:
            learnt = Index(matcher.lexicon, matcher.meaning, others, reader.calibration)
            index.save(path, mark, learnt)
        return reader

    def _hear(self, dialogues: Dialogues, leaning: list[Second], progress: Progress | None) -> None:
        """Learns which second texts open another matter; `leaning` are some that open none."""
        told = [(pair, opens) for opens, pairs in dialogues.by_kind() for pair in pairs]
        texts = [text for pair, _ in told for text in pair]
        found = [self._repaired(text) for text in texts]
        plain = [repaired.text for _, repaired in found]
        vectors = self._meaning.all(plain, progress) if self._meaning and plain else None
        seen = [
            self._weigh(text, *found[i], None if vectors is None else vectors[i])
            for i, text in enumerate(texts)
        ]
        heard = [
            Heard(self._second(after), opens, near=before.nearest == after.nearest)
            for before, after, (_, opens) in zip(seen[::2], seen[1::2], told, strict=True)
        ]
        heard += [Heard(one, opens=False) for one in leaning]
        learnt = turns.learn(heard, len(self.calibration.space.vocabulary))
        self.calibration = replace(self.calibration, turns=learnt)

    def read(self, text: str) -> Ranking:
        """What a text means; never raises on any text."""
        return self.examine(text).ranking

    def examine(self, text: str) -> Reading:
        """Reads a text and keeps everything seen on the way."""
        normal, repaired = self._repaired(text)
        whole = self._meaning.question(repaired.text) if self._meaning else None
        seen = self._weigh(text, normal, repaired, whole)
        facets = self._facets(repaired.text, whole)
        return Reading(seen, facets, self._ranking(seen, facets))

    def _repaired(self, text: str) -> tuple[Normal, Repaired]:
        normal = self.matcher.normalise(text)
        written, typed = self.pinyin(normal.text)
        normal = replace(normal, text=written)
        repaired = self.repair(self._bare(written))
        return normal, replace(repaired, changes=(*typed, *repaired.changes))

    def _weigh(
        self, text: str, normal: Normal, repaired: Repaired, whole: Floats | None
    ) -> Weighed:
        need = focus(self.matcher, repaired.text)
        needed = self.matcher.words(need)
        words = needed
        if need != repaired.text:
            words = self.matcher.words(repaired.text).as_clear_as(needed)
        above = self._heading(text) if len(repaired.text) > STORY else None
        scores = self._scores(words, whole, above)
        marks = self.cues.marks(normal.text)
        features = self.calibration.space.features(repaired.text, whole, marks)
        kinds = self.calibration.kinds.scores(features)
        gaps = self.crowd.gaps(repaired.text, self._for_talk(scores, needed, whole))
        belief = shares(scores.total, self.calibration.temperature)
        gates = self.calibration.judge(
            self.calibration.gate_features(kinds, gaps, marks, standing(scores, belief))
        )
        named = dict(zip(self.calibration.kinds.classes, map(float, kinds), strict=True))
        return Weighed(normal, repaired, need, above, scores, belief, features, named, gates)

    def _heading(self, text: str) -> str | None:
        above = heading(text)
        return self.repair(self._bare(self.matcher.normalise(above).text)).text if above else None

    def _scores(self, words: Words, vector: Floats | None, above: str | None) -> Scores:
        """A text is compared as a whole, and by what stands above it."""
        if above:
            words = words.plus(self.matcher.words(above), HEADING)
            if self.matcher.embedder and vector is not None:
                vector = vector + np.float32(HEADING) * self.matcher.embedder.question(above)
                vector /= np.linalg.norm(vector)
        return self.matcher.compare(words, vector)

    def _for_talk(self, scores: Scores, needed: Words, whole: Floats | None) -> Scores:
        """Talk is told from a question by the meaning of the whole text, not of the need.

        By words a guide explains a need better than a long story, as talk does not: the need's.
        """
        meaning = scores.meaning
        if meaning is not None and whole is not None and self.matcher.meaning is not None:
            meaning = replace(meaning, vector=self.matcher.meaning.metric(whole))
        return replace(scores, words=needed, meaning=meaning)

    def _facets(self, text: str, whole: Floats | None) -> dict[str, float]:
        """How much each facet is asked for; a story asks at its end, most in its last clause."""
        end, vector = tail(text), whole
        if end != text and self._meaning:
            vector = self._meaning.question(end)
        facets = self.calibration.facets
        scores = facets.scores(end, vector, self.cues.marks(end))
        clause = last_clause(end)
        if clause != end:
            # A model takes too long to be asked once more.
            if self._meaning and not self.matcher.embedder:
                vector = self._meaning.question(clause)
            last = facets.scores(clause, vector, self.cues.marks(clause))
            scores = (1 - LAST_CLAUSE) * scores + LAST_CLAUSE * last
        return dict(zip(facets.head.classes, map(float, scores), strict=True))

    def _bare(self, text: str) -> str:
        """The text without politeness, unless nothing else is left."""
        opening = self._salutation.match(text)
        bare = text[opening.end() :] if opening else text
        # Those of one length may overlap: which goes first must not be a set's order.
        for phrase in sorted(self._filler.said(text), key=lambda said: (-len(said), said)):
            bare = bare.replace(phrase, " ")
        bare = " ".join(bare.split()).strip(" ，,。.!！、")
        return bare if len(grams.characters(bare)) > 1 else text

    def _ranking(self, seen: Weighed, facets: dict[str, float]) -> Ranking:
        normal, gates, named = seen.normal.text, seen.gates, seen.scores.words.named
        candidates = tuple(
            Candidate(self.matcher.documents[i].id, float(seen.belief[i]), bool(named[i] > 0))
            for i in best_first(seen.scores.total, OFFERED)
        )
        intent, probability = self._intent(normal, seen.kinds, gates)
        best = max(facets, key=lambda name: facets[name])
        return Ranking(
            decision=_decision(gates[RIGHT], gates[OUTSIDE]),
            candidates=candidates,
            confidence=gates[RIGHT],
            intent=intent,
            intent_probability=probability,
            facet=None if best == WHOLE else Facet(best),
            generic=gates[GENERIC],
            opens=self._opens(seen),
            facts=self.cues.facts(normal),
            place=self.places.elsewhere(normal),
            text=seen.repaired.text,
            traditional=seen.normal.traditional,
            reasons=tuple(f"{a}→{b}" for a, b in seen.repaired.changes),
        )

    def _second(self, seen: Weighed) -> Second:
        """A text as it is judged after another one."""
        return second(seen.repaired.text, seen.features, seen.gates, self.cues, seen.normal.text)

    def _opens(self, seen: Weighed) -> float:
        learnt, found = self.calibration.turns, self._second(seen)
        return learnt.opens(found) if learnt else turns.untaught(found)

    def _intent(
        self, text: str, kinds: dict[str, float], gates: dict[str, float]
    ) -> tuple[str | None, float]:
        if command := self._commands.get(text.strip(" 。.!！")):
            return command, 1.0
        if danger := self.cues.crisis(text):
            return f"crisis.{danger}", 1.0
        if gates[COMPLAINT] > max(_audible(text, gates), *(gates[g] for g in OTHER_TALK)):
            return COMPLAINT, gates[COMPLAINT]
        for gate in (TALK, OUTSIDE):
            if gates[gate] > SURE:
                best = max((k for k in kinds if k.startswith(gate)), key=lambda k: kinds[k])
                if best == CIVIC and gates[RIGHT] >= ASK_BACK:
                    break  # a public matter: its guide may be among the nearest
                return best, gates[gate]
        return None, 0.0


def _audible(text: str, gates: dict[str, float]) -> float:
    """From which likelihood on a text is heard as a complaint."""
    if gates[RIGHT] < ASK_BACK:
        return HEARD_ALONE
    return HEARD_STORY if len(text) > STORY else HEARD


def _decision(confidence: float, outside: float) -> Decision:
    if confidence < ASK_BACK:
        return Decision.decline
    if outside > DOUBT:
        # Two gates that disagree: then the citizen decides.
        return Decision.clarify if confidence >= ANSWER else Decision.decline
    return Decision.answer if confidence >= ANSWER else Decision.clarify
