"""What most tests start from: the sample city, loaded once."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot import app as apps
from bot import city as cities
from bot.app import App
from bot.book import Book
from bot.city import City
from bot.settings import Settings

# Prepared once by `make test` and kept between runs; vectors are found again by their content.
INDEX = Path(__file__).parent.parent / "var" / "test"
LINSHAN = Path(__file__).parent.parent / "guides" / "linshan"
HARBOUR = Path(__file__).parent / "cities" / "harbour"

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
def harbour_index() -> Path:
    """What the second city learnt, by words: half a minute that need not be spent twice."""
    apps.build(Settings(semantic=False, city=HARBOUR, data=INDEX)).intake.store.close()
    return INDEX / "index"


@pytest.fixture(scope="session")
def book(city: City) -> Book:
    return Book(city)


@pytest.fixture(scope="session")
def words_app() -> App:
    """The whole bot, matching by words only: the same on every machine."""
    return apps.build(Settings(semantic=False, data=INDEX))


@pytest.fixture(scope="session")
def meaning_app() -> App:
    """The whole bot, matching by meaning too; skipped, and said so, where the model is missing."""
    app = apps.build(Settings(data=INDEX))
    if app.without_semantic:
        pytest.skip(f"matching by words only: {app.without_semantic}")
    return app
