"""Keeps what was indexed and learnt on disk, so that a restart need not do it again."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.match.bm25 import Bm25, Postings
from bot.match.calibrate import Calibration, Facets
from bot.match.crowd import Crowd
from bot.match.head import Fitted, Head
from bot.match.logistic import Logistic
from bot.match.matcher import Learnt, Lexicon
from bot.match.meaning import MeaningIndex, Metric
from bot.match.space import Space, Vocabulary
from bot.match.turns import Turns

# Raised when the method changes, so that an old file is not taken for a new one.
METHOD: Final = 16

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Index:
    """Everything that is made of a city's and a language's texts before the first question."""

    lexicon: Lexicon
    meaning: MeaningIndex | None
    crowd: Crowd
    calibration: Calibration


def fingerprint(parts: Iterable[str]) -> str:
    """A digest of every text that an index depends on."""
    digest = hashlib.blake2b(f"method {METHOD}".encode(), digest_size=16)
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def save(path: Path, mark: str, index: Index) -> None:
    """Writes an index, replacing the file whole."""
    facts: dict[str, Any] = {"mark": mark}
    arrays: dict[str, Any] = {}
    _put_lexicon(index.lexicon, facts, arrays)
    _put_meaning(index.meaning, facts, arrays)
    _put_crowd(index.crowd, facts, arrays)
    _put_calibration(index.calibration, facts, arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    text = json.dumps(facts, ensure_ascii=False).encode("utf-8", "surrogatepass")
    with temporary.open("wb") as file:
        np.savez(file, facts=np.frombuffer(text, dtype=np.uint8), **arrays)
    temporary.replace(path)


def load(path: Path, mark: str) -> Index | None:
    """The index if it was made of these very texts, else None."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            facts = json.loads(stored["facts"].tobytes().decode("utf-8", "surrogatepass"))
            if facts["mark"] != mark:
                return None
            arrays = {name: stored[name] for name in stored.files}
        lexicon = _lexicon(facts, arrays)
        return Index(
            lexicon,
            _meaning(facts, arrays, lexicon),
            _crowd(facts, arrays),
            _calibration(facts, arrays),
        )
    except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile):
        return None  # a missing or broken file only costs time


# Each part in both directions


def _put_lexicon(lexicon: Lexicon, facts: dict[str, Any], arrays: Arrays) -> None:
    facts["lexicon"] = {
        "examples": lexicon.examples,
        "bodies": lexicon.bodies,
        "names": lexicon.names,
        "learnt": lexicon.learnt.vocabulary.units if lexicon.learnt else None,
        "documents": lexicon.learnt.fitted.head.classes if lexicon.learnt else None,
    }
    arrays["owner"] = lexicon.owner
    for name in ("lexical", "body", "sound"):
        _put_words(getattr(lexicon, name), name, facts, arrays)
    if lexicon.learnt is not None:
        arrays["learnt"] = lexicon.learnt.fitted.head.weights
        arrays["leverage"] = lexicon.learnt.fitted.leverage


def _lexicon(facts: Mapping[str, Any], arrays: Arrays) -> Lexicon:
    told, learnt = facts["lexicon"], None
    if told["learnt"] is not None:
        fitted = Fitted(Head(tuple(told["documents"]), arrays["learnt"]), arrays["leverage"])
        learnt = Learnt(Vocabulary(tuple(told["learnt"])), fitted)
    return Lexicon(
        examples=tuple(told["examples"]),
        owner=arrays["owner"],
        bodies=tuple(told["bodies"]),
        names=told["names"],
        lexical=_words("lexical", facts, arrays),
        body=_words("body", facts, arrays),
        sound=_words("sound", facts, arrays),
        learnt=learnt,
    )


def _put_words(words: Bm25, name: str, facts: dict[str, Any], arrays: Arrays) -> None:
    postings = words.postings
    facts[name] = {"size": postings.size, "units": postings.units}
    for part in ("spread", "owners", "times"):
        arrays[f"{name}.{part}"] = getattr(postings, part)


