"""Makes a city of any size out of the sample city, the same one on every run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from bot.city import City
from bot.guide import Guide
from bot.match.embed import Floats

SEED: Final = 20_26
# Neighbouring questions of one guide lie about this far apart.
NOISE: Final = 0.2


def grown(city: City, size: int, examples: int) -> City:
    """The city with more guides, until guides and notices are `size` together.

    Each new guide has about `examples` texts of one guide with words swapped for another's.
    """
    rng = random.Random(SEED)
    own = list(city.guides.values())
    wanted = size - len(own) - len(city.notices)
    made = [
        _mixed(f"made-{n}", own[n % len(own)], rng.choice(own), examples, rng)
        for n in range(wanted)
    ]
    return replace(city, guides=city.guides | {guide.id: guide for guide in made})


def _mixed(name: str, base: Guide, other: Guide, examples: int, rng: random.Random) -> Guide:
    def swapped(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(_swap(text, rng.choice(other.asks), rng) for text in texts)

    texts = (*base.says, *base.asks)
    changed = {
        "id": name,
        "plain_name": _swap(base.plain_name, other.plain_name, rng),
        "says": (),
        "asks": swapped(rng.sample(texts, min(max(examples - 1, 1), len(texts)))),
        "summary": swapped(base.summary),
        "conditions": swapped(base.conditions),
    }
    return base.model_copy(update=changed)


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
