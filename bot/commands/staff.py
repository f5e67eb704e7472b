"""`doorstep staff`: accounts of the console."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.cases import Role
from bot.commands.shared import chosen_settings, city_option, data_option, explained

if TYPE_CHECKING:
    from bot.city import City
    from bot.store import Store

ROLES: Final = [role.value for role in Role if role not in (Role.citizen, Role.system)]
_NAME: Final = re.compile(r"[\w.-]{2,40}")


@click.group()
def staff() -> None:
    """Accounts of the console (/staff): add, list, disable, new password, link to a chat."""


@staff.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What they may do.")
@click.option("--organisation", help="Id of a handler's organisation (organisations.yaml).")
@city_option
@data_option
@explained
def add(
    name: str, role: str, organisation: str | None, city: Path | None, data: Path | None
) -> None:
    """Add an account; asks for its password, or reads it as one line from standard input."""
    from bot import passwords
    from bot.store.staff import Accounts

    known, store = _open(city, data)
    if not _NAME.fullmatch(name):
        raise ValueError("a name has 2 to 40 letters, digits, dots or dashes")
    if (role == Role.handler) != (organisation is not None):
        raise ValueError("a handler needs --organisation, and nobody else has one")
    if organisation is not None and organisation not in known.organisations:
        ids = ", ".join(sorted(known.organisations))
        raise ValueError(f"there is no organisation {organisation!r}; one of: {ids}")
    if Accounts(store).find(name):
        raise ValueError(f"there is an account {name!r} already; choose another name")
    password = passwords.hashed(_password())
    with store.transaction():
        Accounts(store).add(name, Role(role), organisation, password, _now(known))
        _audit(store, known, "account_added", name, role)
    click.echo(f"{name} may sign in at /staff as {role}")


@staff.command(name="list")
@city_option
@data_option
@explained
def list_accounts(city: Path | None, data: Path | None) -> None:
    """List every account."""
    from bot.store.desks import Desks
    from bot.store.staff import Accounts

    _, store = _open(city, data)
    for one in Accounts(store).all():
        state = f"disabled {one.disabled_at[:10]}" if one.disabled_at else "active"
        code = "one-time code" if one.totp else ""
        chats = len(Desks(store).of_account(one.name))
        in_chat = f"{chats} chat(s)" if chats else ""
        click.echo(
            f"{one.name:<16}  {one.role:<9} {one.organisation or '-':<18} {state}"
            f"  {code}  {in_chat}".rstrip()
        )


@staff.command()
@click.argument("name")
@city_option
@data_option
@explained
def disable(name: str, city: Path | None, data: Path | None) -> None:
    """End an account and its sessions; what it did keeps its name."""
    from bot.store.staff import Accounts

    known, store = _open(city, data)
    with store.transaction():
        Accounts(store).disable(name, _now(known))
        _audit(store, known, "account_disabled", name)
    click.echo(f"{name} cannot sign in any more")


@staff.command()
@click.argument("name")
@click.option("--no-code", is_flag=True, help="Also turn the one-time code off (a lost phone).")
@city_option
@data_option
@explained
def password(name: str, no_code: bool, city: Path | None, data: Path | None) -> None:
    """Set a new password; every session of the account ends."""
    from bot import passwords
    from bot.store.staff import Accounts

    known, store = _open(city, data)
    if Accounts(store).find(name) is None:
        raise ValueError(f"there is no staff account {name!r}; see `doorstep staff list`")
    hashed = passwords.hashed(_password())
    with store.transaction():
        Accounts(store).set_password(name, hashed, _now(known))
        if no_code:
            Accounts(store).set_totp(name, None)
        _audit(store, known, "password_set", name)
    click.echo(f"{name} has a new password")


@staff.command()
@click.argument("name")
@click.option("--group", is_flag=True, help="For a group, which becomes a desk of the account's.")
@city_option
@data_option
@explained
def link(name: str, group: bool, city: Path | None, data: Path | None) -> None:
    """Print a one-time code that links a chat on Telegram to an account."""
    from bot.store.desks import VALID, Desks
    from bot.store.staff import Accounts

    known, store = _open(city, data)
    account = Accounts(store).find(name)
    if account is None or account.disabled_at:
        raise ValueError(f"there is no active account {name!r}; see `doorstep staff list`")
    if group and account.role is Role.auditor:
        raise ValueError("an auditor has nothing to do in a group; link another account")
    with store.transaction():
        code = Desks(store).code(name, datetime.now(known.zone), group=group)
        _audit(store, known, "chat_code", name)
    name = Desks(store).bot("telegram") or "NAME_OF_THE_BOT"
    address = Desks(store).link(f"{'startgroup' if group else 'start'}=desk_{code}")
    where = "in the group" if group else "to the bot in private"
    click.echo(f"send this {where}, within {VALID.seconds // 60} minutes, once:")
    click.echo(f"/desk@{name} {code}" if group else f"/desk {code}")
    click.echo(f"or open {address}" if address else "(once the bot has run there is a link, too)")


@staff.command()
@click.argument("name")
@city_option
@data_option
@explained
def unlink(name: str, city: Path | None, data: Path | None) -> None:
    """End every link of an account to chats, groups too."""
    from bot.store.desks import Desks
    from bot.store.staff import Accounts

    known, store = _open(city, data)
    if Accounts(store).find(name) is None:
        raise ValueError(f"there is no staff account {name!r}; see `doorstep staff list`")
    with store.transaction():
        count = Desks(store).close(name)
        _audit(store, known, "chat_unlinked", name)
    click.echo(f"{name} is linked to no chat any more ({count} before)")


def _open(city: Path | None, data: Path | None) -> tuple[City, Store]:
    from bot import app as apps
    from bot import city as cities

    chosen = chosen_settings(city=city, data=data)
    return cities.load(chosen.city), apps.open_store(chosen)


def _password() -> str:
    if sys.stdin.isatty():
        given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return given
    return sys.stdin.readline().rstrip("\r\n")


def _now(city: City) -> str:
    return datetime.now(city.zone).isoformat(timespec="seconds")


def _audit(store: Store, city: City, event: str, name: str, role: str = "") -> None:
    from bot.desk.core import SYSTEM
    from bot.store.staff import Audit

    Audit(store).add(_now(city), SYSTEM, event, name, {"role": role} if role else None)
