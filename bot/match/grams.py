"""Cuts normalised text into the units that the lexical channels count."""

from __future__ import annotations

import importlib.util
import re
from functools import cache, lru_cache
from operator import add
from pathlib import Path
from typing import Final

# In the order of the text, not a set: a set's order changes with every start of Python, and what
# is cut off or summed in that order changes with it.
Units = tuple[str, ...]

_RUNS: Final = re.compile(r"[㐀-鿿]+|[a-z0-9àâäçéèêëîïôöùûüÿñæœß]+")
CHINESE: Final = re.compile(r"[㐀-鿿]+")
# What is spoken in one breath: Chinese characters, and what may be pinyin between them.
_SPOKEN: Final = re.compile(r"[㐀-鿿a-z]+")
_AROUND_LATIN: Final = re.compile(r"(?<=[a-z])\s+|\s+(?=[a-z])")
# zhuang is the longest syllable. Some characters of the table are read as a mere noise.
_LONGEST: Final = 6
# Nobody types more than a sentence of it.
_TYPED: Final = 60
_NOISES: Final = frozenset({"m", "n", "ng", "hm", "hng"})


# A question is cut again by every channel and every gate.
@lru_cache(maxsize=256)
def characters(text: str) -> Units:
    """Chinese characters and their pairs, and Latin words and numbers; each once."""
    grams: list[str] = []
    for run in _RUNS.findall(text.lower()):
        if run[0] < "㐀":
            grams.append(run)
        else:
            grams += run
            grams += map(add, run, run[1:])
    return tuple(dict.fromkeys(grams))


@lru_cache(maxsize=256)
def syllables(text: str) -> Units:
    """Pinyin syllables and their pairs, with zh/z, ch/c, sh/s and ng/n folded; each once.

    Words typed in pinyin count like the characters they stand for.

    One syllable says little, so single ones are left out where there are pairs.
    """
    grams: list[str] = []
    for run in _SPOKEN.findall(_AROUND_LATIN.sub("", text.lower())):
        for spoken in _breaths(run):
            grams += spoken
            grams += (f"{a} {b}" for a, b in zip(spoken, spoken[1:], strict=False))
    return tuple(dict.fromkeys(grams))


def _breaths(run: str) -> list[list[str]]:
    """The syllables of a run without a stop; a Latin word that is no pinyin parts them."""
    breaths: list[list[str]] = [[]]
    for part in _RUNS.findall(run):
        if part[0] >= "㐀":
            breaths[-1] += map(syllable, part)
        elif sounds := spelled(part):
            breaths[-1] += sounds
        else:
            breaths.append([])
    return breaths


@lru_cache(maxsize=1024)
def spelled(word: str) -> tuple[str, ...]:
    """The folded syllables of what is typed in pinyin: getihu for 个体户; none if it is not."""
    if len(word) > _TYPED:
        return ()
    for size in range(min(_LONGEST, len(word)), 0, -1):
        if word[:size] in _syllabary():
            rest = spelled(word[size:])
            if rest or size == len(word):
                return (_folded(word[:size]), *rest)
    return ()


@cache
def _syllabary() -> frozenset[str]:
    """Every syllable of the language, as one types it: without tones, v for ü."""
    readings = {one.split(",")[0] for one in _readings().values()}
    return frozenset(one.translate(_TONES) for one in readings) - _NOISES


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
    return _folded(reading.split(",")[0].translate(_TONES))


def sounds(word: str) -> tuple[str, ...]:
    """The folded first readings of a word's characters."""
    return tuple(map(syllable, word))


def _folded(plain: str) -> str:
    for long, short in _FOLDS:
        if plain.startswith(long):
            plain = short + plain[2:]
    return plain.removesuffix("g") if plain.endswith("ng") else plain
