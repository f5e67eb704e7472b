"""Answers without keeping anything: one question, or JSON lines for scripts and checks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from bot.intake import Handled, Intake
from bot.store.sqlite import Inbound
from bot.wording import numbered

CHANNEL: Final = "oneshot"
# A line may hold a long story in several turns, but not a book.
MAX_LINE: Final = 1 << 20
MAX_TURNS: Final = 50


def answer(intake: Intake, now: Callable[[], datetime], turns: list[str]) -> dict[str, Any]:
    """Plays a conversation and describes its last turn: the contract of `doorstep ask --json`."""
    handled = _play(intake, now, turns)
    turn = handled.turn
    return {
        "outcome": turn.outcome.value,
        "guide": turn.guide,
        "facet": turn.facet.value if turn.facet else None,
        "candidates": [c for c in turn.candidates if intake.book.has_guide(c)],
        "confidence": round(min(max(turn.confidence, 0.0), 1.0), 4),
        "text": "\n\n".join(map(numbered, handled.messages)),
        "replies": len(handled.messages),
    }


def texts(intake: Intake, now: Callable[[], datetime], question: str) -> list[str]:
    """The answer to one question, for people."""
    return [numbered(message) for message in _play(intake, now, [question]).messages]


def lines(intake: Intake, now: Callable[[], datetime], source: Iterable[bytes]) -> Iterator[str]:
    """One JSON line out for each line in; a broken line gives an error and the rest go on."""
    for raw in source:
        if not raw.strip():
            continue
        yield json.dumps(_line(intake, now, raw), ensure_ascii=False)


def _line(intake: Intake, now: Callable[[], datetime], raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_LINE:
        return {"error": f"the line has {len(raw)} bytes; at most {MAX_LINE} are read"}
    try:
        asked = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return {"error": f"not JSON: {error}"}
    if not isinstance(asked, dict):
        return {"error": 'not an object; write {"id": "...", "turns": ["..."]}'}
    name, turns = asked.get("id"), asked.get("turns")
    if not isinstance(turns, list) or not turns or not all(isinstance(t, str) for t in turns):
        return {"id": name, "error": "turns must be a list of at least one text"}
    if len(turns) > MAX_TURNS:
        return {"id": name, "error": f"turns holds {len(turns)} texts; at most {MAX_TURNS}"}
    return {"id": name, **answer(intake, now, turns)}


def _play(intake: Intake, now: Callable[[], datetime], turns: list[str]) -> Handled:
    chat = uuid.uuid4().hex
    handled: Handled | None = None
    for number, text in enumerate(turns):
        stamp = now().isoformat(timespec="seconds")
        handled = intake.handle(Inbound(CHANNEL, chat, str(number), "text", text, stamp))
    assert handled is not None
    return handled