def _words(name: str, facts: Mapping[str, Any], arrays: Arrays) -> Bm25:
    parts = {part: arrays[f"{name}.{part}"] for part in ("spread", "owners", "times")}
    return Bm25(Postings(facts[name]["size"], tuple(facts[name]["units"]), **parts))


def _put_meaning(meaning: MeaningIndex | None, facts: dict[str, Any], arrays: Arrays) -> None:
    facts["meaning"] = None
    if meaning is None:
        return
    metric = meaning.metric
    facts["meaning"] = {"words": metric.words, "body": metric.body}
    arrays["meaning.examples"], arrays["meaning.bodies"] = meaning.examples, meaning.bodies
    if metric.centre is not None and metric.turn is not None:
        arrays["metric.centre"], arrays["metric.turn"] = metric.centre, metric.turn


def _meaning(facts: Mapping[str, Any], arrays: Arrays, lexicon: Lexicon) -> MeaningIndex | None:
    if facts["meaning"] is None:
        return None
    metric = Metric(arrays.get("metric.centre"), arrays.get("metric.turn"), **facts["meaning"])
    return MeaningIndex(metric, arrays["meaning.examples"], lexicon.owner, arrays["meaning.bodies"])


def _put_crowd(crowd: Crowd, facts: dict[str, Any], arrays: Arrays) -> None:
    facts["crowd"] = crowd.owners
    _put_words(crowd.words, "crowd.words", facts, arrays)
    if crowd.vectors is not None:
        arrays["crowd.vectors"] = crowd.vectors


def _crowd(facts: Mapping[str, Any], arrays: Arrays) -> Crowd:
    words = _words("crowd.words", facts, arrays)
    return Crowd(words, facts["crowd"], arrays.get("crowd.vectors"))


def _put_calibration(calibration: Calibration, facts: dict[str, Any], arrays: Arrays) -> None:
    facts["calibration"] = {
        "kinds": calibration.kinds.classes,
        "facets": calibration.facets.head.classes,
        "temperature": calibration.temperature,
        "gates": list(calibration.gates),
        "turns": calibration.turns.head.classes if calibration.turns else None,
    }
    arrays["kinds"], arrays["facets"] = calibration.kinds.weights, calibration.facets.head.weights
    _put_space(calibration.space, "space", facts, arrays)
    _put_space(calibration.facets.space, "facets.space", facts, arrays)
    for name, gate in calibration.gates.items():
        _put_gate(gate, f"gate.{name}", arrays)
    if calibration.turns is not None:
        arrays["turns"] = calibration.turns.head.weights
        _put_gate(calibration.turns.gate, "gate.turns", arrays)


def _calibration(facts: Mapping[str, Any], arrays: Arrays) -> Calibration:
    told, turns = facts["calibration"], None
    if told["turns"] is not None:
        turns = Turns(Head(tuple(told["turns"]), arrays["turns"]), _gate("gate.turns", arrays))
    return Calibration(
        space=_space("space", facts, arrays),
        kinds=Head(tuple(told["kinds"]), arrays["kinds"]),
        facets=Facets(
            _space("facets.space", facts, arrays), Head(tuple(told["facets"]), arrays["facets"])
        ),
        gates={name: _gate(f"gate.{name}", arrays) for name in told["gates"]},
        temperature=told["temperature"],
        turns=turns,
    )


def _put_space(space: Space, name: str, facts: dict[str, Any], arrays: Arrays) -> None:
    facts[name] = {"units": space.vocabulary.units, "scale": space.scale}
    if space.centre is not None:
        arrays[f"{name}.centre"] = space.centre


def _space(name: str, facts: Mapping[str, Any], arrays: Arrays) -> Space:
    told = facts[name]
    return Space(Vocabulary(tuple(told["units"])), arrays.get(f"{name}.centre"), told["scale"])


def _put_gate(gate: Logistic, name: str, arrays: Arrays) -> None:
    for part in ("mean", "spread", "weights"):
        arrays[f"{name}.{part}"] = getattr(gate, part)


def _gate(name: str, arrays: Arrays) -> Logistic:
    return Logistic(*(arrays[f"{name}.{part}"] for part in ("mean", "spread", "weights")))
