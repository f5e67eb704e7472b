"""Performs the effects that conversations request, within the turn's transaction."""

from __future__ import annotations

from collections.abc import Callable

from bot.store import Store
from bot.talk import Effect, Json


def performer(store: Store, inbox: int, at: str) -> Callable[[Effect], Json | None]:
    """A function that performs an effect for one inbox row and tells its outcome, if any."""

    def perform(effect: Effect) -> Json | None:
        params = effect.params
        if effect.name == "log_gap":
            store.log_gap(inbox, at, params["text"], list(params["nearest"]))
            return None
        if effect.name == "log_complaint":
            return {"number": store.log_complaint(inbox, at, params["text"], params["guide"])}
        if effect.name == "set_language":
            store.set_language(inbox, params["language"])
            return None
        raise LookupError(f"no effect named {effect.name!r}")

    return perform
