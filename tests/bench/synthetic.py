"""Makes a city of any size out of the sample city, the same one on every run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import numpy as np

from bot.match.embed import Floats
from bot.match.matcher import Document

SEED: Final = 20_26
# Neighbouring questions of one guide lie about this far apart.
NOISE: Final = 0.2


def grown(documents: Sequence[Document], size: int, examples: int) -> list[Document]:
    """`size` documents with about `examples` texts each, words swapped between guides."""
    rng = random.Random(SEED)
    return [_mixed(f"made-{n}", documents, n, examples, rng) for n in range(size)]


def _mixed(
    name: str, documents: Sequence[Document], n: int, examples: int, rng: random.Random
) -> Document:
    base, other = documents[n % len(documents)], rng.choice(documents)
    texts = base.names + base.questions
    chosen = rng.sample(texts, min(max(examples - 1, 1), len(texts)))
    donors = [rng.choice(other.examples()) for _ in chosen]
    return Document(
        id=name,
        title=_swap(base.title, other.title, rng),
        questions=tuple(_swap(a, b, rng) for a, b in zip(chosen, donors, strict=True)),
        body="\n".join(_swap(line, other.title, rng) for line in base.body.split("\n")),
    )


def _swap(text: str, other: str, rng: random.Random) -> str:
    """The text with a word's length of characters replaced by as many of the other's."""
    width = rng.choice((2, 3))
    here = rng.randrange(max(len(text) - width, 0) + 1)
    there = rng.randrange(max(len(other) - width, 0) + 1)
    return text[:here] + other[there : there + width] + text[here + width :]


def noisy(vectors: Floats, size: int) -> Floats:
    """`size` unit vectors, each near one of those given: shape (size, dimensions)."""
    rng = np.random.default_rng(SEED)
    made = vectors[rng.integers(len(vectors), size=size)]
    spread = np.float32(NOISE / np.sqrt(vectors.shape[1]))
    made += spread * rng.standard_normal(made.shape, dtype=np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made
