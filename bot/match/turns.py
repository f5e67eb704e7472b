"""Learns from dialogues whether a text goes on about the matter at hand or opens another one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match import head, logistic
from bot.match.head import Damping, Head
from bot.match.logistic import Gates, Logistic
from bot.match.space import Features

Doubles = NDArray[np.float64]

OPENS: Final = "opens"
SAME: Final = "same"
# So many of the texts whose nearest guide is not the one at hand open another matter.
SHARE: Final = 1 / 3
# Fewer dialogues of a kind teach less than the rule that stands in for them.
ENOUGH: Final = 40
# Confidence beyond this tells more: a clear question on another matter is hardly a remark.
CLEAR: Final = 0.9
# No probability counts for more than this much of certainty.
CERTAIN: Final = 1e-3


@dataclass(frozen=True)
class Second:
    """What was seen in a text that came after an answer, without looking at the answer.

    `confidence` is how likely a guide fits it, `generic` how likely it leans on what was said.
    """

    text: str
    features: Features
    confidence: float
    generic: float
    announces: bool

    def row(self, score: float) -> Doubles:
        """What the gate judges by: a head's `score`, and what that cannot see."""
        # Who opens a matter has more to say.
        length = math.log1p(len(self.text))
        sure, leans = _logit(self.confidence), _logit(self.generic)
        clear = max(0.0, sure - _logit(CLEAR))
        return np.array([score, sure, clear, leans, length, float(self.announces)])


@dataclass(frozen=True)
class Turns:
    """A head for the words and the meaning of a second text, and a gate over it."""

    head: Head
    gate: Logistic

    def opens(self, second: Second) -> float:
        """How likely the text opens another matter, if its nearest guide is not that at hand."""
        score = float(self.head.scores(second.features)[self.head.classes.index(OPENS)])
        return self._gates.probabilities(second.row(score))[OPENS]

    @cached_property
    def _gates(self) -> Gates:
        return Gates({OPENS: self.gate})


@dataclass(frozen=True)
class Heard:
    """A second text to learn from, and whether it opens a matter.

    `near` is one whose nearest guide is the one at hand: the gate is never asked about it.
    """

    second: Second
    opens: bool
    near: bool = False

    @property
    def label(self) -> str:
        """Its class for the head."""
        return OPENS if self.opens else SAME


def learn(heard: Sequence[Heard], words: int) -> Turns | None:
    """Learns which second texts open a matter; None where they are too few.

    `words` is the number of words that a head knows.
    """
    asked = [(i, one) for i, one in enumerate(heard) if not one.near]
    truth = np.array([one.opens for _, one in asked], dtype=bool)
    if min(truth.sum(), (~truth).sum()) < ENOUGH:
        return None
    texts = [one.second.features for one in heard]
    labels = [one.label for one in heard]
    fitted = head.fit_with_leverage(texts, labels, words, Damping(1.0, 0.5))
    place = fitted.head.classes.index
    rows = []
    for i, one in asked:
        scores = fitted.head.scores(one.second.features)
        rows.append(one.second.row(fitted.unseen(i, place(one.label), scores)[place(OPENS)]))
    weight = np.where(truth, SHARE / truth.mean(), (1 - SHARE) / (~truth).mean())
    return Turns(fitted.head, logistic.fit(np.stack(rows), truth, weight))


def untaught(second: Second) -> float:
    """What stands in for a gate: a guide fits, and nothing leans on what was said."""
    return second.confidence * (1 - second.generic)


def _logit(probability: float) -> float:
    bounded = min(max(probability, CERTAIN), 1 - CERTAIN)
    return math.log(bounded / (1 - bounded))
