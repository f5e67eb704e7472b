"""Whether a text goes on about what was said before, or opens a topic of its own."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.talk import Decision, Facet, Outcome, Ranking
from conversations.ask import pick

if TYPE_CHECKING:
    from bot.guide import Material

# From this likelihood on a text opens a matter of its own ...
OPENS: Final = 0.75
# ... and from this one on the citizen is asked whether it does.
MAY_OPEN: Final = 0.25
# So clear a question on another matter opens it from MAY_OPEN on, and is never answered on the one
# at hand unasked.
CLEAR: Final = 0.9
# In the midst of a matter only small talk of this probability leaves it, or what hints at none.
SURE_TALK: Final = 0.75
HINTING: Final = 0.15
# A complaint leaves it sooner: a promise is often broken in the matter that was asked about ...
COMPLAINS: Final = 0.6
# ... and either needs this probability if the text more likely than not leans on the matter.
SURE_AGAINST: Final = 0.9
MORE_LIKELY: Final = 0.5
# Below this confidence an answer also offers what else may have been meant.
SURE_ANSWER: Final = 0.8
# Other matters are offered beside the one at hand from this probability on.
LIKELY: Final = 0.1
# From this confidence on a text that is taken for a follow-up may still open a new topic.
MAY_BE_NEW: Final = 0.3
# `Is the ... needed too?` is no longer than this.
REMARK: Final = 12


def asks_on(ranking: Ranking) -> bool:
    """`When do they close?` is no small talk after an answer, though at the start it would be."""
    probability, leans = ranking.intent_probability, ranking.generic >= MORE_LIKELY
    if ranking.intent == "complaint":
        return probability < (SURE_AGAINST if leans else COMPLAINS)
    if probability >= (SURE_AGAINST if leans else SURE_TALK):
        return False
    return ranking.facet is not None or ranking.generic >= HINTING


class Topic(StrEnum):
    """What a text is about, seen from the matter at hand."""

    same = "same"
    other = "other"
    unclear = "unclear"


def topic(ranking: Ranking, guide: str, materials: Iterable[Material]) -> Topic:
    """Whether a text is about the present guide, whose things to bring are given, or another."""
    if ranking.place:
        return Topic.other
    if not ranking.candidates or ranking.candidates[0].id == guide:
        return Topic.same
    # What has to be brought is often a matter of its own: its name alone changes no topic.
    of_own = ranking.facet is Facet.materials and pick.names_any(ranking.text, materials)
    if (of_own and len(ranking.text) <= REMARK) or pick.ordinal(ranking.text) is not None:
        return Topic.same
    clear = ranking.confidence >= CLEAR
    if ranking.opens >= (MAY_OPEN if clear else OPENS):
        return Topic.unclear if of_own else Topic.other
    return Topic.unclear if clear or ranking.opens >= MAY_OPEN else Topic.same


def either(ranking: Ranking, guide: str) -> list[str]:
    """The matter at hand and the others that a text may mean."""
    return [guide, *(name for name in ranking.likely(LIKELY) if name != guide)]


def says_little(ranking: Ranking) -> bool:
    """Whether a text decides nothing, so that an open choice stays open."""
    if ranking.decision is Decision.answer or ranking.place:
        return False
    return ranking.opens < MAY_OPEN


def alternatives(outcome: Outcome, ranking: Ranking | None, guide: str) -> list[str]:
    """Choices of what else may have been meant, where an answer on `guide` is less than sure."""
    if ranking is None:
        return []
    others = [f"other:{c.id}" for c in ranking.candidates if c.id != guide]
    if outcome is Outcome.answered:
        return others[:2] if ranking.confidence < SURE_ANSWER else []
    new = ranking.confidence >= max(MAY_BE_NEW, ranking.generic)
    return others[:1] if outcome is Outcome.followup and new else []


def confidence(outcome: Outcome, ranking: Ranking | None) -> float:
    """A choice is certain; a follow-up is as sure as it leans on what was said before."""
    if ranking is None:
        return 1.0
    if outcome is Outcome.followup:
        return max(ranking.generic, ranking.confidence)
    return ranking.confidence
