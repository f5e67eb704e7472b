"""bot/match/meaning.py: every document's nearest examples, however many it has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.match.meaning import NEAREST_EXAMPLES, MeaningIndex, Metric


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(0, 999), st.booleans())
def test_the_mean_of_the_three_nearest_examples(
    counts: list[int], seed: int, leave_out: bool
) -> None:
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(len(counts)), counts)
    vectors = rng.standard_normal((len(owner), 4)).astype(np.float32)
    bodies = np.zeros((len(counts), 4), dtype=np.float32)
    question = rng.standard_normal(4).astype(np.float32)
    left_out = 0 if leave_out and len(owner) else None

    found = MeaningIndex(Metric(), vectors, owner, bodies).compare(question, left_out).examples

    for document in range(len(counts)):
        near = sorted(
            float(vectors[i] @ question)
            for i in range(len(owner))
            if owner[i] == document and i != left_out
        )[-NEAREST_EXAMPLES:]
        assert found[document] == pytest.approx(sum(near) / max(len(near), 1), abs=1e-5)
