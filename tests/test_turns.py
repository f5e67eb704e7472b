"""What a text after an answer does: it goes on, or it opens another matter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot import language as languages
from bot.app import App
from bot.language import Language
from bot.match import turns
from bot.match.space import Vocabulary
from bot.match.turns import ENOUGH, Heard, Second
from bot.source import SourceError

NOTHING = np.zeros(0, dtype=np.float32)
GOES_ON, OPENS = "那要多久", "电动车上牌要带什么材料"


def second(known: Vocabulary, text: str, confidence: float, generic: float) -> Second:
    return Second(text, known.features(text, NOTHING), confidence, generic, announces=False)


def told(known: Vocabulary, *, near: bool = False) -> list[Heard]:
    goes_on, opens = second(known, GOES_ON, 0.2, 0.8), second(known, OPENS, 0.9, 0.1)
    return [Heard(goes_on, opens=False, near=near), Heard(opens, opens=True, near=near)]


def learnt(count: int) -> tuple[Vocabulary, turns.Turns | None]:
    known = Vocabulary.small([GOES_ON, OPENS])
    return known, turns.learn(told(known) * count, len(known))


def test_it_learns_from_dialogues() -> None:
    known, found = learnt(ENOUGH)
    assert found is not None
    assert found.opens(second(known, GOES_ON, 0.2, 0.8)) < 0.1
    assert found.opens(second(known, OPENS, 0.9, 0.1)) > 0.9


def test_too_few_teach_nothing() -> None:
    known, found = learnt(ENOUGH - 1)
    assert found is None
    sure, leaning = second(known, OPENS, 0.9, 0.1), second(known, GOES_ON, 0.2, 0.8)
    assert turns.untaught(sure) > 0.8 > 0.1 > turns.untaught(leaning)


def test_a_city_where_all_is_near_has_nothing_to_learn() -> None:
    known = Vocabulary.small([GOES_ON, OPENS])
    assert turns.learn(told(known, near=True) * ENOUGH, len(known)) is None


def test_the_sample_city_has_learnt(words_app: App) -> None:
    read = words_app.reader.read
    assert words_app.reader.calibration.turns is not None
    assert read("那要几天").opens < 0.1 < 0.9 < read("对了，电动车上牌带啥").opens


def pack(folder: Path, dialogues: str) -> Language:
    (folder / "dialogues.yaml").write_text(dialogues, "utf-8")
    return Language("zh", folder, None, None, None)  # type: ignore[arg-type]


def test_a_broken_dialogue_is_named_with_its_line(tmp_path: Path) -> None:
    broken = pack(tmp_path, "same:\n  - [身份证丢了, 那要多久]\n  - [身份证丢了]\n")
    with pytest.raises(SourceError, match=r"dialogues\.yaml:3"):
        _ = broken.dialogues


def test_a_pack_without_dialogues_has_none(tmp_path: Path) -> None:
    assert Language("xx", tmp_path, None, None, None).dialogues == languages.Dialogues()  # type: ignore[arg-type]
