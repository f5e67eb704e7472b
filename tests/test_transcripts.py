"""Plays every transcript through the one door: real matcher, real wording, real database file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.app import App, assemble
from bot.store import Store
from bot.store.sqlite import Inbound
from bot.wording import numbered

CONVERSATIONS = Path(__file__).parent.parent / "conversations"
TRANSCRIPTS = sorted(CONVERSATIONS.glob("*/transcripts/*.txt"))
START = datetime.fromisoformat("2026-11-24T10:00:00+08:00")


def arrived(line: str) -> Inbound:
    """`> text`, or `>> kind text {data}` for what is no text, or a text that comes with data."""
    if line.startswith("> "):
        return Inbound("transcript", "1", "", "text", line[2:], START.isoformat())
    kind, _, rest = line[3:].partition(" ")
    text, brace, data = rest.partition("{")
    found = json.loads(brace + data) if brace else {}
    origin = found.pop("forwarded_from", None)
    inbound = Inbound("transcript", "1", "", kind, text.strip(), START.isoformat(), data=found)
    return replace(inbound, forwarded_from=origin)


@pytest.mark.parametrize("matching", ["words_app", "meaning_app"])
@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda p: f"{p.parts[-3]}/{p.stem}")
def test_transcript(
    path: Path, matching: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    app: App = request.getfixturevalue(matching)
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    file, said = tmp_path / "chat.db", ""
    turn = None
    for number, line in enumerate(lines, 1):
        where = f"{path.name}: {line}"
        if line.startswith("#"):
            continue
        if line.startswith(">"):
            # The store is opened anew for every turn: the state must survive as it is kept.
            store = Store(file)
            fresh = assemble(app.settings, app.city, app.language, app.reader, store)
            handled = fresh.intake.handle(replace(arrived(line), message=str(number)))
            store.close()
            assert handled is not None
            turn, said = handled.turn, "\n\n".join(map(numbered, handled.messages))
        elif line.startswith("= "):
            assert turn is not None
            wanted = line[2:].split()
            found = [turn.outcome.value, turn.guide or "-", turn.facet.value if turn.facet else "-"]
            assert found[: len(wanted)] == wanted, f"{where}\n{said}"
        elif line.startswith("! "):
            assert line[2:] not in said, f"{where}\n{said}"
        else:
            assert line.removeprefix("< ") in said, f"{where}\n{said}"
