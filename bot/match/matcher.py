"""The fixed fusion of the channels over any corpus: question to scored documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match import bm25, grams, head
from bot.match.bm25 import Bm25
from bot.match.embed import Embedder, Progress
from bot.match.grams import Units
from bot.match.head import Damping, Fitted
from bot.match.meaning import Meaning, MeaningIndex
from bot.match.phrases import Phrases
from bot.match.space import Vocabulary
from bot.text import Normaliser

Floats = NDArray[np.float32]

# Measured once on public FAQ sets (docs/matching.md) and fixed: weights learned on one set lost
# five points on another. Lexical shares span about 1; `Metric.words` fits them to the cosines.
LEXICAL: Final = 0.05
NAMED: Final = 0.05
BODY: Final = 0.05
SOUND: Final = 0.05
SOUND_GAP: Final = 0.3
# Without vectors words carry the sum alone and need not be scaled down to the width of cosines.
SCALE_ALONE: Final = 10
LEARNT: Final = 0.05
LEARNT_RIDGE: Final = 2.0
# A head over more documents costs more time a question than it gains.
LEARNT_MOST: Final = 1000


@dataclass(frozen=True)
class Document:
    """Something to be found. `questions` are examples of how it is asked for."""

    id: str
    title: str
    names: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    body: str = ""

    def examples(self) -> tuple[str, ...]:
        """Everything that stands for the document in a citizen's words."""
        return (self.title, *self.names, *self.questions)


@dataclass(frozen=True)
class Hit:
    """A found document; scores compare within one question only."""

    id: str
    score: float


@dataclass(frozen=True)
class Words:
    """What the channels without a model say of every document."""

    lexical: Floats
    named: Floats
    body: Floats
    sound: Floats
    learnt: Floats

    @cached_property
    def total(self) -> Floats:
        """The fixed sum. Sound weighs more the better it explains the question than writing."""
        gap = max(0.0, float(self.sound.max(initial=0)) - float(self.lexical.max(initial=0)))
        result: Floats = (SOUND + SOUND_GAP * gap) * self.sound
        for weight, channel in (
            (LEXICAL, self.lexical),
            (NAMED, self.named),
            (BODY, self.body),
            (LEARNT, self.learnt),
        ):
            result += weight * channel
        return result

    def as_clear_as(self, other: Words) -> Words:
        """The same order, but the best as well explained as the best of `other`.

        No document explains much of a long text, though it may explain it better than all others.
        """
        best = float(self.lexical.max(initial=0))
        return self.plus(self, float(other.lexical.max(initial=0)) / best - 1 if best else 0.0)

    def plus(self, other: Words, weight: float) -> Words:
        """The sum with so much of `other`, channel by channel."""
        names = [field.name for field in fields(self)]
        part = np.float32(weight)
        return Words(*(getattr(self, n) + part * getattr(other, n) for n in names))


@dataclass(frozen=True)
class Scores:
    """Each channel's scores over all documents, and their fusion."""

    total: Floats
    words: Words
    meaning: Meaning | None


@dataclass(frozen=True)
class Learnt:
    """A head on the examples' words."""

    vocabulary: Vocabulary
    fitted: Fitted

    def scores(self, text: str) -> Floats:
        """A score for every document."""
        return self.fitted.head.scores(self.vocabulary.features(text))


@dataclass(frozen=True)
class Lexicon:
    """What the documents say, normalised and indexed by words; made once, kept on disk.

    `examples` are the texts that stand for a document, `owner` the number of each one's document;
    `bodies` are a title and body each; `names` lists the documents that are called so.
    """

    examples: tuple[str, ...]
    owner: NDArray[np.intp]
    bodies: tuple[str, ...]
    names: dict[str, list[int]]
    lexical: Bm25
    body: Bm25
    sound: Bm25
    learnt: Learnt | None

    @classmethod
    def of(cls, documents: Sequence[Document], normalise: Normaliser) -> Lexicon:
        """Of documents in their order."""
        grouped = [[normalise(text).text for text in d.examples()] for d in documents]
        examples = tuple(text for texts in grouped for text in texts)
        owner = np.repeat(np.arange(len(grouped)), [len(texts) for texts in grouped])
        bodies = [[normalise(d.body).text] for d in documents]
        return cls(
            examples=examples,
            owner=owner,
            bodies=tuple(normalise(f"{d.title}\n{d.body}").text for d in documents),
            names=_names(documents, normalise),
            lexical=bm25.index(grouped, grams.characters),
            body=bm25.index(bodies, grams.characters),
            sound=bm25.index(grouped, grams.syllables),
            learnt=_learn(documents, examples, owner),
        )


def best_first(total: Floats, count: int) -> NDArray[np.intp]:
    """The numbers of the `count` highest scores, highest first; of equal ones the earlier first.

    To sort them all took half of a reading in a city of 20,000 guides.
    """
    if count < len(total):
        least = np.partition(total, -count)[-count]
        near = np.flatnonzero(total >= least)
    else:
        near = np.arange(len(total))
    return near[np.argsort(-total[near], kind="stable")][:count]


