"""What a head sees of a text: which known units it holds, what it means, tell-tale marks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.match import grams
from bot.match.grams import Units

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]

# So many units where each costs: a fit with leverage takes memory with the square of their number
# and time with the cube.
SMALL: Final = 5120
# So many where only the words that texts hold cost anything.
LARGE: Final = 40_000
# All that is heard of a text, and how it begins and ends, counts this much of what is written.
HEARD: Final = 0.8
EDGES: Final = 0.4
_NOTHING: Final = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True)
class Features:
    """What a head sees of a text: which words it holds and how much each counts, and the rest."""

    places: Numbers
    values: Floats
    rest: Floats


@dataclass(frozen=True)
class Vocabulary:
    """The units of text that a head looks at, in the order of its weights."""

    units: tuple[str, ...]

    @classmethod
    def small(cls, texts: Iterable[str], size: int = SMALL) -> Vocabulary:
        """Written units alone, those that most texts hold; what is rarer tells of single texts.

        Numbers in a hash's buckets did worse: of 60,000 units some always share one.
        """
        return cls(_most_held((grams.characters(text) for text in texts), size))

    @classmethod
    def large(cls, texts: Iterable[str], size: int = LARGE) -> Vocabulary:
        """Units written, heard (who writes 条见 means 条件) and at the edges, the most held."""
        cut = ((*grams.characters(text), *_heard(text), *_edges(text)) for text in texts)
        return cls(_most_held(cut, size))

    def features(self, text: str, rest: Floats = _NOTHING) -> Features:
        """The text's known units and the rest as it is given.

        What is written has length 1 together, what is heard `HEARD`, its edges `EDGES`.
        """
        written = self._known(grams.characters(text))
        heard, edges = self._known(_heard(text)), self._known(_edges(text))
        places = [self._places[unit] for unit in (*written, *heard, *edges)]
        values = [
            _long([1.0 if len(unit) > 1 else 0.5 for unit in written], 1.0),
            _long([1.0] * len(heard), HEARD),
            _long([1.0] * len(edges), EDGES),
        ]
        return Features(np.array(places, dtype=np.intp), np.concatenate(values), rest)

    def __len__(self) -> int:
        return len(self.units)

    def _known(self, units: Units) -> Units:
        return tuple(unit for unit in units if unit in self._places)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {unit: place for place, unit in enumerate(self.units)}


@dataclass(frozen=True)
class Space:
    """Puts words and meaning side by side. Vectors are centred: raw cosines all lie near .85."""

    vocabulary: Vocabulary
    centre: Floats | None
    scale: float

    @classmethod
    def of(cls, vocabulary: Vocabulary, vectors: Floats | None) -> Space:
        """With sentence vectors of mean 0 and mean length 1."""
        if vectors is None or not len(vectors):
            return cls(vocabulary, None, 1.0)
        centre = vectors.mean(axis=0)
        lengths = np.linalg.norm(vectors - centre, axis=1)
        return cls(vocabulary, centre, float(lengths.mean()) or 1.0)

    def features(self, text: str, vector: Floats | None, marks: Floats) -> Features:
        """One text's features: words, tell-tale marks, meaning where there is a vector."""
        if self.centre is None or vector is None:
            return self.vocabulary.features(text, marks)
        meaning = (vector - self.centre) / np.float32(self.scale)
        return self.vocabulary.features(text, np.concatenate([marks, meaning]))


def _most_held(texts: Iterable[Units], size: int) -> Units:
    held = Counter(unit for units in texts for unit in units)
    return tuple(sorted(held, key=lambda unit: (-held[unit], unit))[:size])


def _heard(text: str) -> Units:
    """Pairs of syllables; the space between keeps them apart from what is written."""
    return tuple(unit for unit in grams.syllables(text) if " " in unit)


def _edges(text: str) -> Units:
    """How a text begins, and its last characters: there a question says most."""
    runs = grams.CHINESE.findall(text)
    if not runs:
        return ()
    return tuple(dict.fromkeys((f"^{runs[0][:2]}", f"{runs[-1][-1:]}$", f"{runs[-1][-2:]}$")))


def _long(values: list[float], length: float) -> Floats:
    """The values, so that they have this length together."""
    found = np.array(values, dtype=np.float32)
    if values:
        found *= np.float32(length) / np.sqrt(found @ found)
    return found
