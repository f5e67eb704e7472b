"""Kill -9 at random while complaints are filed, answered, judged and timed through the Worker."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from bot.cases import MOVES, CaseState, Role
from bot.store import Store
from bot.store.cases import Cases, utc
from tests.killed_cases import LATER, START

ROOT = Path(__file__).parent.parent
KILLS = 200
Told = dict[str, list[str]]


def test_two_hundred_kills(tmp_path: Path) -> None:
    """One test, so that the kills happen once however the tests are spread."""
    command = [sys.executable, "-m", "tests.killed_cases", str(tmp_path), str(KILLS), "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    told = found["done"]
    assert found["cut"] > KILLS / 2
    store = Store(tmp_path / "doorstep.db")
    nothing_lost_nothing_doubled_nothing_illegal(store, told)
    every_due_timer_rang_once(store)
    each_reply_was_queued_once(store, told)
    store.close()


def nothing_lost_nothing_doubled_nothing_illegal(store: Store, told: Told) -> None:
    repository = Cases(store)
    numbers = set()
    for chat, steps in told.items():
        (case,) = repository.of_chat("test", chat)
        numbers.add(case.number)
        history = repository.history(case)
        events = Counter(e.event for e in history)
        # Every acknowledged step is there, and none twice.
        for step, event in (("file", "file"), ("take", "take"), ("answer", "answer")):
            assert events[event] == (step in steps), (chat, step)
        assert set(steps) == {"file", "finish", "take", "answer", "judge", "rate"}
        assert (events["close"], events["rate"]) == (1, 1)
        assert (case.state, case.verdict, case.satisfaction) == (CaseState.closed, "solved", 4)
        stands = None
        for entry in history:
            if entry.source and entry.target:
                move = MOVES[CaseState(entry.source), CaseState(entry.target)]
                assert entry.source == stands
                assert Role(entry.role) in move.roles
            stands = entry.target or stands
    assert len(numbers) == len(told) == KILLS * 4
    assert store.read("SELECT count(*) FROM cases") == [(KILLS * 4,)]
    assert store.read("SELECT count(*) FROM case_verdicts") == [(KILLS * 4,)]


def every_due_timer_rang_once(store: Store) -> None:
    rang = store.read("SELECT kind, clock, count(*) FROM case_timers WHERE fired_at IS NOT NULL"
                      " GROUP BY kind, clock")  # fmt: skip
    counts = Counter[str]()
    for kind, _clock, count in rang:
        counts["warn" if kind == "warn" else "form" if kind == "form" else "escalate"] += count
    seen = dict(store.read("SELECT event, count(*) FROM case_history GROUP BY event"))
    assert seen.get("warn", 0) == counts["warn"]
    assert seen.get("escalate", 0) == counts["escalate"]
    now = utc(START + KILLS * LATER)
    left = store.read(
        "SELECT count(*) FROM case_timers WHERE due_at <= ? AND fired_at IS NULL"
        " AND cancelled_at IS NULL",
        now,
    )
    assert left == [(0,)]


def each_reply_was_queued_once(store: Store, told: Told) -> None:
    receipts = store.read(
        "SELECT chat, count(*) FROM outbox WHERE text LIKE '%投诉回执%' GROUP BY chat"
    )
    assert dict(receipts) == dict.fromkeys(told, 1)
    answers = store.read(
        "SELECT chat, count(*) FROM outbox WHERE text LIKE '%有答复了（%' GROUP BY chat"
    )
    assert dict(answers) == dict.fromkeys(told, 1)
