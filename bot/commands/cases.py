"""`doorstep cases`: list, show and move complaints, ring their timers, draw their states."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cases import CaseState, ClosureCode, Role
from bot.commands.shared import chosen_settings, city_option, data_option, explained

if TYPE_CHECKING:
    from bot.cases import Actor
    from bot.desk import Desk
    from bot.store import Store
from bot.store.cases import Case

STATES = click.Choice([state.value for state in CaseState])


@click.group()
def cases() -> None:
    """Complaints: list, show, move; ring their timers; draw their states."""


@cases.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.option("--state", type=STATES, multiple=True, help="Only this state; may be repeated.")
@click.option("--overdue", is_flag=True, help="Only what is past its due date.")
@click.option("--organisation", help="Only what this organisation has.")
@click.option("--search", default="", help="Only with these words in number, story or answer.")
@click.option("--limit", default=0, help="At most so many; default: all.")
@city_option
@data_option
@explained
def list_cases(
    as_json: bool,
    state: tuple[str, ...],
    overdue: bool,
    organisation: str | None,
    search: str,
    limit: int,
    city: Path | None,
    data: Path | None,
) -> None:
    """List complaints, the most overdue first."""
    from bot.store.case_list import Filter

    desk, store = _desk(city, data)
    now = datetime.now(desk.city.zone)
    wanted = Filter(
        states=tuple(map(CaseState, state)),
        organisation=organisation,
        overdue_at=now if overdue else None,
        search=search,
    )
    found = [_summary(case, now) for case in _pages(store, wanted, limit)]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for one in found:
        late = " OVERDUE" if one["overdue"] else ""
        where = one["organisation"] or "-"
        due = one["due_on"] or "-"
        click.echo(f"{one['number']}  {one['state']:<16}  {where:<20}  due {due}{late}")


@cases.command()
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@city_option
@data_option
@explained
def show(number: str, as_json: bool, city: Path | None, data: Path | None) -> None:
    """Show one complaint with its whole history."""
    desk, store = _desk(city, data)
    found = _whole(desk, store, number)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for name, value in found.items():
        if name != "history" and value not in (None, "", [], False):
            click.echo(f"{name}: {value}")
    for entry in found["history"]:
        to = f" -> {entry['target']}" if entry["target"] else ""
        reason = f": {entry['reason']}" if entry["reason"] else ""
        click.echo(
            f"  {entry['at']}  {entry['actor']} ({entry['role']})  {entry['event']}{to}{reason}"
        )


@cases.command()
@click.argument("number")
@click.argument("state", type=STATES)
@click.option("--as", "user", required=True, help="The staff account that acts.")
@click.option("--reason", default="", help="Why, or the answer; the citizen reads it.")
@click.option("--organisation", help="To whom, for dispatched.")
@click.option("--channel", help="Where it belongs, for not_accepted.")
@click.option("--into", help="Number of the first case, for merged.")
@click.option("--plan", type=click.DateTime(["%Y-%m-%d"]), help="Date of the plan, for deferred.")
@click.option(
    "--code",
    type=click.Choice([c.value for c in ClosureCode]),
    help="Result, for answered.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the case as one JSON object.")
@city_option
@data_option
@explained
def move(
    number: str,
    state: str,
    user: str,
    reason: str,
    as_json: bool,
    city: Path | None,
    data: Path | None,
    **given: Any,
) -> None:
    """Move a complaint to STATE, as staff do at the console; the citizen is told."""
    from bot.desk import staff

    desk, store = _desk(city, data)
    wanted = {name: value for name, value in given.items() if value is not None}
    if "plan" in wanted:
        wanted["plan"] = date.fromisoformat(wanted["plan"].date().isoformat())
    if "code" in wanted:
        wanted["code"] = ClosureCode(wanted["code"])
    actor = _actor(store, user)
    with store.transaction():
        case = desk.seen(store, actor, number)
        now = datetime.now(desk.city.zone).isoformat(timespec="seconds")
        target = CaseState(state)
        _refuse_strangers(target, wanted)
        staff.move(desk, store, actor, number, case.version, target, now, reason=reason, **wanted)
    found = _whole(desk, store, number)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        due = f", due {found['due_on']}" if found["due_on"] else ""
        click.echo(f"{number} is {found['state']}{due}")


@cases.command()
@city_option
@data_option
@explained
def tick(city: Path | None, data: Path | None) -> None:
    """Ring every timer that is due: warn, escalate, close in silence. Servers do it themselves."""
    from bot.desk import clockwork
    from bot.store.case_timers import Timers

    desk, store = _desk(city, data)
    now = datetime.now(desk.city.zone)
    rang = 0
    with store.transaction():
        clockwork.wind_up(desk, store, now)
    while timer := Timers(store).ringing(now):
        with store.transaction():
            rang += clockwork.fire(desk, store, timer, now)
    click.echo(f"{rang} timer(s) rang")


@cases.command()
@click.option(
    "--write",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Put it into this Markdown file, between its markers.",
)
@explained
def diagram(write: Path | None) -> None:
    """Draw states and moves from the table, as Mermaid text."""
    from bot.reports import case_diagram

    if write is None:
        click.echo(case_diagram.mermaid())
        return
    write.write_text(case_diagram.put_into(write.read_text("utf-8")), "utf-8")


def _desk(city: Path | None, data: Path | None) -> tuple[Desk, Store]:
    from bot import app as apps

    chosen = chosen_settings(city=city, data=data)
    store = apps.open_store(chosen)
    return apps.desk(chosen, store), store


def _actor(store: Store, user: str) -> Actor:
    """The account `user`; where there are no accounts yet, whoever sits here is the admin."""
    from bot.cases import Actor
    from bot.store.staff import Accounts

    if not Accounts(store).all():
        return Actor(user, Role.admin)
    account = Accounts(store).find(user)
    if account is None or account.disabled_at:
        raise ValueError(f"there is no active account {user!r}; see `doorstep staff list`")
    return account.actor


_BELONGS = {
    "organisation": CaseState.dispatched,
    "channel": CaseState.not_accepted,
    "into": CaseState.merged,
    "plan": CaseState.deferred,
    "code": CaseState.answered,
}


def _refuse_strangers(target: CaseState, given: dict[str, Any]) -> None:
    for name in given:
        if _BELONGS[name] is not target:
            raise ValueError(f"--{name} is for {_BELONGS[name]}, not for {target}; leave it out")
    # What a move needs and was not given: the desk's function must get it, to refuse it itself.
    for name in ("channel", "into", "plan"):
        if _BELONGS[name] is target and name not in given:
            raise ValueError(f"to make a case {target} give --{name}")


def _pages(store: Store, wanted: Any, limit: int) -> list[Case]:
    from bot.store.case_list import MAX_PAGE, CaseList

    found: list[Case] = []
    after = None
    while True:
        size = min(MAX_PAGE, limit - len(found)) if limit else MAX_PAGE
        page = CaseList(store).page(wanted, after=after, limit=size)
        found += page.cases
        after = page.after
        if after is None or (limit and len(found) >= limit):
            return found


def _summary(case: Case, now: datetime) -> dict[str, Any]:
    return {
        "number": case.number,
        "version": case.version,
        "state": case.state.value,
        "organisation": case.organisation,
        "handler": case.handler,
        "guide": case.guide,
        "filed_at": case.filed_at,
        "due_on": case.due_on,
        "overdue": case.overdue(now),
        "escalation": case.escalation,
        "code": case.code,
        "verdict": case.verdict,
        "satisfaction": case.satisfaction,
    }


def _whole(desk: Desk, store: Store, number: str) -> dict[str, Any]:
    from dataclasses import asdict

    from bot.store.cases import Cases

    repository = Cases(store)
    case = repository.case(number)
    into = repository.by_id(case.merged_into).number if case.merged_into else None
    return _summary(case, datetime.now(desk.city.zone)) | {
        "text": case.text,
        "place": case.place_name,
        "day": case.day,
        "amount": case.amount,
        "material": case.material,
        "about_guide": case.about_guide,
        "reachable": case.contact is not None,
        "suggested": case.suggested,
        "provisional": case.provisional,
        "round": case.round,
        "answer": case.answer,
        "merged_into": into,
        "topic": case.topic,
        "wish_withdrawn": case.wish_withdrawn,
        "dispatched_at": case.dispatched_at,
        "answered_at": case.answered_at,
        "closed_at": case.closed_at,
        "anonymised_at": case.anonymised_at,
        "notes": repository.notes(case),
        "attachments": repository.attachments(case),
        "history": [asdict(entry) for entry in repository.history(case)],
    }
