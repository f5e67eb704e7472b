"""bot/match/places.py: whether a matter is that of another place."""

import pytest

from bot.app import language_pack
from bot.match.places import Places
from bot.text import Normaliser


@pytest.fixture(scope="module")
def places() -> Places:
    return Places(language_pack("zh").gazetteer, "临山市")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("杭州摇号怎么弄", "杭州"),
        ("大连的车过户，买的卖的都是大连户口", "大连"),
        ("人在洛阳，公司也在洛阳，被辞退了", "洛阳"),
        ("我从洛阳转过来，医保怎么接", None),
        ("大连户口的孩子能在这边上学吗", None),
        ("济南历下区的低保标准", "济南"),
        ("大连甘井子区户口的孩子能在这边上学吗", None),
        ("我想在深圳领居住证", "深圳"),
        ("在深圳领的结婚证丢了，怎么补", None),
        ("我和老公都在大连打工，孩子户口怎么上", None),
    ],
)
def test_each_mention_of_a_place_counts_for_itself(
    places: Places, text: str, place: str | None
) -> None:
    assert places.elsewhere(Normaliser()(text).text) == place
