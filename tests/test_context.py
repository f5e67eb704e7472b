"""Whether a text goes on, opens another matter, or is asked back: the rules over what was read."""

from __future__ import annotations

import pytest

from bot.guide import Material
from bot.talk import Candidate, Decision, Facet, Ranking
from conversations.ask import context
from conversations.ask.context import Topic

PAPER = Material.model_construct(id="deed", name="房产证", when=None)


def ranking(opens: float, confidence: float = 0.5, **more: object) -> Ranking:
    near = (Candidate("deed-reissue", 0.7), Candidate("notary", 0.15), Candidate("other", 0.05))
    return Ranking(Decision.clarify, near, confidence, opens=opens, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("read", "found"),
    [
        (ranking(0.1), Topic.same),
        (ranking(0.5), Topic.unclear),
        (ranking(0.8), Topic.other),
        (ranking(0.5, 0.95), Topic.other),  # a clear question needs less
        (ranking(0.1, 0.95), Topic.unclear),  # and is never answered unasked on something else
        (ranking(0.9, text="房产证要带吗", facet=Facet.materials), Topic.same),
        (ranking(0.9, text="房产证还没办下来，拿合同顶行吗", facet=Facet.materials), Topic.unclear),
        (ranking(0.9, text="第二样是啥"), Topic.same),
        (ranking(0.1, place="杭州"), Topic.other),
    ],
)
def test_topic(read: Ranking, found: Topic) -> None:
    assert context.topic(read, "school", [PAPER]) is found


def test_what_is_nearest_to_the_matter_at_hand_goes_on() -> None:
    assert context.topic(ranking(0.9, 0.95), "deed-reissue", []) is Topic.same


def test_either_is_the_matter_at_hand_and_what_is_likely() -> None:
    assert context.either(ranking(0.5), "school") == ["school", "deed-reissue", "notary"]


@pytest.mark.parametrize(
    ("intent", "probability", "generic", "goes_on"),
    [
        ("complaint", 0.55, 0.1, True),
        ("complaint", 0.65, 0.1, False),
        ("complaint", 0.85, 0.6, True),  # it leans on what was said
        ("complaint", 0.95, 0.6, False),
        ("small_talk.thanks", 0.7, 0.2, True),
        ("small_talk.thanks", 0.7, 0.1, False),  # nothing hints at a question
        ("small_talk.thanks", 0.8, 0.2, False),
    ],
)
def test_talk_leaves_a_matter_only_if_surely_meant(
    intent: str, probability: float, generic: float, *, goes_on: bool
) -> None:
    read = ranking(0.1, intent=intent, intent_probability=probability, generic=generic)
    assert context.asks_on(read) is goes_on
