"""Questions without a good answer, gathered into clusters that a person can look through. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bot.text import clean

Floats = NDArray[np.float32]

# Of a hundred: texts as alike as this ask for the same thing.
ALIKE: Final = 62
# With the same nearest guide less will do.
ALIKE_SAME_GUIDE: Final = 40
# What two vectors must have in common; see docs/matching.md for how they were chosen.
MEANT: Final = 0.45
MEANT_SAME_GUIDE: Final = 0.35
# So many questions are compared with all before them at once.
BLOCK: Final = 256
# Two questions of one chat that follow each other are one question asked twice from here on;
# above SAME the citizen sent the very same again, which says nothing of the answer.
AGAIN: Final = 45
SAME: Final = 97


class Kind(StrEnum):
    """How we know that there was no good answer."""

    unanswered = "unanswered"  # no guide was near enough
    outside = "outside"  # a public matter that was taken for nobody's business here
    rejected = "rejected"  # guides were offered, and the citizen said: none of these
    again = "again"  # a guide was shown, and the citizen asked the same in other words


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `inbox` is its row, `nearest` the guides that were nearest, best first."""

    inbox: int
    text: str
    at: str
    kind: Kind
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cluster:
    """Questions that ask for the same thing, the first one found leading."""

    questions: tuple[Question, ...]

    @property
    def id(self) -> int:
        """The row of its oldest question: it stays when others join."""
        return min(q.inbox for q in self.questions)

    @property
    def texts(self) -> list[tuple[str, int]]:
        """Each wording with how often it came, the most frequent first."""
        return Counter(q.text for q in self.questions).most_common()

    @property
    def kinds(self) -> dict[Kind, int]:
        """How many of each kind."""
        found = Counter(q.kind for q in self.questions)
        return {kind: found[kind] for kind in Kind if found[kind]}

    @property
    def nearest(self) -> list[str]:
        """Guides that were near, the most often first."""
        return [
            name for name, _ in Counter(n for q in self.questions for n in q.nearest).most_common()
        ]

    @property
    def suggested(self) -> str | None:
        """The guide that these most likely miss; None for what may need a new one."""
        near = Counter(q.nearest[0] for q in self.questions if q.nearest and q.kind != Kind.outside)
        return near.most_common(1)[0][0] if near else None

    @property
    def newest(self) -> str:
        """When it was asked last."""
        return max(q.at for q in self.questions)


def clusters(
    questions: Iterable[Question], vectors: Mapping[str, Floats] | None = None
) -> list[Cluster]:
    """Gathers questions: each joins the first cluster whose leader it is like. Largest first.

    Two are alike if their characters agree in order to ALIKE percent, or, where both have a unit
    vector (by text), if their product is MEANT. With the same nearest guide less will do. That
    is all; whoever looks at a cluster can check it.
    """
    ordered = sorted(questions, key=lambda q: q.inbox)
    found: list[list[Question]] = []
    # The place of each cluster's leader among the questions.
    leaders = np.zeros(len(ordered), dtype=np.intp)
    for place, alike in enumerate(_alike(ordered, vectors or {})):
        like = np.flatnonzero(alike[leaders[: len(found)]])
        if len(like):
            found[like[0]].append(ordered[place])
        else:
            leaders[len(found)] = place
            found.append([ordered[place]])
    made = [Cluster(tuple(members)) for members in found]
    return sorted(made, key=lambda c: (-len(c.questions), c.id))


def asked_again(first: str, second: str) -> bool:
    """Whether the second of two questions asks for the same in other words."""
    return AGAIN <= fuzz.ratio(_plain(first), _plain(second)) < SAME


def _alike(
    questions: Sequence[Question], vectors: Mapping[str, Floats]
) -> Iterator[NDArray[np.bool_]]:
    """For each question to which others it is alike; those behind its block count as unlike."""
    texts = [_plain(q.text) for q in questions]
    names: dict[str, int] = {}
    guides = np.array(
        [names.setdefault(q.nearest[0], len(names)) if q.nearest else -1 for q in questions]
    )
    nothing = np.zeros(len(next(iter(vectors.values()), ())), dtype=np.float32)
    rows = np.array([vectors.get(q.text, nothing) for q in questions], dtype=np.float32)
    for start in range(0, len(questions), BLOCK):
        block = slice(start, start + BLOCK)
        behind = slice(0, start + BLOCK)
        same = (guides[block, None] == guides[behind]) & (guides[block, None] >= 0)
        ratios = process.cdist(
            texts[block], texts[behind], scorer=fuzz.ratio, score_cutoff=ALIKE_SAME_GUIDE,
            dtype=np.float32,
        )  # fmt: skip
        alike = ratios >= np.where(same, ALIKE_SAME_GUIDE, ALIKE)
        if vectors:
            meant = rows[block] @ rows[behind].T
            alike |= meant >= np.where(same, MEANT_SAME_GUIDE, MEANT)
        yield from alike


def _plain(text: str) -> str:
    return "".join(c for c in clean(text).casefold() if c.isalnum())
