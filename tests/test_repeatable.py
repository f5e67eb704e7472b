"""The same question gets the same answer after every start, on every machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bot.app import App
from bot.reports import evaluation

FOLDER = Path(__file__).parent / "questions"
# The order of a set changes with the first; the others make an older processor of this one.
STARTS = (
    {"PYTHONHASHSEED": "1"},
    {"PYTHONHASHSEED": "2", "OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "X86_V3"},
)
# A complaint's password is another one each time.
SAME = ("outcome", "guide", "facet", "candidates", "confidence", "replies")


def answers(app: App, start: dict[str, str], texts: list[str]) -> list[list[object]]:
    folders = ["--city", app.settings.city, "--data", app.settings.data]
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "ask", "--jsonl", *folders],
        input="".join(json.dumps({"id": "", "turns": [text]}) + "\n" for text in texts),
        env={**os.environ, "DOORSTEP_SEMANTIC": "off", **start},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [[json.loads(line)[key] for key in SAME] for line in done.stdout.splitlines()]


def test_every_start_gives_the_same_answers(words_app: App) -> None:
    letters = [q.turns[0] for q in evaluation.read(FOLDER / "letters.tsv")]
    first, second = (answers(words_app, start, letters) for start in STARTS)
    assert len(first) == len(letters)
    assert first == second
