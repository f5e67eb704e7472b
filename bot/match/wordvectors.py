"""What words mean, without a sentence model: a text's vector is the sum of its words'."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import add
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.match.embed import Progress

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]

# Kept in a language pack's folder, made by `doorstep distil`.
FILE: Final = "words.npz"
_RUNS: Final = re.compile(r"[㐀-鿿]+|[a-zà-öø-ÿœß]+")
LONGEST: Final = 4


def pieces(text: str) -> dict[str, None]:
    """What may be a word: one to four Chinese characters in a row, and whole Latin words.

    In an order that is the same for the same text.
    """
    found: list[str] = []
    for run in _RUNS.findall(text.lower()):
        if run[0] < "㐀":
            found.append(run)
            continue
        rows = list(run)
        found += rows
        for length in range(1, LONGEST):
            rows = list(map(add, rows, run[length:]))
            found += rows
    return dict.fromkeys(found)


@dataclass(frozen=True)
class WordVectors:
    """Words, how much each weighs in a text, and its vector: shape of `rows` (words, d).

    A vector is its whole numbers times its scale. `mark` changes with the content.
    """

    words: tuple[str, ...]
    weights: Floats
    scales: Floats
    rows: NDArray[np.int8]
    mark: str = ""

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return dict(zip(self.words, range(len(self.words)), strict=True))

    def question(self, text: str) -> Floats:
        """The vector of a normalised text; zeros for one without a known word."""
        numbers, weights = self.parts(text)
        found: Floats = (weights * self.scales[numbers]) @ self.rows[numbers].astype(np.float32)
        return found

    def all(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Vectors of many texts: shape (n, d)."""
        found = np.zeros((len(texts), self.rows.shape[1]), dtype=np.float32)
        for row, text in zip(found, texts, strict=True):
            row[:] = self.question(text)
        return found

    def parts(self, text: str) -> tuple[Numbers, Floats]:
        """The numbers of a text's known words, and their weights, together of length 1."""
        known = self._numbers
        found = [number for number in map(known.get, pieces(text)) if number is not None]
        numbers = np.array(found, dtype=np.intp)
        weights = self.weights[numbers]
        length = float(np.sqrt(weights @ weights))
        return numbers, weights / np.float32(length or 1)

    def save(self, path: Path) -> None:
        """Writes them to a file for `load`."""
        text = "\n".join(self.words).encode()
        with path.open("wb") as file:
            np.savez(
                file,
                words=np.frombuffer(text, dtype=np.uint8),
                weights=self.weights,
                scales=self.scales,
                rows=self.rows,
            )

    @classmethod
    def load(cls, path: Path) -> WordVectors | None:
        """Those of a file; None where there is none, or a broken one: then characters must do."""
        try:
            content = path.read_bytes()
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                arrays: dict[str, NDArray[Any]] = {name: stored[name] for name in stored.files}
            words = tuple(arrays["words"].tobytes().decode().split("\n"))
            mark = hashlib.blake2b(content, digest_size=16).hexdigest()
            return cls(words, arrays["weights"], arrays["scales"], arrays["rows"], mark)
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
            return None
