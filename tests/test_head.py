"""The linear head: sparse sums equal dense ones, and what it says of a text it never saw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.match import head
from bot.match.head import Damping
from bot.match.space import Features, Vocabulary

TEXTS = ("补办身份证", "身份证丢了", "办护照", "护照过期", "补户口本", "户口本丢了", "迁户口")
LABELS = ["id", "id", "passport", "passport", "book", "book", "book"]
DAMPING = Damping(2.0, 0.5)


def seen(texts: tuple[str, ...] = TEXTS) -> tuple[Vocabulary, list[Features]]:
    known = Vocabulary.small(texts)
    rest = np.random.default_rng(1).normal(size=(len(texts), 3)).astype(np.float32)
    return known, [known.features(text, rest[i]) for i, text in enumerate(texts)]


def dense(features: list[Features], words: int) -> np.ndarray:
    rows = np.zeros((len(features), words + 4))
    for row, one in zip(rows, features, strict=True):
        row[one.places] = one.values
        row[words:-1] = one.rest
        row[-1] = 1
    return rows


def test_weights_are_those_of_a_dense_ridge_regression() -> None:
    known, features = seen()
    rows = dense(features, len(known))
    weight = DAMPING.weights(np.array([3, 2, 2]))[[1, 1, 2, 2, 0, 0, 0]][:, None]
    targets = np.eye(3)[[1, 1, 2, 2, 0, 0, 0]] * weight
    wanted = np.linalg.solve(
        (rows * weight).T @ (rows * weight) + np.eye(rows.shape[1]), (rows * weight).T @ targets
    )
    fitted = head.fit_with_leverage(features, LABELS, len(known), DAMPING)
    for one in (head.fit(features, LABELS, len(known), DAMPING), fitted.head):
        assert one.classes == ("book", "id", "passport")
        assert np.allclose(one.weights, wanted, atol=1e-5)
    assert np.allclose(fitted.head.scores(features[0]), rows[0] @ wanted, atol=1e-5)


def test_a_class_may_settle_before_the_others() -> None:
    known = Vocabulary.small(["a b"])
    features, even = [known.features(text) for text in ("", "a", "b")], Damping(1.0, 0.0)
    exact = head.fit_with_leverage(features, ["x", "x", "y"], len(known), even).head
    found = head.fit(features, ["x", "x", "y"], len(known), even)
    assert np.allclose(found.weights, exact.weights, atol=1e-5)


@given(st.lists(st.tuples(st.text("ab ", max_size=4), st.sampled_from("xyz")), min_size=1))
def test_without_a_matrix_weights_are_the_same(labelled: list[tuple[str, str]]) -> None:
    texts, labels = zip(*labelled, strict=True)
    known = Vocabulary.small(["a b"])
    features = [known.features(text) for text in texts]
    exact = head.fit_with_leverage(features, labels, len(known), DAMPING).head
    assert np.allclose(
        head.fit(features, labels, len(known), DAMPING).weights, exact.weights, atol=1e-4
    )


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_unseen_is_what_a_head_without_the_text_says(number: int) -> None:
    known, features = seen()
    even = Damping(2.0, 0.0)  # weights that do not depend on how many texts there are
    fitted = head.fit_with_leverage(features, LABELS, len(known), even)
    others = [i for i in range(len(TEXTS)) if i != number]
    without = head.fit([features[i] for i in others], [LABELS[i] for i in others], len(known), even)
    label = fitted.head.classes.index(LABELS[number])
    found = fitted.unseen(number, label, fitted.head.scores(features[number]))
    assert np.allclose(found, without.scores(features[number]), atol=1e-4)


def test_a_vocabulary_is_what_most_texts_hold() -> None:
    assert Vocabulary.small(["身份证", "身份", "证"], 4).units == ("份", "证", "身", "身份")
    assert Vocabulary.small(["b a", "a b"]).units == ("a", "b")  # no order of a set


def test_a_large_vocabulary_listens_and_looks_at_the_edges() -> None:
    known = Vocabulary.large(["什么条件", "条件", "要什么条件"], 4)
    assert known.units == ("tiao jian", "件", "件$", "条")  # what all three hold
    misspelt = known.features("条见")
    assert [known.units[place] for place in misspelt.places] == ["条", "tiao jian"]
    assert np.allclose(misspelt.values, [1, 0.8])
    ending = known.features("要证件")
    assert [known.units[place] for place in ending.places] == ["件", "件$"]
    assert np.allclose(ending.values, [1, 0.4])
    assert not len(known.features("ok").places)


@given(st.text(max_size=40))
def test_features_are_of_unit_length_and_known(text: str) -> None:
    known = Vocabulary.small(TEXTS)
    found = known.features(text, np.zeros(0, dtype=np.float32))
    assert len(set(found.places.tolist())) == len(found.places)
    assert not len(found.values) or np.isclose(found.values @ found.values, 1)
