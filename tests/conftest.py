"""What most tests start from: the sample city, loaded once."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot import city as cities
from bot.book import Book
from bot.city import City

LINSHAN = Path(__file__).parent.parent / "guides" / "linshan"

# A slow machine is no defect: no deadline, and the same examples on every run.
settings.register_profile(
    "doorstep",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("doorstep")


@pytest.fixture(scope="session")
def city() -> City:
    return cities.load(LINSHAN)


@pytest.fixture(scope="session")
def book(city: City) -> Book:
    return Book(city)
