"""Whether a text goes on about what was said before, or opens a topic of its own."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.talk import Decision, Facet, Outcome, Ranking
from conversations.ask import pick

if TYPE_CHECKING:
    from bot.guide import Material

# From this likelihood on a text is taken to lean on what was said before.
LEANING: Final = 0.4
# So much likelihood suffices where the text is no clear topic of its own.
HINTING: Final = 0.15
# From this confidence on a text opens a topic of its own ...
SURE_NEW: Final = 0.75
# ... from this one on if the other matter is called by its name ...
SURE_NAMED: Final = 0.5
# ... or from this one on if it opens with words that announce one (`by the way`).
ANNOUNCED: Final = 0.25
# Below this confidence a text without such words opens none.
UNCLEAR: Final = 0.4
# In the midst of a matter only talk of this probability leaves it.
SURE_TALK: Final = 0.75
# ... or of this one if the text more likely than not leans on the matter; so must a new topic.
SURE_AGAINST: Final = 0.9
MORE_LIKELY: Final = 0.5
# Below this confidence an answer also offers what else may have been meant.
SURE_ANSWER: Final = 0.8
# Below this one the citizen is asked, where with this likelihood the text leans on the matter.
CLEARLY_NEW: Final = 0.85
MAY_LEAN: Final = 0.25
# Other matters are offered beside the one at hand from this probability on.
LIKELY: Final = 0.1
# From this confidence on a text that is taken for a follow-up may still open a new topic.
MAY_BE_NEW: Final = 0.3
# `Is the ... needed too?` is no longer than this.
REMARK: Final = 12


def asks_on(ranking: Ranking) -> bool:
    """`When do they close?` is no small talk after an answer, though at the start it would be."""
    leans = ranking.generic >= MORE_LIKELY
    if ranking.intent_probability >= (SURE_AGAINST if leans else SURE_TALK):
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
    top = ranking.candidates[0] if ranking.candidates else None
    if top is None or top.id == guide:
        return Topic.same
    names_own = pick.names_any(ranking.text, materials)
    of_own = names_own and ranking.facet is Facet.materials
    if of_own and len(ranking.text) <= REMARK:
        return Topic.same
    # `Must I come myself?` names no matter and stands in many guides' examples.
    leans = ranking.facet is not None and ranking.generic >= MORE_LIKELY
    # What has to be brought is often a matter of its own: its name alone changes no topic.
    named = top.named and not of_own
    sure = SURE_NAMED if named else SURE_AGAINST if leans or of_own else SURE_NEW
    if ranking.confidence >= max(sure, ranking.generic):
        doubtful = ranking.generic >= MAY_LEAN and ranking.confidence < CLEARLY_NEW
        return Topic.unclear if doubtful else Topic.other
    if ranking.generic >= LEANING:
        return Topic.same
    if ranking.announces and ranking.confidence >= ANNOUNCED:
        return Topic.other
    # Too unclear for a topic of its own: it goes on about the guide if anything says so.
    near = guide in ranking.ids
    said = names_own or pick.ordinal(ranking.text) is not None
    hinted = near or said or ranking.generic >= HINTING or ranking.confidence < UNCLEAR
    return Topic.same if hinted else Topic.other


def either(ranking: Ranking, guide: str) -> list[str]:
    """The matter at hand and the others that a text may mean."""
    return [guide, *(name for name in ranking.likely(LIKELY) if name != guide)]


def says_little(ranking: Ranking) -> bool:
    """Whether a text decides nothing, so that an open choice stays open."""
    if ranking.decision is Decision.answer or ranking.place:
        return False
    return ranking.generic >= HINTING or ranking.confidence < UNCLEAR


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
