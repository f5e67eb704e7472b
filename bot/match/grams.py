"""Cuts normalised text into the units that the lexical channels count."""

from __future__ import annotations

import importlib.util
import re
from functools import cache, lru_cache
from operator import add
from pathlib import Path
from typing import Final

_RUNS: Final = re.compile(r"[㐀-鿿]+|[a-z0-9àâäçéèêëîïôöùûüÿñæœß]+")


# A question is cut again by every channel and every gate.
@lru_cache(maxsize=256)
def characters(text: str) -> frozenset[str]:
    """Chinese characters and their pairs, and Latin words and numbers; each once."""
    grams: set[str] = set()
    for run in _RUNS.findall(text.lower()):
        if run[0] < "㐀":
            grams.add(run)
        else:
            grams.update(run)
            grams.update(map(add, run, run[1:]))
    return frozenset(grams)


@lru_cache(maxsize=256)
def syllables(text: str) -> frozenset[str]:
    """Pinyin syllables and their pairs, with zh/z, ch/c, sh/s and ng/n folded; each once.

    One syllable says little, so single ones are left out where there are pairs.
    """
    grams: set[str] = set()
    for run in _RUNS.findall(text.lower()):
        if run[0] < "㐀":
            continue
        spoken = [syllable(char) for char in run]
        grams.update(spoken)
        grams.update(f"{a} {b}" for a, b in zip(spoken, spoken[1:], strict=False))
    return frozenset(grams)


@cache
def _readings() -> dict[int, str]:
    """pypinyin's table of readings, without the package: its phrases take 150 ms to load."""
    package = importlib.util.find_spec("pypinyin")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).with_name("pinyin_dict.py")
    spec = importlib.util.spec_from_file_location("pypinyin_readings", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[int, str] = module.pinyin_dict
    return found


_TONES: Final = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvvnnnm")
_FOLDS: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@cache
def syllable(char: str) -> str:
    """The folded first reading of a character: 证 and 真 are both `zen`; itself if it has none."""
    reading = _readings().get(ord(char))
    if not reading:
        return char
    plain = reading.split(",")[0].translate(_TONES)
    for long, short in _FOLDS:
        if plain.startswith(long):
            plain = short + plain[2:]
    return plain.removesuffix("g") if plain.endswith("ng") else plain