class Matcher:
    """Ranks documents for a question. Built by `fit`; holds no state between questions."""

    def __init__(
        self,
        documents: Sequence[Document],
        normalise: Normaliser,
        lexicon: Lexicon,
        embedder: Embedder | None = None,
        meaning: MeaningIndex | None = None,
    ) -> None:
        """Of what was made of these very documents before."""
        self.documents = tuple(documents)
        self.normalise = normalise
        self.lexicon = lexicon
        self.examples, self.owner, self.learnt = lexicon.examples, lexicon.owner, lexicon.learnt
        self.lexical, self.body, self.sound = lexicon.lexical, lexicon.body, lexicon.sound
        self._names = Phrases(lexicon.names)
        self._worth: dict[str, float] = {}
        self.embedder, self.meaning = embedder, meaning

    @classmethod
    def fit(
        cls,
        documents: Sequence[Document],
        *,
        normalise: Normaliser | None = None,
        embedder: Embedder | None = None,
        progress: Progress | None = None,
    ) -> Matcher:
        """Indexes documents. Without an embedder only words and sounds are compared."""
        normalise = normalise or Normaliser()
        lexicon = Lexicon.of(documents, normalise)
        meaning = None
        if embedder:
            vectors = embedder.all([*lexicon.examples, *lexicon.bodies], progress)
            count = len(lexicon.examples)
            meaning = MeaningIndex.of(vectors[:count], lexicon.owner, vectors[count:])
        return cls(documents, normalise, lexicon, embedder, meaning)

    def search(self, question: str, limit: int = 10) -> list[Hit]:
        """The best documents, best first."""
        total = self.scores(self.normalise(question).text).total
        return [Hit(self.documents[i].id, float(total[i])) for i in best_first(total, limit)]

    def scores(self, text: str) -> Scores:
        """Scores a normalised text."""
        vector = self.embedder.question(text) if self.embedder else None
        return self.compare(self.words(text), vector)

    def compare(self, words: Words, vector: Floats | None) -> Scores:
        """Scores a text whose words and vector are known; without a model the words alone."""
        if vector is None or self.meaning is None:
            return self.fuse(words, None)
        return self.fuse(words, self.meaning.compare(vector))

    def fuse(self, words: Words, meaning: Meaning | None) -> Scores:
        """The fixed sum of words and meaning."""
        if meaning is None or self.meaning is None:
            return Scores(words.total * SCALE_ALONE, words, None)
        metric = self.meaning.metric
        total = meaning.examples + metric.body * meaning.body + metric.words * words.total
        return Scores(total, words, meaning)

    def words(self, text: str) -> Words:
        """The channels that need no model."""
        units = grams.characters(text)
        return Words(
            self.lexical.scores(units),
            self.named(text, units),
            self.body.scores(units),
            self.sound.scores(grams.syllables(text)),
            self.by_head(text),
        )

    def by_head(self, text: str) -> Floats:
        """What the linear head on the examples' words says; nothing where there is none."""
        if self.learnt is None:
            return np.zeros(len(self.documents), dtype=np.float32)
        return self.learnt.scores(text)

    def named(self, text: str, units: Units) -> Floats:
        """Share of the question that a document's own name explains, if it is said in full.

        `units` are the text's characters and pairs.
        """
        result = np.zeros(len(self.documents), dtype=np.float32)
        said = self._names.said(text)
        if not said:
            return result
        total = self.lexical.total(units)
        for name in said:
            if (worth := self._worth.get(name)) is None:
                worth = self._worth[name] = self.lexical.total(grams.characters(name))
            share = worth / total
            owners = self.lexicon.names[name]
            result[owners] = np.maximum(result[owners], share)
        return result

    def names_of(self, number: int) -> set[str]:
        """The names by which a document may be called, normalised."""
        return {name for name, owners in self.lexicon.names.items() if number in owners}


def _names(documents: Sequence[Document], normalise: Normaliser) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, document in enumerate(documents):
        for name in sorted({normalise(n).text for n in (document.title, *document.names)}):
            if len(name) >= 2:
                found.setdefault(name, []).append(number)
    return found


def _learn(
    documents: Sequence[Document], examples: Sequence[str], owner: NDArray[np.intp]
) -> Learnt | None:
    """A linear head on the examples' words, whose classes are the documents in their order.

    None for a corpus too large for it, or without examples beyond the titles.
    """
    if len(documents) > LEARNT_MOST or len(examples) < 2 * len(documents):
        return None
    known = Vocabulary.small(examples)
    features = [known.features(text) for text in examples]
    labels = [f"{number:06d}" for number in owner]
    damping = Damping(LEARNT_RIDGE, 0.0)
    return Learnt(known, head.fit_with_leverage(features, labels, len(known), damping))
