"""Vectors of citizens' questions, so that those that mean the same are found side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from bot.match.matcher import Matcher

Floats = NDArray[np.float32]


class Meant:
    """Remembers the vectors of the texts that it was asked for last.

    In memory only: the embedder's cache on disk would outlive what citizens have erased.
    """

    def __init__(self, matcher: Callable[[], Matcher]) -> None:
        """`matcher` is that of the city as it is now."""
        self._matcher = matcher
        self._known: dict[str, Floats] = {}
        self._lock = threading.Lock()

    def __call__(self, texts: Iterable[str], new: int = 0) -> dict[str, Floats]:
        """Unit vectors by text, in the space that the city's examples have turned; safe in threads.

        Empty without a model, and in a city with too few examples to turn the space: plain
        cosines tell too little. At most `new` texts are looked at for the first time; the others
        have no vector yet.
        """
        matcher = self._matcher()
        if not (matcher.embedder and matcher.meaning and matcher.meaning.metric.learnt):
            return {}
        wanted = list(dict.fromkeys(texts))
        with self._lock:
            known = self._known = {t: self._known[t] for t in wanted if t in self._known}
        for text in [t for t in wanted if t not in known][:new]:
            known[text] = matcher.embedder.question(matcher.normalise(text).text)
        found = [text for text in wanted if text in known]
        if not found:
            return {}
        turned = matcher.meaning.metric(np.stack([known[text] for text in found]))
        return dict(zip(found, turned, strict=True))
