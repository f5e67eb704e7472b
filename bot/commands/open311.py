"""`doorstep open311`: keys of other systems that file and follow complaints."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.shared import chosen_settings, city_option, data_option, explained

if TYPE_CHECKING:
    from bot.store import Store


@click.group()
def open311() -> None:
    """Keys for other systems (Open311 GeoReport v2, /open311/v2)."""


@open311.command()
@click.argument("system")
@city_option
@data_option
@explained
def key(system: str, city: Path | None, data: Path | None) -> None:
    """Make a key for SYSTEM and print it once; only its hash is kept."""
    from bot.channels.open311.routes import KIND
    from bot.store.sessions import Sessions, token

    if not re.fullmatch(r"[\w.-]{2,40}", system):
        raise ValueError("a system's name has 2 to 40 letters, digits, dots or dashes")
    store, at = _open(city, data)
    secret = token()
    with store.transaction():
        Sessions(store).open(secret, KIND, system, at)
    click.echo(secret)


@open311.command()
@click.argument("system")
@city_option
@data_option
@explained
def revoke(system: str, city: Path | None, data: Path | None) -> None:
    """End every key of SYSTEM."""
    from bot.channels.open311.routes import KIND
    from bot.store.sessions import Sessions

    store, at = _open(city, data)
    with store.transaction():
        Sessions(store).end_all(KIND, system, at)
    click.echo(f"keys of {system} open nothing any more")


def _open(city: Path | None, data: Path | None) -> tuple[Store, str]:
    from bot import app as apps
    from bot import city as cities

    chosen = chosen_settings(city=city, data=data)
    now = datetime.now(cities.load(chosen.city).zone)
    return apps.open_store(chosen), now.isoformat(timespec="seconds")
