"""What staff do with a case: one function an action.

Each takes the desk, the store, who acts, the case's number and the version that was read, and
the moment (ISO 8601). It writes case, history, timers and the message to the citizen within the
caller's transaction and returns the case as it stands then. Each raises CaseError: `role`,
`organisation`, `version` (StaleError), `missing`, and what the table of bot.cases refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any, Final

from bot import privacy
from bot.cases import STAFF, Actor, CaseError, CaseState, ClosureCode, IllegalMoveError, Role
from bot.desk import messages
from bot.desk.core import SYSTEM, Desk
from bot.store import Store
from bot.store.cases import Case, Cases, stale
from bot.text import clean

# What an office may say that its answer is.
ANSWERS: Final = (
    ClosureCode.solved,
    ClosureCode.partly,
    ClosureCode.explained,
    ClosureCode.unreachable,
)
# As long as what a citizen may write.
MAX_REASON: Final = 2000


def dispatch(
    desk: Desk,
    store: Store,
    actor: Actor,
    number: str,
    version: int,
    at: str,
    *,
    organisation: str | None = None,
    reason: str = "",
) -> Case:
    """Gives a case to an organisation; by default to the one that the citizen's words name."""
    case = Cases(store).case(number)
    to = organisation or case.suggested
    if to and to not in desk.city.organisations:
        known = ", ".join(sorted(desk.city.organisations))
        raise CaseError("unknown_organisation", f"there is no organisation {to!r}; one of: {known}")
    return desk.move(
        store, actor, number, version, CaseState.dispatched, at,
        reason=_checked(reason), given={"organisation": to}, changes={"organisation": to},
    )  # fmt: skip


def return_to_clerk(
    desk: Desk, store: Store, actor: Actor, number: str, version: int, at: str, *, reason: str
) -> Case:
    """Not ours: back to the clerk, soon after the dispatch."""
    return desk.move(store, actor, number, version, CaseState.returned, at, reason=_checked(reason))


def refuse(
    desk: Desk,
    store: Store,
    actor: Actor,
    number: str,
    version: int,
    at: str,
    *,
    reason: str,
    channel: str,
) -> Case:
    """Not accepted; `channel` says where the matter belongs, and the citizen reads it."""
    return desk.move(
        store, actor, number, version, CaseState.not_accepted, at,
        reason=_joined(_checked(reason), _checked(channel)), given={"channel": channel},
    )  # fmt: skip


def take(desk: Desk, store: Store, actor: Actor, number: str, version: int, at: str) -> Case:
    """A handler takes the case on."""
    return desk.move(store, actor, number, version, CaseState.in_progress, at)


def answer(
    desk: Desk,
    store: Store,
    actor: Actor,
    number: str,
    version: int,
    at: str,
    *,
    text: str,
    code: ClosureCode = ClosureCode.explained,
) -> Case:
    """Answers the citizen; `code` is what the office says came of it, the citizen judges."""
    if code not in ANSWERS:
        raise CaseError("code", f"an answer is one of: {', '.join(ANSWERS)}, not {code}")
    text = _checked(text)
    case = desk.move(
        store, actor, number, version, CaseState.answered, at,
        reason=text, changes={"answer": text, "code": code.value, "verdict": None},
    )  # fmt: skip
    for one in merged_into(store, case):
        messages.tell(desk, store, one, "first_answered", actor, at, text, ())
    if case.wish_withdrawn:
        case = desk.move(
            store, SYSTEM, number, case.version, CaseState.closed, at,
            given={"verdict": "none"}, tell=False,
            changes={"verdict": "none", "code": ClosureCode.withdrawn.value},
        )  # fmt: skip
    return case


def ask_back(
    desk: Desk, store: Store, actor: Actor, number: str, version: int, at: str, *, question: str
) -> Case:
    """Asks the citizen for what is missing; the answer clock waits meanwhile."""
    return desk.move(
        store, actor, number, version, CaseState.awaiting_citizen, at, reason=_checked(question)
    )


def extend(
    desk: Desk, store: Store, actor: Actor, number: str, version: int, at: str, *, reason: str
) -> Case:
    """More time, once; the citizen reads why."""
    return desk.move(store, actor, number, version, CaseState.extended, at, reason=_checked(reason))


def defer(
    desk: Desk,
    store: Store,
    actor: Actor,
    number: str,
    version: int,
    at: str,
    *,
    reason: str,
    plan: date,
) -> Case:
    """Cannot be done now: a plan with its date, which the citizen reads."""
    return desk.move(
        store, actor, number, version, CaseState.deferred, at,
        reason=_checked(reason), given={"plan": plan},
    )  # fmt: skip


def resume(desk: Desk, store: Store, actor: Actor, number: str, version: int, at: str) -> Case:
    """Goes on with a case that was extended, deferred, or waited for the citizen."""
    return desk.move(store, actor, number, version, CaseState.in_progress, at)


def merge(
    desk: Desk,
    store: Store,
    actor: Actor,
    number: str,
    version: int,
    at: str,
    *,
    into: str,
    reason: str,
) -> Case:
    """The same facts as in an earlier case, whose result counts for both."""
    first = Cases(store).case(into)
    if first.number == number or first.state is CaseState.merged:
        raise CaseError("into", f"case {number} cannot be merged into {into}; name the first case")
    if merged_into(store, Cases(store).case(number)):
        raise CaseError("into", f"others are merged into {number}; merge them elsewhere first")
    return desk.move(
        store, actor, number, version, CaseState.merged, at,
        reason=_checked(reason), given={"into": into}, changes={"merged_into": first.id},
    )  # fmt: skip


