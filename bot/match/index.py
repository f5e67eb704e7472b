"""Keeps a calibration on disk, so that a restart need not learn again."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np

from bot.match.calibrate import Calibration
from bot.match.head import Fitted, Head, Space
from bot.match.logistic import Logistic

# Raised when the method changes, so that an old file is not taken for a new one.
METHOD: Final = 3


def fingerprint(parts: Iterable[str]) -> str:
    """A digest of every text that a calibration depends on."""
    digest = hashlib.blake2b(f"method {METHOD}".encode(), digest_size=16)
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def save(path: Path, mark: str, calibration: Calibration, learnt: Fitted | None) -> None:
    """Writes the learnt numbers, replacing the file whole."""
    arrays: dict[str, Any] = {
        "kinds": calibration.kinds.weights,
        "facets": calibration.facets.weights,
    }
    if calibration.space.centre is not None:
        arrays["centre"] = calibration.space.centre
    if learnt is not None:
        arrays["learnt"] = learnt.head.weights
        arrays["leverage"] = learnt.leverage
    for name, gate in calibration.gates.items():
        arrays[f"gate.{name}"] = np.stack(
            [np.append(gate.mean, 0), np.append(gate.spread, 1), gate.weights]
        )
    facts = {
        "mark": mark,
        "kinds": calibration.kinds.classes,
        "facets": calibration.facets.classes,
        "scale": calibration.space.scale,
        "temperature": calibration.temperature,
        "documents": learnt.head.classes if learnt else (),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        np.savez(file, facts=np.array(json.dumps(facts)), **arrays)
    temporary.replace(path)


def load(path: Path, mark: str) -> tuple[Calibration, Fitted | None] | None:
    """The learnt numbers if they belong to these very texts, else None."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            facts = json.loads(str(stored["facts"]))
            if facts["mark"] != mark:
                return None
            gates = {
                key.removeprefix("gate."): Logistic(
                    stored[key][0][:-1], stored[key][1][:-1], stored[key][2]
                )
                for key in stored.files
                if key.startswith("gate.")
            }
            centre = stored["centre"] if "centre" in stored.files else None
            learnt = None
            if "learnt" in stored.files:
                known = Head(tuple(facts["documents"]), stored["learnt"])
                learnt = Fitted(known, stored["leverage"])
            calibration = Calibration(
                space=Space(centre, facts["scale"]),
                kinds=Head(tuple(facts["kinds"]), stored["kinds"]),
                facets=Head(tuple(facts["facets"]), stored["facets"]),
                gates=gates,
                temperature=facts["temperature"],
            )
            return calibration, learnt
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None  # a missing or broken file only costs time
