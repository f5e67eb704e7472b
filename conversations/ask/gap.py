"""What staff get to see of a question that no guide answers."""

from __future__ import annotations

from collections.abc import Sequence

from bot.talk import Effect


def gap(text: str, nearest: Sequence[str]) -> Effect:
    """Logs a question in the citizen's own words, with the guides that came nearest."""
    return Effect("log_gap", {"text": text, "nearest": list(nearest)})
