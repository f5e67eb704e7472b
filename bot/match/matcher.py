"""The fixed fusion of the channels over any corpus: question to scored documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match import bm25, grams
from bot.match.bm25 import Bm25
from bot.match.embed import Embedder, Progress
from bot.text import Normaliser

Floats = NDArray[np.float32]

# Measured once on public FAQ sets (docs/matching.md) and fixed: weights learned on one set lost
# five points on another. Cosines span about .15, lexical shares about 1.
LEXICAL: Final = 0.05
NAMED: Final = 0.05
BODY: Final = 0.05
SOUND: Final = 0.05
SOUND_GAP: Final = 0.5
# Without vectors words carry the sum alone and need not be scaled down to the width of cosines.
SCALE_ALONE: Final = 10
NEAREST_EXAMPLES: Final = 3


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
class Scores:
    """Each channel's scores over all documents, and their fusion. `vector` is the question's."""

    total: Floats
    lexical: Floats
    named: Floats
    body: Floats
    sound: Floats
    semantic: Floats | None
    vector: Floats | None


class Matcher:
    """Ranks documents for a question. Built by `fit`; holds no state between questions."""

    def __init__(
        self,
        documents: Sequence[Document],
        normalise: Normaliser,
        embedder: Embedder | None,
        progress: Progress | None,
    ) -> None:
        self.documents = tuple(documents)
        self.normalise = normalise
        self.embedder = embedder
        examples = [[normalise(text).text for text in d.examples()] for d in documents]
        self.examples = tuple(text for texts in examples for text in texts)
        self.owner = np.repeat(np.arange(len(examples)), [len(texts) for texts in examples])
        self.lexical: Bm25 = bm25.index(examples, grams.characters)
        self._names = _Names(documents, normalise)
        self.body: Bm25 = bm25.index(
            [[normalise(d.body).text] for d in documents], grams.characters
        )
        self.sound: Bm25 = bm25.index(examples, grams.syllables)
        self.vectors = embedder.all(self.examples, progress) if embedder else None
        self.slots = _slots(self.owner, len(self.documents))

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
        return cls(documents, normalise or Normaliser(), embedder, progress)

    def search(self, question: str, limit: int = 10) -> list[Hit]:
        """The best documents, best first."""
        total = self.scores(self.normalise(question).text).total
        best = np.argsort(-total, kind="stable")[:limit]
        return [Hit(self.documents[i].id, float(total[i])) for i in best]

    def scores(self, text: str, vector: Floats | None = None) -> Scores:
        """Scores a normalised text; `vector` spares embedding it again."""
        if vector is None and self.embedder:
            vector = self.embedder.question(text)
        units = grams.characters(text)
        semantic = self.semantic(vector) if vector is not None else None
        return fuse(
            self.lexical.scores(units),
            self.named(text),
            self.body.scores(units),
            self.sound.scores(grams.syllables(text)),
            semantic,
            vector,
        )

    def named(self, text: str) -> Floats:
        """Share of the question that a document's own name explains, if it is said in full."""
        result = np.zeros(len(self.documents), dtype=np.float32)
        said = self._names.said(text)
        if not said:
            return result
        total = sum(map(self.lexical.idf, grams.characters(text)))
        for name in said:
            share = sum(map(self.lexical.idf, grams.characters(name))) / total
            for owner in self._names.owners[name]:
                result[owner] = max(result[owner], share)
        return result

    def names_of(self, number: int) -> set[str]:
        """The names by which a document may be called, normalised."""
        return {name for name, owners in self._names.owners.items() if number in owners}

    def semantic(self, vector: Floats) -> Floats:
        """Mean cosine of each document's three nearest examples."""
        assert self.vectors is not None
        return nearest_mean(self.vectors @ vector, self.slots)


class _Names:
    """Finds the documents' names in a text, by their first two characters and lengths."""

    def __init__(self, documents: Sequence[Document], normalise: Normaliser) -> None:
        self.owners: dict[str, list[int]] = {}
        self._lengths: dict[str, set[int]] = {}
        for number, document in enumerate(documents):
            for name in {normalise(n).text for n in (document.title, *document.names)}:
                if len(name) >= 2:
                    self.owners.setdefault(name, []).append(number)
                    self._lengths.setdefault(name[:2], set()).add(len(name))

    def said(self, text: str) -> set[str]:
        """The names that stand in a text."""
        return {
            name
            for start in range(len(text) - 1)
            for length in self._lengths.get(text[start : start + 2], ())
            if (name := text[start : start + length]) in self.owners
        }


def fuse(
    lexical: Floats,
    named: Floats,
    body: Floats,
    sound: Floats,
    semantic: Floats | None,
    vector: Floats | None,
) -> Scores:
    """The fixed sum. Sound weighs more the better it explains the question than writing does."""
    gap = max(0.0, float(sound.max(initial=0)) - float(lexical.max(initial=0)))
    words = LEXICAL * lexical + NAMED * named + BODY * body + (SOUND + SOUND_GAP * gap) * sound
    total = SCALE_ALONE * words if semantic is None else semantic + words
    return Scores(total, lexical, named, body, sound, semantic, vector)


def _slots(owner: NDArray[np.intp], size: int) -> NDArray[np.intp]:
    """Row i holds the example numbers of document i, padded with the number past the last."""
    counts = np.bincount(owner, minlength=size)
    width = int(counts.max(initial=1))
    slots = np.full((size, width), len(owner), dtype=np.intp)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    for column in range(width):
        rows = counts > column
        slots[rows, column] = starts[rows] + column
    return slots


def nearest_mean(similar: Floats, slots: NDArray[np.intp]) -> Floats:
    """Mean of the three largest similarities in each row of slots; fewer where there are fewer."""
    padded = np.append(similar, np.float32(-np.inf))[slots]
    keep = min(NEAREST_EXAMPLES, padded.shape[1])
    top = -np.partition(-padded, keep - 1, axis=1)[:, :keep]
    real = np.isfinite(top)
    sums = np.where(real, top, 0).sum(axis=1)
    result: Floats = (sums / np.maximum(real.sum(axis=1), 1)).astype(np.float32)
    return result
