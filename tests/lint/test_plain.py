"""The two tables of a language pack: what is read, and what an author has to mend."""

from pathlib import Path

import pytest

from bot.lint.plain import load
from bot.source import SourceError

JARGON = "officialese\tplain\tseverity\tnote\n"
BANNED = "pattern_regex\texample\twhy\tsource\tsource_status\n"
LANGUAGES = Path(__file__).parents[2] / "conversations/languages"


@pytest.fixture
def pack(tmp_path):
    def write(jargon="", banned=""):
        folder = tmp_path / "xx"
        folder.mkdir(exist_ok=True)
        (folder / "jargon.tsv").write_text(JARGON + jargon, "utf-8")
        (folder / "banned_phrases.tsv").write_text(BANNED + banned, "utf-8")
        return folder

    return write


def faults(folder):
    with pytest.raises(SourceError) as caught:
        load(folder)
    return list(map(str, caught.value.problems))


def test_reads_terms_and_phrases(pack):
    words = load(
        pack(
            "办结\t办完\twarn\t种子\n持\t带着\tinfo\t\n", "若干\t若干天\t没数\t第36条\ttext-read\n"
        )
    )
    assert [(t.pattern.pattern, t.plain, t.severity) for t in words.terms] == [
        ("办结", "办完", "warning"),
        ("持", "带着", "info"),
    ]
    assert [(p.pattern.pattern, p.why, p.source) for p in words.phrases] == [
        ("若干", "没数", "第36条")
    ]


def test_a_source_nobody_read_says_so(pack):
    phrase = load(pack(banned="若干\t若干天\t没数\t第36条\trecall-check\n")).phrases[0]
    assert phrase.source == "第36条 (quoted from memory, check it)"


def test_windows_line_ends_a_byte_order_mark_spaces_and_empty_lines_do_no_harm(pack):
    folder = pack()
    text = ("\ufeff" + JARGON + "\n办结 \t 办完\twarn\t\n \t \n").replace("\n", "\r\n")
    (folder / "jargon.tsv").write_bytes(text.encode())
    assert [(t.pattern.pattern, t.plain) for t in load(folder).terms] == [("办结", "办完")]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("办结\t办完\twarn", "has 3 columns; write 4"),
        ("\t办完\twarn\t", "has no officialese"),
        ("办结\t\twarn\t", "has no plain word"),
        ("办结\t办完\tfatal\t", "has severity 'fatal'; write error, warn, info"),
        ("办(结\t办完\twarn\t", "is not a regular expression"),
        ("(办结)?\t办完\twarn\t", "fits every text"),
        ("甲\t乙\twarn\t", "is listed twice"),
    ],
)
def test_a_faulty_term_is_shown_at_its_line(pack, row, said):
    (fault,) = faults(pack(f"甲\t乙\twarn\t\n{row}\n"))
    assert fault.startswith("xx/jargon.tsv:3: ")
    assert said in fault


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("若干\t若干天\t没数\t\ttext-read", "has no source"),
        ("若(干\t若干天\t没数\t第36条\ttext-read", "is not a regular expression"),
        ("(若干)*\t若干天\t没数\t第36条\ttext-read", "fits every text"),
    ],
)
def test_a_faulty_phrase_is_shown_at_its_line(pack, row, said):
    (fault,) = faults(pack(banned=f"{row}\n"))
    assert fault.startswith("xx/banned_phrases.tsv:2: ")
    assert said in fault


def test_every_fault_of_both_tables_is_told_at_once(pack):
    found = faults(pack("办结\t\twarn\t\n持\t带\tno\t\n", "若干\t若干天\t没数\t\ttext-read\n"))
    assert [fault.split(": ")[0] for fault in found] == [
        "xx/banned_phrases.tsv:2",
        "xx/jargon.tsv:2",
        "xx/jargon.tsv:3",
    ]


def test_a_table_that_is_not_there_or_not_utf8_or_without_columns(pack):
    folder = pack()
    (folder / "jargon.tsv").unlink()
    (folder / "banned_phrases.tsv").write_bytes("若干".encode("gbk"))
    missing_last = sorted(faults(folder))
    assert missing_last[0] == "xx/banned_phrases.tsv:1: cannot be read: it is not UTF-8."
    assert missing_last[1].startswith("xx/jargon.tsv:1: cannot be read: ")
    (folder / "jargon.tsv").write_text("办结\t办完\n", "utf-8")
    (folder / "banned_phrases.tsv").write_text(BANNED, "utf-8")
    assert "must begin with the columns officialese, plain" in faults(folder)[0]


@pytest.mark.parametrize(
    "folder", sorted(p.parent for p in LANGUAGES.glob("*/jargon.tsv")), ids=str
)
def test_the_packs_of_this_repository_load(folder):
    words = load(folder)
    assert words.terms
    assert words.phrases
