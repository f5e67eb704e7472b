"""What every command shares: settings from options, and errors as messages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from bot import settings
from bot.settings import Settings, SettingsError
from bot.source import SourceError

P = ParamSpec("P")
R = TypeVar("R")


def explained(command: Callable[P, R]) -> Callable[P, R]:
    """Turns what a user can mend into a message and exit code 1, never a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SourceError as error:
            for problem in error.problems:
                click.echo(f"{problem}", err=True)
            count = len(error.problems)
            raise click.ClickException(f"{count} problem(s); mend them and try again") from error
        except (SettingsError, ValueError) as error:
            raise click.ClickException(str(error)) from error

    return run


def chosen_settings(**given: Any) -> Settings:
    """The settings, what was given on the command line winning."""
    found = settings.load()
    chosen = {name: value for name, value in given.items() if value is not None}
    return Settings(**{**found.__dict__, **chosen})


city_option = click.option(
    "--city", type=click.Path(path_type=Path), help="City folder; default: the sample city."
)
data_option = click.option(
    "--data", type=click.Path(path_type=Path), help="Data folder; default: ./var."
)
