"""What counts as the same text."""

import pytest

from bot.lint.rule import key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("办证？", "办证"),
        ("ＩＤ卡", "id卡"),
        (" a  b\n", "A b"),
        ("好。", "好"),
        ("办证?!", "办证"),
    ],
)
def test_the_same(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("办证", "办 证"), ("补证", "换证"), ("？办证", "办证")]
)
def test_not_the_same(one, other):
    assert key(one) != key(other)
