"""Pages of the staff inbox over 50,000 complaints on disk: python -m tests.bench.cases."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from bot.cases import OPEN, CaseState
from bot.desk.alike import earlier
from bot.gaps import Kind, Question, clusters
from bot.store import Store
from bot.store.case_list import CaseList, Filter
from bot.store.cases import Cases, utc
from bot.store.schema_cases import NEVER

COUNT: Final = 50_000
GAPS: Final = 5_000
ROUNDS: Final = 9
# Milliseconds a page.
WANTED: Final = 200.0
NOW: Final = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
STORY: Final = "窗口的人态度不好，拖了一个月还没办好，跑了五趟" * 4
ORGANISATIONS: Final = ("health", "tax", "market", "education", "housing", "civil-affairs")
GUIDES: Final = ("id-card", "passport", "dibao", "notary")


def fill(store: Store) -> None:
    """Writes the cases, in all states and with due dates around now."""
    chance = random.Random(1)
    with store.transaction():
        store.write(
            "INSERT INTO inbox (id, channel, chat, message, kind, text, at)"
            " VALUES (1, 'bench', 'c', '1', 'text', 'x', ?)",
            NOW.isoformat(),
        )
        for number in range(COUNT):
            state = chance.choice(list(CaseState))
            due = utc(NOW + timedelta(hours=chance.randint(-700, 700)))
            store.write(
                "INSERT INTO cases (number, state, inbox, channel, chat, text, guide,"
                " organisation, filed_at, due_at) VALUES (?, ?, 1, 'bench', ?, ?, ?, ?, ?, ?)",
                f"20260101-{number:06d}",
                state.value,
                str(number),
                f"{STORY}{number}",
                chance.choice(GUIDES),
                chance.choice(ORGANISATIONS),
                NOW.isoformat(),
                due if state in OPEN else NEVER,
            )


def times(store: Store) -> dict[str, float]:
    """Median milliseconds of each kind of page."""
    cases = CaseList(store)
    newest = Cases(store).by_id(COUNT)
    working = (CaseState.in_progress, CaseState.answered)
    wanted: dict[str, Callable[[], object]] = {
        "all, most overdue first": lambda: cases.page(Filter()),
        "two states": lambda: cases.page(Filter(states=working)),
        "one organisation, rare state": lambda: cases.page(
            Filter(organisation="tax", guide="dibao", states=(CaseState.merged,))
        ),
        "overdue": lambda: cases.page(Filter(overdue_at=NOW)),
        "overdue, escalated (none)": lambda: cases.page(Filter(overdue_at=NOW, escalated=2)),
        "text search, one hit": lambda: cases.page(Filter(search="49999")),
        "text search, no hit": lambda: cases.page(Filter(search="没有这样的话")),
        "text search of open ones, no hit": lambda: cases.page(
            Filter(search="没有这样的话", states=tuple(OPEN))
        ),
        "somebody's own, none": lambda: cases.page(Filter(handler="li", states=tuple(OPEN))),
        "count with text search": lambda: cases.count(Filter(search="态度")),
        "counts by state": lambda: cases.by_state(Filter(organisation="tax")),
        "earlier cases like the newest": lambda: earlier(store, newest),
    }
    return {
        name: median(_milliseconds(page) for _ in range(ROUNDS)) for name, page in wanted.items()
    }


def different_gaps() -> tuple[list[Question], dict[str, NDArray[np.float32]]]:
    """Gaps of which no two mean the same, so that each is compared with each; and their vectors."""
    chance = np.random.default_rng(1)
    texts = ["".join(map(chr, row)) for row in chance.integers(0x4E00, 0x9000, (GAPS, 14))]
    rows = chance.normal(size=(GAPS, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    asked = [
        Question(n, text, NOW.isoformat(), Kind.unanswered, (f"guide-{n % 70}",))
        for n, text in enumerate(texts)
    ]
    return asked, dict(zip(texts, rows, strict=True))


def _milliseconds(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return (perf_counter() - begun) * 1000


@click.command()
def main() -> None:
    """Measure, and say which page is too slow."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "doorstep.db")
        fill(store)
        found = times(store)
        store.close()
    click.echo(f"{COUNT} complaints, median of {ROUNDS}, wanted below {WANTED:.0f} ms")
    for name, taken in found.items():
        click.echo(f"{taken:8.1f} ms  {name}{'  TOO SLOW' if taken >= WANTED else ''}")
    asked, vectors = different_gaps()
    taken = _milliseconds(lambda: clusters(asked, vectors))
    click.echo(f"{taken:8.0f} ms  {GAPS} different gaps gathered by meaning")


if __name__ == "__main__":
    main()
