"""Learns, from a city's own example questions, when an answer may be trusted.

Every city calibrates itself: each example question is asked as if it were new (left out of the
index), once more as if its guide were missing, and beside it stands talk that is no question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.language import Language, Talk
from bot.match import grams, head, logistic
from bot.match.crowd import Crowd
from bot.match.embed import Progress, Vectors
from bot.match.head import Damping, Head
from bot.match.logistic import Gates, Logistic
from bot.match.matcher import Matcher, Scores, Words
from bot.match.signals import Cues, shares, standing, tail
from bot.match.space import Features, Space, Vocabulary
from bot.match.turns import Second, Turns

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

SERVICE: Final = "service"
COMPLAINT: Final = "complaint"
GENERIC: Final = "generic"
TALK: Final = "small_talk"
OUTSIDE: Final = "out_of_scope"
# Public matters without a guide, as the language packs name them.
CIVIC: Final = f"{OUTSIDE}.civic"
WHOLE: Final = "whole"
RIGHT: Final = "right"

# How often each comes in real use; only the proportions count. A guide that is missing is the
# hardest case and must weigh, or the gate learns that every civic question has its guide.
SHARES: Final = {"asked": 0.7, "missing": 0.1, "other": 0.2}
# A group's part of what citizens write, for the gate that recognises it.
PART: Final = 0.15
# More examples than this add minutes to the fit of a large city and nothing to its gates.
MOST: Final = 5000
# So many are enough to choose the temperature by.
SAMPLE: Final = 1000
TEMPERATURES: Final = (0.005, 0.01, 0.015, 0.02, 0.03, 0.045, 0.07, 0.1, 0.15, 0.2, 0.3, 0.45)


@dataclass(frozen=True)
class Facets:
    """A head that tells what is asked for, and the space it sees: words written and heard."""

    space: Space
    head: Head

    def scores(self, text: str, vector: Floats | None, marks: Floats) -> Floats:
        """How much a text asks for each, in the order of the head's classes."""
        return self.head.scores(self.space.features(text, vector, marks))


@dataclass(frozen=True)
class Calibration:
    """What was learnt: heads for the kind of talk and for the facet, gates, a temperature.

    `space` is what the head of kinds sees, and `turns`, which tells of a text after an answer
    where there were dialogues to learn from.
    """

    space: Space
    kinds: Head
    facets: Facets
    gates: dict[str, Logistic]
    temperature: float
    turns: Turns | None = None

    def gate_features(self, kinds: Floats, gaps: Doubles, marks: Floats, stand: Doubles) -> Doubles:
        """The numbers that every gate judges by."""
        return _gate_features(self.kinds.classes, kinds, gaps, marks, stand)

    def judge(self, features: Doubles) -> dict[str, float]:
        """What each gate makes of these numbers, as a probability."""
        return self._judges.probabilities(features)

    @cached_property
    def _judges(self) -> Gates:
        return Gates(self.gates)


@dataclass(frozen=True)
class _Example:
    """A text of a known kind: number `ask` in the matcher, or number `talk` in the crowd."""

    text: str
    kind: str
    ask: int | None = None
    talk: int | None = None

    @property
    def group(self) -> str:
        return self.kind.partition(".")[0]


def crowd(matcher: Matcher, talk: Talk, progress: Progress | None = None) -> Crowd:
    """The language's examples of talk that is no question on a service."""
    others = [e for e in _examples(matcher, talk) if e.talk is not None]
    texts = [e.text for e in others]
    vectors = matcher.embedder.all(texts, progress) if matcher.embedder else None
    if vectors is not None and matcher.meaning is not None:
        vectors = matcher.meaning.metric(vectors)
    return Crowd.of(texts, [e.group for e in others], vectors)


def calibrate(
    matcher: Matcher,
    language: Language,
    cues: Cues,
    crowd: Crowd,
    meaning: Vectors | None,
    progress: Progress | None = None,
) -> tuple[Calibration, list[Second]]:
    """Fits heads and gates; takes seconds once the vectors are there.

    `meaning` gives the heads each text's vector: the matcher's model, or what stands in for it.
    Beside what was learnt, the texts on a facet alone, as ones that come after an answer.
    """
    talk = language.talk
    examples = _examples(matcher, talk)
    texts = [e.text for e in examples]
    vectors = meaning.all(texts, progress) if meaning else None
    asked = _asked(matcher, language)
    # Texts on a facet are questions too: so their words count, and pinyin is written in them.
    space = Space.of(Vocabulary.small([*texts, *(text for text, _ in asked)]), vectors)
    marks = np.stack([cues.marks(text) for text in texts])
    features = _features(space, texts, vectors, marks)
    kinds = head.fit_with_leverage(
        features, [e.kind for e in examples], len(space.vocabulary), Damping(1.0, 0.5)
    )
    held_out = np.stack(
        [
            kinds.unseen(i, kinds.head.classes.index(e.kind), kinds.head.scores(features[i]))
            for i, e in enumerate(examples)
        ]
    )
    rows = _Rows(matcher, crowd, kinds.head.classes, held_out, examples, vectors, marks)
    calibration = Calibration(
        space=space,
        kinds=kinds.head,
        facets=_facets(asked, cues, meaning),
        gates=rows.gates(),
        temperature=rows.temperature,
    )
    leaning = [
        second(row.text, features[row.number], calibration.judge(row.features), cues, row.text)
        for row in rows.found
        if row.group == GENERIC
    ]
    return calibration, leaning


