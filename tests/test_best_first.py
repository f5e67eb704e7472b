"""bot/match/matcher.py: the best few without sorting all, and a long text's scores made clear."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.match.matcher import Words, best_first

SCORES = st.lists(st.sampled_from([-1.0, 0.0, 0.5, 0.25, 2.0]), max_size=40)


@given(SCORES, st.integers(1, 12))
def test_the_best_few_are_those_of_the_whole_order(scores: list[float], count: int) -> None:
    total = np.array(scores, dtype=np.float32)
    wanted = sorted(range(len(scores)), key=lambda n: (-scores[n], n))[:count]
    assert best_first(total, count).tolist() == wanted


def _words(*lexical: float) -> Words:
    return Words(*(np.array(lexical, dtype=np.float32) * n for n in range(1, 6)))


def test_a_long_text_keeps_its_order_and_is_as_clear_as_its_need() -> None:
    clear = _words(0.1, 0.2, 0.05).as_clear_as(_words(0.6, 0.0, 0.3))
    assert clear.lexical == pytest.approx([0.3, 0.6, 0.15])
    assert clear.learnt == pytest.approx([1.5, 3.0, 0.75])


def test_what_nothing_explains_stays_so() -> None:
    assert _words(0.0, 0.0).as_clear_as(_words(0.6, 0.0)).total.tolist() == [0.0, 0.0]
