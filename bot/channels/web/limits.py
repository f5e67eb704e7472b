"""Rate limits: a token bucket for each session and each network address, in memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

# So many keys are remembered; the one unused for longest is forgotten first.
KEYS: Final = 50_000


class Buckets:
    """Lets through `rate` events a minute for each key, as many at once after a pause."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Takes one; 0 if there was one, else the seconds until there is."""
        now = self._clock()
        left, seen = self._buckets.pop(key, (float(self._rate), now))
        left = min(self._rate, left + (now - seen) * self._rate / 60)
        granted = left >= 1
        self._buckets[key] = (left - 1 if granted else left, now)
        if len(self._buckets) > KEYS:
            self._buckets.popitem(last=False)
        return 0.0 if granted else (1 - left) * 60 / self._rate


class Limits:
    """What one session, and one address, may send."""

    def __init__(
        self, session: int, address: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sessions, self._addresses = Buckets(session, clock), Buckets(address, clock)

    def wait(self, session: str, address: str) -> float:
        """Seconds that the sender should wait; 0 if the message may come in."""
        return self._sessions.wait(session) or self._addresses.wait(address)