def second(
    text: str, features: Features, gates: dict[str, float], cues: Cues, opening: str
) -> Second:
    """A text as it is judged after another one; `opening` is the text with how it begins."""
    return Second(text, features, gates[RIGHT], gates[GENERIC], cues.announces(opening))


def _examples(matcher: Matcher, talk: Talk) -> list[_Example]:
    step = max(1, -(-len(matcher.examples) // MOST))
    found = [
        _Example(matcher.examples[i], SERVICE, ask=i) for i in range(0, len(matcher.examples), step)
    ]
    found += [
        _Example(matcher.normalise(text).text, SERVICE)
        for text in (*talk.complaint.unlike, *talk.whole)
    ]
    others = [
        (COMPLAINT, talk.complaint.says),
        *((f"{TALK}.{name}", texts) for name, texts in talk.small_talk.items()),
        *((f"{OUTSIDE}.{name}", texts) for name, texts in talk.out_of_scope.items()),
        *((GENERIC, facet.asks) for facet in talk.facets.values()),
        (GENERIC, talk.again),
    ]
    number = 0
    for kind, texts in others:
        for text in texts:
            found.append(_Example(matcher.normalise(text).text, kind, talk=number))
            number += 1
    return found


def _features(
    space: Space, texts: list[str], vectors: Floats | None, marks: Floats
) -> list[Features]:
    return [
        space.features(text, None if vectors is None else vectors[i], marks[i])
        for i, text in enumerate(texts)
    ]


def _asked(matcher: Matcher, language: Language) -> list[tuple[str, str]]:
    """What is asked for one facet, or for all: the text's end, and the facet."""
    talk = language.talk
    labelled = [(text, facet.value) for facet, one in talk.facets.items() for text in one.asks]
    labelled += [(text, WHOLE) for text in (*talk.whole, *talk.again)]
    labelled += [(text, facet) for facet, texts in language.asked for text in texts]
    return [(tail(matcher.normalise(text).text), label) for text, label in labelled]


def _facets(asked: list[tuple[str, str]], cues: Cues, meaning: Vectors | None) -> Facets:
    texts = [text for text, _ in asked]
    vectors = meaning.all(texts) if meaning else None
    space = Space.of(Vocabulary.large(texts), vectors)
    marks = np.stack([cues.marks(text) for text in texts])
    features = _features(space, texts, vectors, marks)
    labels = [label for _, label in asked]
    return Facets(space, head.fit(features, labels, len(space.vocabulary), Damping(3.0, 1.0)))


def _gate_features(
    classes: tuple[str, ...], kinds: Floats, gaps: Doubles, marks: Floats, stand: Doubles
) -> Doubles:
    """How much nearer each group is than a service, by head and by neighbours; cues; margins."""
    service, starts = _groups(classes)
    leads = np.maximum.reduceat(kinds, starts) - kinds[service]
    return np.concatenate([leads, gaps, marks, stand], dtype=np.float64)


@cache
def _groups(classes: tuple[str, ...]) -> tuple[int, list[int]]:
    """The number of the class of services, and where each group of the sorted classes begins."""
    heads = [name.partition(".")[0] for name in classes]
    starts = [i for i, group in enumerate(heads) if i == 0 or heads[i - 1] != group]
    return classes.index(SERVICE), starts


@dataclass(frozen=True)
class _Row:
    """Example `number`, asked as if it were new: where it comes from, and whether it was right."""

    number: int
    text: str
    group: str
    source: str
    right: bool
    features: Doubles


class _Rows:
    """The calibration questions, each asked as if it were new."""

    def __init__(
        self,
        matcher: Matcher,
        crowd: Crowd,
        classes: tuple[str, ...],
        held_out: Floats,
        examples: list[_Example],
        vectors: Floats | None,
        marks: Floats,
    ) -> None:
        self.matcher, self.crowd, self.classes, self.held_out = matcher, crowd, classes, held_out
        self.vectors, self.marks = vectors, marks
        self.found: list[_Row] = []
        self.temperature = _temperature(matcher, examples, vectors)
        for i, example in enumerate(examples):
            self._ask(i, example)

    def _ask(self, i: int, example: _Example) -> None:
        vector = None if self.vectors is None else self.vectors[i]
        scores = scores_left_out(self.matcher, example.text, vector, example.ask)
        if example.ask is None:
            source = "other" if example.talk is not None else "unknown guide"
            self._add(i, example, scores, source, right=False)
            return
        owner = int(self.matcher.owner[example.ask])
        self._add(i, example, scores, "asked", right=int(scores.total.argmax()) == owner)
        self._add(i, example, _without(self.matcher, scores, owner), "missing", right=False)

    def _add(self, i: int, example: _Example, scores: Scores, source: str, *, right: bool) -> None:
        features = _gate_features(
            self.classes,
            self.held_out[i],
            self.crowd.gaps(example.text, scores, example.talk),
            self.marks[i],
            standing(scores, shares(scores.total, self.temperature)),
        )
        self.found.append(_Row(i, example.text, example.group, source, right, features))

    def gates(self) -> dict[str, Logistic]:
        rows = np.stack([row.features for row in self.found])
        sources = np.array([row.source for row in self.found])
        right = np.array([row.right for row in self.found])
        groups = np.array([row.group for row in self.found])
        weight = np.zeros(len(rows))
        for source, share in SHARES.items():
            weight[sources == source] = share / max(int((sources == source).sum()), 1)
        judged = weight > 0
        gates = {RIGHT: logistic.fit(rows[judged], right[judged], weight[judged])}
        present = sources != "missing"
        for name in self.crowd.groups:
            target = groups[present] == name
            gates[name] = logistic.fit(rows[present], target, _weighted(target))
        return gates


def _temperature(matcher: Matcher, examples: list[_Example], vectors: Floats | None) -> float:
    """The width of scores at which candidates' shares best predict the right guide."""
    asked = [(i, e) for i, e in enumerate(examples) if e.ask is not None]
    totals = []
    for i, example in asked[:: max(1, -(-len(asked) // SAMPLE))]:
        assert example.ask is not None
        vector = None if vectors is None else vectors[i]
        scores = scores_left_out(matcher, example.text, vector, example.ask)
        totals.append((scores.total, int(matcher.owner[example.ask])))

    def surprise(temperature: float) -> float:
        believed = [shares(total, temperature)[owner] for total, owner in totals]
        return -float(np.log(np.maximum(believed, 1e-9)).mean()) if believed else 0.0

    return min(TEMPERATURES, key=surprise)


def leave_one_out(matcher: Matcher) -> Iterator[tuple[str, str, str]]:
    """Asks each example as if it were new: (example, its document, the document that wins)."""
    vectors = matcher.embedder.all(matcher.examples) if matcher.embedder else None
    for number, text in enumerate(matcher.examples):
        scores = scores_left_out(
            matcher, text, vectors[number] if vectors is not None else None, number
        )
        owner = matcher.documents[matcher.owner[number]].id
        yield text, owner, matcher.documents[int(scores.total.argmax())].id


def scores_left_out(
    matcher: Matcher, text: str, vector: Floats | None, number: int | None
) -> Scores:
    """The matcher's scores as if example `number` were not in the index."""
    words = matcher.words(text)
    if number is not None:
        words = _words_left_out(matcher, words, text, number)
    if matcher.meaning is None or vector is None:
        return matcher.fuse(words, None)
    return matcher.fuse(words, matcher.meaning.compare(vector, number))


def _words_left_out(matcher: Matcher, words: Words, text: str, number: int) -> Words:
    owner = int(matcher.owner[number])
    words.lexical[owner] = matcher.lexical.score_without(owner, grams.characters(text))
    words.sound[owner] = matcher.sound.score_without(owner, grams.syllables(text))
    if text in matcher.names_of(owner):
        words.named[owner] = 0
    if matcher.learnt is None:
        return words
    return replace(words, learnt=matcher.learnt.fitted.unseen(number, owner, words.learnt))


def _without(matcher: Matcher, scores: Scores, owner: int) -> Scores:
    """The same question if its guide did not exist."""
    said = scores.words
    words = Words(**{part.name: _lowest(getattr(said, part.name), owner) for part in fields(said)})
    meaning = scores.meaning
    if meaning is not None:
        examples, body = _lowest(meaning.examples, owner), _lowest(meaning.body, owner)
        meaning = replace(meaning, examples=examples, body=body)
    return matcher.fuse(words, meaning)


def _lowest(scores: Floats, owner: int) -> Floats:
    scores = scores.copy()
    scores[owner] = scores.min()
    return scores


def _weighted(target: NDArray[np.bool_]) -> Doubles:
    yes = max(int(target.sum()), 1)
    no = max(len(target) - yes, 1)
    return np.where(target, PART / yes, (1 - PART) / no)
