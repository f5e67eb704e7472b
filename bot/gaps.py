"""Questions without a good answer, gathered into clusters that a person can look through. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rapidfuzz import fuzz

from bot.text import clean

# Of a hundred: texts as alike as this ask for the same thing.
ALIKE: Final = 62
# With the same nearest guide less will do.
ALIKE_SAME_GUIDE: Final = 40
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


def clusters(questions: Iterable[Question]) -> list[Cluster]:
    """Gathers questions: each joins the first cluster whose leader it is like. Largest first.

    Two are alike if their characters agree in order to ALIKE percent, or to ALIKE_SAME_GUIDE
    percent and the same guide was nearest. That is all; whoever looks at a cluster can check it.
    """
    found: list[list[Question]] = []
    plain: dict[int, str] = {}
    for question in sorted(questions, key=lambda q: q.inbox):
        text = plain[question.inbox] = _plain(question.text)
        for members in found:
            if _alike(members[0], plain[members[0].inbox], question, text):
                members.append(question)
                break
        else:
            found.append([question])
    made = [Cluster(tuple(members)) for members in found]
    return sorted(made, key=lambda c: (-len(c.questions), c.id))


def asked_again(first: str, second: str) -> bool:
    """Whether the second of two questions asks for the same in other words."""
    return AGAIN <= fuzz.ratio(_plain(first), _plain(second)) < SAME


def _alike(one: Question, one_text: str, other: Question, other_text: str) -> bool:
    same_guide = bool(one.nearest and other.nearest and one.nearest[0] == other.nearest[0])
    wanted = ALIKE_SAME_GUIDE if same_guide else ALIKE
    return bool(fuzz.ratio(one_text, other_text, score_cutoff=wanted))


def _plain(text: str) -> str:
    return "".join(c for c in clean(text).casefold() if c.isalnum())
