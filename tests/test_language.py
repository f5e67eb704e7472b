"""A language pack: labelled questions of several files count together, and a wrong one is named."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from bot import app, language
from bot.source import SourceError

ENGLISH = app.CONVERSATIONS / "languages" / "en"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(copytree(ENGLISH, tmp_path / "en"))


def test_labelled_questions_of_all_files_count_together(pack: Path) -> None:
    before, read = language.load(pack).asked, language.load(pack).learnt_from()
    (pack / "asked" / "more.yaml").write_text("fee: [is it free]\nwhole: [fishing licence]\n")
    after = language.load(pack)
    assert after.asked.fee == (*before.fee, "is it free")
    assert after.asked.whole == ("fishing licence", *before.whole)
    assert after.asked.time == before.time
    assert after.learnt_from() != read


def test_a_text_that_stands_twice_is_said_once(pack: Path) -> None:
    (pack / "asked" / "more.yaml").write_text("fee: [is it free]\nwhole: [is it free]\n")
    assert language.load(pack).examples().count("is it free") == 1


def test_a_pack_without_labelled_questions_has_none(pack: Path) -> None:
    for file in (pack / "asked").iterdir():
        file.unlink()
    assert not any(texts for _, texts in language.load(pack).asked)


def test_a_wrong_label_is_named_by_file_and_line(pack: Path) -> None:
    (pack / "asked" / "more.yaml").write_text("fee: [is it free]\nprice: [how much]\n")
    with pytest.raises(SourceError, match=r"en/asked/more.yaml:2: price"):
        _ = language.load(pack).asked
