"""Notices that the city's files changed, and keeps the last good city while they are wrong."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bot import app as apps
from bot.app import App
from bot.intake import Intake
from bot.source import SourceError
from bot.vault import VaultError

# Looking at a hundred files takes about a millisecond; once in two seconds nobody notices.
PAUSE: Final = 2.0


class Watched:
    """Hands out the intake of the newest city that loads."""

    def __init__(self, app: App, say: Callable[[str], object]) -> None:
        """`say` tells the operator what happened to the city; `app` is the newest one."""
        self.app, self._say = app, say
        self._seen = _stamp(app.settings.city)
        # The key file that a reload could not use, as it was then.
        self._locked: object = None
        self._looked = time.monotonic()
        # To look for garbage among all that stays took a twentieth of a turn.
        gc.freeze()

    def intake(self) -> Intake:
        """The intake to use for the next turn."""
        if time.monotonic() - self._looked >= PAUSE:
            self._looked = time.monotonic()
            self._reload_if_changed()
        return self.app.intake

    def _reload_if_changed(self) -> None:
        stamp, keys = _stamp(self.app.settings.city), self._keys()
        # Keys that are put back let in the city that could not be loaded without them.
        if stamp == self._seen and self._locked in (None, keys):
            return
        self._seen, self._locked = stamp, None
        try:
            self.app = apps.build(self.app.settings, self.app.intake.store)
        except SourceError as error:
            self._say("the city's files have problems; the last good city goes on:")
            for problem in error.problems:
                self._say(f"  {problem}")
        except VaultError as error:
            self._locked = keys
            self._say(
                "the city was changed, but its keys have a problem; the last good one goes on:"
            )
            self._say(f"  {error}")
        else:
            _let_go()
            self._say("the city was loaded anew")

    def _keys(self) -> object:
        """What tells the key file from another; never None."""
        file = self.app.intake.desk.vault.file
        try:
            status = file.stat() if file else None
        except OSError:
            status = None
        return (status.st_mtime_ns, status.st_size, status.st_ino) if status else ()


def _let_go() -> None:
    """Frees the city that was replaced: its parts hold each other, and were not looked at."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _stamp(folder: Path) -> frozenset[tuple[str, int, int]]:
    found = set()
    for path in folder.rglob("*.y*ml"):
        try:
            status = path.stat()
        except OSError:  # deleted while we look
            continue
        found.add((str(path), status.st_mtime_ns, status.st_size))
    return frozenset(found)
