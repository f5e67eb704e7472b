"""Performs the effects that conversations request, within the turn's transaction."""

from __future__ import annotations

from collections.abc import Callable

from bot.attachments import Kept
from bot.desk import chat, citizen
from bot.desk.citizen import Caller
from bot.desk.core import Desk
from bot.store import Store
from bot.store.sqlite import Inbound
from bot.talk import Effect, Json


def performer(
    desk: Desk, store: Store, inbox: int, inbound: Inbound
) -> Callable[[Effect], Json | None]:
    """A function that performs an effect for one inbox row and tells its outcome, if any.

    Raises LookupError for an effect that nobody performs.
    """
    caller = Caller.of(inbound, inbox)
    at_desk = chat.acts(desk, store, inbox, inbound)

    def perform(effect: Effect) -> Json | None:
        params = effect.params
        number = params.get("number", "")
        if effect.name == "log_gap":
            store.log_gap(inbox, caller.at, params["text"], list(params["nearest"]))
            return None
        if effect.name == "set_language":
            store.set_language(inbox, params["language"])
            return None
        acts: dict[str, Callable[[], Json]] = {
            "file_case": lambda: citizen.file(desk, store, caller, params),
            "amend_case": lambda: citizen.amend(desk, store, caller, number, params["fields"]),
            "finish_case": lambda: citizen.finish(desk, store, caller, number),
            "own_cases": lambda: citizen.of_chat(desk, store, caller),
            "look_at_case": lambda: citizen.look(
                desk, store, caller, number, params.get("word", "")
            ),
            "add_to_case": lambda: citizen.add(desk, store, caller, number, params["text"]),
            "attach_file": lambda: citizen.attach(
                desk, store, caller, number, Kept(**params["file"]), params.get("lately")
            ),
            "withdraw_case": lambda: citizen.withdraw(desk, store, caller, number),
            "judge_case": lambda: citizen.judge(desk, store, caller, number, params["verdict"]),
            "rate_case": lambda: citizen.rate(desk, store, caller, number, params["level"]),
        }
        if effect.name in at_desk:
            return {"effect": effect.name, **at_desk[effect.name](params)}
        if effect.name not in acts:
            raise LookupError(f"no effect named {effect.name!r}")
        return {"effect": effect.name, **acts[effect.name]()}

    return perform
