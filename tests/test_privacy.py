"""bot/privacy.py: what must not be stored. All numbers are made up here, none is a person's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy import MASK, mask
from bot.text import clean


def identity(first: str) -> str:
    """Seventeen digits with their check character after GB 11643: sum of a(i) * 2^(18-i) mod 11."""
    total = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(first))
    return first + "10X98765432"[total % 11]


def card(first: str) -> str:
    """A number completed after Luhn."""
    doubled = "".join(c if i % 2 else str(int(c) * 2) for i, c in enumerate(reversed(first)))
    return first + str(-sum(map(int, doubled)) % 10)


ID = identity("99010119900307123")
ID_X = next(n for i in range(100, 200) if (n := identity(f"99010119900307{i}"))[-1] == "X")
CARD = card("622202999912345")
CARD_19 = card("622202999912345678")


def test_the_numbers_made_up_here_are_what_they_should_be() -> None:
    assert identity("11010519491231002") == "11010519491231002X"  # the standard's own example
    assert card("7992739871") == "79927398713"  # the usual example of Luhn
    assert (len(ID), ID_X[-1], len(CARD), len(CARD_19)) == (18, "X", 16, 19)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (ID, MASK),
        (ID_X, MASK),
        (ID_X.lower(), MASK),
        (f"我的身份证号{ID}丢了怎么补", f"我的身份证号{MASK}丢了怎么补"),
        (f"{ID}，{ID_X}", f"{MASK}，{MASK}"),
        (f"{ID[:-1]}{(int(ID[-1]) + 1) % 10}", MASK),  # a slip in the check digit
        (CARD, MASK),
        (CARD_19, MASK),
        (f"卡号{CARD}扣错钱", f"卡号{MASK}扣错钱"),
        (" ".join(CARD[i : i + 4] for i in range(0, 16, 4)), MASK),
        ("-".join(CARD[i : i + 4] for i in range(0, 16, 4)), MASK),
        (f"{CARD} {CARD}", f"{MASK} {MASK}"),
    ],
)
def test_identity_and_card_numbers_are_masked(text: str, kept: str) -> None:
    assert mask(text) == kept


WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        pytest.param(ID.translate(WIDE), ID.translate(WIDE), id="full-width identity"),
        pytest.param(CARD.translate(WIDE), CARD.translate(WIDE), id="full-width card"),
        pytest.param(f"2026-11-24 {CARD}", CARD, id="card after a date"),
        pytest.param(f"窗口3 {CARD}", CARD, id="card after a number"),
        pytest.param(f"{ID[:6]} {ID[6:14]} {ID[14:]}", ID[14:], id="identity in groups"),
        pytest.param(clean(f"{ID[:6]}\u200b{ID[6:]}"), ID[6:], id="identity with a hidden space"),
    ],
)
def test_numbers_are_masked_however_they_are_written(text: str, secret: str) -> None:
    assert secret not in mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "打0999-5100110和0999-12345",
        "12345",
        "工单20261124-0001",
        "20261124-0001 和 20261124-0002",
        "2026-11-24 09:30",
        "手机13800138000 13900139000",
        "电话0999-5100110 13800138000",
        f"{CARD[:-1]}{(int(CARD[-1]) + 1) % 10}",  # fails Luhn: an order number, say
        f"1{CARD_19}",  # too long for a card
        "身份证丢了",
        "",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert mask(text) == text


def test_a_case_number_beside_a_phone_number_is_left_alone() -> None:
    phones = (f"138001380{i:02}" for i in range(100))
    phone = next(p for p in phones if card(f"0001{p}"[:-1]) == f"0001{p}")
    assert mask(f"工单20261124-0001 {phone}") == f"工单20261124-0001 {phone}"


@given(st.text(max_size=80))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.integers(1, 9), st.dates(), st.integers(0, 999), st.sampled_from(["", "号", "x", "。"]))
def test_every_valid_identity_number_is_masked(area, born, serial, beside) -> None:
    number = identity(f"{area}90101{born:%Y%m%d}{serial:03}".replace(" ", "0")[:17].ljust(17, "0"))
    assert mask(f"{beside}{number}{beside}") == f"{beside}{MASK}{beside}"