def unmerge(
    desk: Desk, store: Store, actor: Actor, number: str, version: int, at: str, *, reason: str
) -> Case:
    """Not the same facts after all: the case goes its own way again."""
    return desk.move(
        store, actor, number, version, CaseState.registered, at, reason=_checked(reason)
    )


def close(
    desk: Desk, store: Store, actor: Actor, number: str, version: int, at: str, *, reason: str = ""
) -> Case:
    """Ends an answered case without a verdict, which counts as no verdict, never as satisfied."""
    return desk.move(
        store, actor, number, version, CaseState.closed, at,
        reason=_checked(reason), given={"verdict": "none"}, changes={"verdict": "none"},
    )  # fmt: skip


def reopen(
    desk: Desk, store: Store, actor: Actor, number: str, version: int, at: str, *, reason: str
) -> Case:
    """Not done: another handler takes it, with a new clock."""
    return desk.move(store, actor, number, version, CaseState.reopened, at, reason=_checked(reason))


def assign(
    desk: Desk, store: Store, actor: Actor, number: str, version: int, at: str, *, handler: str
) -> Case:
    """Names who handles a case; the citizen is not told."""
    case = _writable(desk, store, actor, number)
    if case.version != version:
        raise stale(case, version)
    if case.organisation is None:
        raise CaseError("missing", f"case {number} is with no organisation; dispatch it first")
    changed = Cases(store).change(case, {"handler": handler})
    Cases(store).log(changed, at, actor, "assign", data={"handler": handler})
    return changed


def note(desk: Desk, store: Store, actor: Actor, number: str, at: str, text: str) -> None:
    """An internal note, which the citizen never reads."""
    case = _writable(desk, store, actor, number)
    Cases(store).note(case, at, actor, _checked(text))


def preview(
    desk: Desk,
    store: Store,
    actor: Actor,
    number: str,
    version: int,
    target: CaseState,
    at: str,
    **given: Any,
) -> list[str]:
    """What the citizen would read if the case moved to `target` now; nothing is kept of it.

    Takes what `move` takes, within a transaction, and raises what `move` raises.
    """
    return looked_at(store, lambda: move(desk, store, actor, number, version, target, at, **given))


def looked_at(store: Store, act: Callable[[], Case]) -> list[str]:
    """What the citizen would read if `act` were done now; it is taken back, or raises."""
    last = store.read("SELECT coalesce(max(id), 0) FROM outbox")[0][0]
    texts: list[str] = []
    with suppress(_UndoneError), store.savepoint("preview"):
        case = act()
        rows = store.read(
            # What staff are told in the same chat is not for the citizen.
            "SELECT text FROM outbox WHERE id > ? AND channel = ? AND chat = ?"
            " AND inbox NOT IN (SELECT inbox FROM desk_rows) ORDER BY id",
            last,
            case.channel,
            case.chat,
        )
        texts = [row[0] for row in rows]
        raise _UndoneError
    return texts


class _UndoneError(Exception):
    """Takes back what was done only to look at it."""


def merged_into(store: Store, case: Case) -> list[Case]:
    """The cases whose result is this one's."""
    found = store.read("SELECT id FROM cases WHERE merged_into = ? ORDER BY id", case.id)
    return [Cases(store).by_id(row[0]) for row in found]


# What `doorstep cases move` and bulk actions call: the action that leads to a state.
def move(
    desk: Desk,
    store: Store,
    actor: Actor,
    number: str,
    version: int,
    target: CaseState,
    at: str,
    **given: Any,
) -> Case:
    """Makes the move to `target`; `given` are the action's own keywords, `reason` for its text."""
    reason = str(given.pop("reason", "") or "")
    case = Cases(store).case(number)
    args = (desk, store, actor, number, version, at)
    if target is CaseState.answered:
        return answer(*args, text=reason, **given)
    if target is CaseState.awaiting_citizen:
        return ask_back(*args, question=reason)
    if target is CaseState.in_progress:
        return (take if case.state in _TAKEN else resume)(*args)
    if target is CaseState.registered:
        return unmerge(*args, reason=reason)
    if target is CaseState.withdrawn:
        return desk.move(store, actor, number, version, target, at, reason=reason)
    actions: dict[CaseState, Any] = {
        CaseState.dispatched: dispatch,
        CaseState.returned: return_to_clerk,
        CaseState.not_accepted: refuse,
        CaseState.merged: merge,
        CaseState.extended: extend,
        CaseState.deferred: defer,
        CaseState.closed: close,
        CaseState.reopened: reopen,
    }
    moved: Case = actions[target](*args, reason=reason, **given)
    return moved


_TAKEN: Final = (CaseState.dispatched, CaseState.reopened)


def _writable(desk: Desk, store: Store, actor: Actor, number: str) -> Case:
    if actor.role not in STAFF or actor.role is Role.auditor:
        raise IllegalMoveError("role", f"{actor.role} may not write in a case")
    return desk.seen(store, actor, number)


def _checked(text: str) -> str:
    text = privacy.mask(clean(text)).strip()
    if len(text) > MAX_REASON:
        raise CaseError("too_long", f"at most {MAX_REASON} characters, not {len(text)}")
    return text


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
