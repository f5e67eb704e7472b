"""Times calls one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TypeVar

import numpy as np

T = TypeVar("T")
Tick = Callable[[], None]


def no_tick() -> None:
    """Tells nobody about progress."""


@dataclass(frozen=True)
class Timing:
    """How long each item took, in seconds."""

    seconds: tuple[float, ...]

    @property
    def p50(self) -> float:
        """The middle, in milliseconds."""
        return float(np.percentile(self.seconds, 50)) * 1000

    @property
    def p99(self) -> float:
        """The slow tail, in milliseconds."""
        return float(np.percentile(self.seconds, 99)) * 1000

    @property
    def per_second(self) -> float:
        """Items a second, one after the other."""
        return len(self.seconds) / sum(self.seconds)

    def over(self, other: Timing) -> float:
        """The middle of this time over the other's, item by item."""
        return float(np.median(np.array(self.seconds) / np.array(other.seconds)))


def once(call: Callable[[], T]) -> tuple[T, float]:
    """The result and the seconds it took."""
    start = perf_counter()
    result = call()
    return result, perf_counter() - start


def each(
    calls: Sequence[Callable[[str], object]],
    items: Sequence[str],
    rounds: int,
    tick: Tick = no_tick,
) -> list[Timing]:
    """Times several calls on the same items in turn; an item's time is its middle over rounds.

    Turn about, so that what else the machine does weighs on all of them alike; the middle, so
    that p99 tells of the slowest questions and not of a moment at which the machine was busy.
    """
    for call in calls:
        call(items[0])
    taken = np.zeros((len(calls), len(items), rounds))
    for turn in range(rounds):
        for i, item in enumerate(items):
            for c, call in enumerate(calls):
                taken[c, i, turn] = once(partial(call, item))[1]
            tick()
    return [Timing(tuple(row)) for row in np.median(taken, axis=2)]
