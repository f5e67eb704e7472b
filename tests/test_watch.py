"""A guide edited wrongly while the bot runs: the last good city goes on, and it is said."""

from __future__ import annotations

import shutil
import weakref
from pathlib import Path

import pytest

from bot import app as apps
from bot import watch
from bot.settings import Settings
from bot.watch import Watched
from tests.conftest import HARBOUR


@pytest.fixture
def city(harbour_index: Path, tmp_path: Path) -> Path:
    shutil.copytree(harbour_index, tmp_path / "var" / "index")
    return Path(shutil.copytree(HARBOUR, tmp_path / "harbour"))


def test_the_last_good_city_goes_on(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PAUSE", 0.0)
    said: list[str] = []
    app = apps.build(Settings(city=city, data=tmp_path / "var", semantic=False))
    watched = Watched(app, said.append)
    guide = next((city / "services").glob("*.yaml"))
    good = guide.read_text("utf-8")

    guide.write_text(good + "nonsense: true\n", "utf-8")
    assert watched.intake() is app.intake
    assert any(f"{guide.name}:" in line and "nonsense" in line for line in said)

    guide.write_text(good + "\n", "utf-8")
    assert watched.intake() is not app.intake
    assert said[-1] == "the city was loaded anew"


def test_a_city_that_was_replaced_is_let_go(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PAUSE", 0.0)
    app = apps.build(Settings(city=city, data=tmp_path / "var", semantic=False))
    app.intake.book.card(next(iter(app.city.guides)), {}, app.now().isoformat())
    watched, book = Watched(app, print), weakref.ref(app.intake.book)
    del app
    guide = next((city / "services").glob("*.yaml"))
    guide.write_text(guide.read_text("utf-8") + "\n", "utf-8")
    watched.intake()
    assert book() is None


@pytest.mark.parametrize("broken", ["", "no key", None])
def test_keys_that_do_not_fit_stop_no_running_city(
    city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str | None
) -> None:
    monkeypatch.setattr(watch, "PAUSE", 0.0)
    said: list[str] = []
    settings = Settings(city=city, data=tmp_path / "var", semantic=False)
    app = apps.build(settings, apps.open_store(settings))
    watched = Watched(app, said.append)
    keys = settings.data / "doorstep.keys"
    good = keys.read_text("ascii")
    guide = next((city / "services").glob("*.yaml"))
    if broken is None:
        keys.unlink()
    else:
        keys.write_text(broken, "ascii")
    guide.write_text(guide.read_text("utf-8") + "\n", "utf-8")

    assert watched.intake() is app.intake
    assert watched.intake() is app.intake
    assert len(said) == 2  # said once, with the file and what to do
    assert str(keys) in said[1]
    assert "put" in said[1]
    keys.write_text(good, "ascii")
    assert watched.intake() is not app.intake
    assert said[-1] == "the city was loaded anew"
    app.intake.store.close()
