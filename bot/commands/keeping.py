"""`doorstep person`, `doorstep keys`, `doorstep retention`: what is kept of people, and how."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.shared import chosen_settings, city_option, data_option, explained

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.settings import Settings
    from bot.store import Store


@click.group()
def person() -> None:
    """What is kept of one person: export it, erase it."""


@person.command()
@click.argument("whom")
@city_option
@data_option
@explained
def export(whom: str, city: Path | None, data: Path | None) -> None:
    """Print everything kept of WHOM (a case's number, or CHANNEL:CHAT) as JSON."""
    from bot import retention as keeping

    _, desk, store = _open(city, data)
    found = keeping.export(desk, store, keeping.chat_of(store, whom))
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


@person.command()
@click.argument("whom")
@click.option("--yes", is_flag=True, help="Really erase; without it only say what would go.")
@city_option
@data_option
@explained
def erase(whom: str, yes: bool, city: Path | None, data: Path | None) -> None:
    """Erase the words and contacts of WHOM (a case's number, or CHANNEL:CHAT)."""
    from bot import retention as keeping

    chosen, desk, store = _open(city, data)
    chat = keeping.chat_of(store, whom)
    if not yes:
        found = keeping.export(desk, store, chat)
        click.echo(
            f"would erase {len(found['messages'])} message(s) and the words of "
            f"{len(found['cases'])} case(s); add --yes to do it"
        )
        return
    with store.transaction():
        numbers = keeping.erase(desk, store, chosen.data, chat, _now(desk).isoformat())
    store.forget()
    click.echo(f"erased; cases that stay without words: {', '.join(numbers) or 'none'}")


@click.group()
def keys() -> None:
    """The keys that encrypt contacts."""


@keys.command()
@city_option
@data_option
@explained
def rotate(city: Path | None, data: Path | None) -> None:
    """Make a new key and encrypt every contact with it."""
    from bot import vault

    _, desk, store = _open(city, data)
    vault.rotate(store, desk.vault)
    click.echo(f"a new key is in {desk.vault.file}; the one before it goes with the next rotation")


@click.command()
@click.option("--yes", is_flag=True, help="Really anonymise; without it only list.")
@city_option
@data_option
@explained
def retention(yes: bool, city: Path | None, data: Path | None) -> None:
    """Anonymise complaints whose period is over (`complaints.keep_months` in city.yaml)."""
    from bot import attachments
    from bot import retention as keeping

    chosen, desk, store = _open(city, data)
    if yes:
        done = keeping.run(desk, store, chosen.data, _now(desk))
        swept = attachments.sweep(chosen.data, store)
        click.echo(f"anonymised {len(done)} case(s); removed {swept} file(s) of no complaint")
        return
    found = keeping.due(desk, store, _now(desk).date())
    for case in found:
        click.echo(f"{case.number}  {case.state}  ended {(case.closed_at or case.filed_at)[:10]}")
    click.echo(f"{len(found)} case(s) would be anonymised; add --yes to do it")


def _open(city: Path | None, data: Path | None) -> tuple[Settings, Desk, Store]:
    from bot import app as apps

    chosen = chosen_settings(city=city, data=data)
    store = apps.open_store(chosen)
    return chosen, apps.desk(chosen, store), store


def _now(desk: Desk) -> datetime:
    return datetime.now(desk.city.zone)
