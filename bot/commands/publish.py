"""`doorstep publish-db`: complaints without personal data, for everybody."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.shared import chosen_settings, city_option, data_option, explained


@click.command(name="publish-db")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@city_option
@data_option
@explained
def publish_db(file: Path, city: Path | None, data: Path | None) -> None:
    """Write a SQLite FILE of complaints without personal data; open it with datasette."""
    from bot import app as apps
    from bot import city as cities
    from bot.reports import publishing

    chosen = chosen_settings(city=city, data=data)
    if not file.parent.is_dir():
        raise ValueError(f"{file.parent}: there is no such folder; make it first")
    store = apps.open_store(chosen)
    if store.path and file.exists() and file.samefile(store.path):
        raise ValueError(f"{file}: is the database itself; name another file")
    count = publishing.publish(store, cities.load(chosen.city), file)
    click.echo(f"{file}: {count} case(s) without personal data")
