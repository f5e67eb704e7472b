"""The nearest hall: distances on the globe, and none nearer than the one that is named."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.book import Book
from bot.place import Point

AT = "2026-11-24T10:00:00+08:00"
POINTS = st.builds(Point, lat=st.floats(-90, 90), lon=st.floats(-180, 180))


@pytest.mark.parametrize(
    ("here", "there", "metres"),
    [
        ((0, 0), (0, 0), 0),
        ((0, 0), (1, 0), 111_195),
        ((60, 0), (60, 1), 55_597),
        ((0, 179.5), (0, -179.5), 111_195),
        ((90, 0), (-90, 0), 20_015_087),
        ((39.9042, 116.4074), (31.2304, 121.4737), 1_067_000),  # Beijing to Shanghai
    ],
)
def test_known_distances(here, there, metres: int) -> None:
    one, other = (Point(lat=lat, lon=lon) for lat, lon in (here, there))
    assert one.metres_to(other) == pytest.approx(metres, rel=0.001, abs=1)


@given(POINTS, POINTS)
def test_a_distance_is_the_same_both_ways_and_never_beyond_half_the_globe(one, other) -> None:
    assert one.metres_to(other) == pytest.approx(other.metres_to(one), abs=0.01)
    assert 0 <= one.metres_to(other) <= 20_015_100


@given(st.floats(43.8, 43.95), st.floats(125.2, 125.4))
def test_no_hall_is_nearer(book: Book, lat: float, lon: float) -> None:
    found = book.nearest_hall(lat, lon, AT)
    here = Point(lat=lat, lon=lon)
    assert found["metres"] == round(min(h.at.metres_to(here) for h in book.city.halls.values()))
    (hall,) = [h for h in book.city.halls.values() if h.name == found["name"]]
    assert (found["address"], found["phone"]) == (hall.address, hall.phone)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("2026-11-24T10:00:00+08:00", True), ("2026-11-24T12:00:00+08:00", False), ("2026-11-29T10:00:00+08:00", False)],
)  # fmt: skip
def test_whether_it_is_open(book: Book, at: str, is_open: bool) -> None:
    assert book.nearest_hall(43.87, 125.32, at)["open"] is is_open


def test_a_city_without_halls_names_its_centre(book: Book) -> None:
    bare = Book(replace(book.city, halls={}))
    assert bare.nearest_hall(0, 0, AT)["name"] == book.city.about.centre.name
