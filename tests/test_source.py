"""bot/source.py: what an author's file may hold, and where each value stood."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.source import MAX_BYTES, MAX_DEPTH, Document, Problem, SourceError, parse, read


def problem(raw: bytes) -> Problem:
    """The one problem of a file that must be refused."""
    with pytest.raises(SourceError) as caught:
        parse(raw, "a.yaml")
    assert len(caught.value.problems) == 1, caught.value
    return caught.value.problems[0]


def flow(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def block(depth: int) -> bytes:
    return "\n".join(" " * i + "a:" for i in range(depth - 1)).encode() + b" {}\n"


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"a: &x 1\nb: *x\n", 2, "alias"),
        (b"a: 1\nb: 2\na: 3\n", 3, "a: is written twice"),
        (b"a:\n  - b: 1\n    b: 2\n", 3, "a.0.b: is written twice"),
        (b"a: 1\n? [b]\n: 2\n", 2, "a key that is not a word"),
        (b"", 1, "is empty"),
        (b"# only a remark\n", 1, "is empty"),
        (b"a: 1\nb:\n\tc: 2\n", 3, "is not YAML here"),
        (b"a: 1\n  b: 2\n", 2, "is not YAML here"),
        (b"a: 1\nb: 'open", 2, "is not YAML here"),
        (b"a: 1\n---\nb: 2\n", 2, "another document"),
        (b"a: 1\nb: \xff\xfe\n", 2, "not UTF-8"),
        ("a: 中文\n".encode("utf-16"), 1, "not UTF-8"),
        (b"a: \xed\xa0\x80\n", 1, "not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_line(raw: bytes, line: int, says: str) -> None:
    found = problem(raw)
    assert (found.file, found.line) == ("a.yaml", line)
    assert says in str(found)


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "￾"])
@pytest.mark.parametrize("before", ["abcdefgh", "身份证丢了怎么补"])
def test_a_control_character_is_named_at_its_line(char: str, before: str) -> None:
    found = problem(f"a: {before}\nb: {char}\nc: 1\nd: 2\ne: 3\nf: 4\n".encode())
    assert (found.line, "character" in found.message) == (2, True)


def test_every_duplicate_key_is_reported() -> None:
    with pytest.raises(SourceError) as caught:
        parse(b"a: 1\na: 2\nb:\n  c: 1\n  c: 2\n", "a.yaml")
    assert [(p.line, p.field) for p in caught.value.problems] == [(2, "a"), (5, "b.c")]


@pytest.mark.parametrize("nested", [flow, block])
def test_depth_is_bounded(nested) -> None:
    assert isinstance(parse(nested(MAX_DEPTH), "a.yaml"), Document)
    assert "nested deeper" in problem(nested(MAX_DEPTH + 1)).message


@pytest.mark.parametrize(
    "raw",
    [
        'b"[" * 100_000',
        'b"{a: " * 100_000',
        'b"[{" * 100_000',
        'b"- " * 100_000',
        'b"? " * 100_000',
        'b"[? " * 100_000',
        'b"[ # ]\\n" * 100_000',
        "b\"[ ']', \" * 100_000",
        'b"\\n".join(b" " * i + b"a:" for i in range(1_400))',
    ],
)
def test_bottomless_nesting_does_not_crash(raw: str) -> None:
    code = f"from bot.source import parse, SourceError\ntry: parse({raw}, 'a')\nexcept SourceError as e: print(e)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "nested deeper than 20 levels" in done.stdout


@pytest.mark.parametrize("inner", ["[", "{"])
def test_brackets_in_words_are_no_nesting(inner: str) -> None:
    assert parse(f"a: '{inner * 200}'\n".encode(), "a.yaml").data == {"a": inner * 200}


def test_a_file_of_a_mebibyte_is_read_and_a_larger_one_refused() -> None:
    full = b"a: " + b"x" * (MAX_BYTES - 3)
    assert len(parse(full, "a.yaml").data["a"]) == MAX_BYTES - 3
    assert "1,048,577 bytes" in problem(full + b"x").message


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("9:00", "9:00"),
        ("no", "no"),
        ("0755", "0755"),
        ("1.0", "1.0"),
        ("2026-01-01", "2026-01-01"),
        ("true", "true"),
        ("'null'", "null"),
        ("''", ""),
        ("", None),
        ("~", None),
        ("null", None),
        ("!!python/name:os.system x", "x"),
    ],
)
def test_scalars_stay_strings(written: str, value: str | None) -> None:
    assert parse(f"a: {written}\n".encode(), "a.yaml").data == {"a": value}


NESTED = b"""# remark
name: x

materials:
  - id: one
    name: {zh: a,
      en: b}
  - id: two
    get:
      there
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ((), 2),
        (("name",), 2),
        (("materials",), 4),
        (("materials", 0), 5),
        (("materials", 0, "name", "zh"), 6),
        (("materials", 0, "name", "en"), 7),
        (("materials", 1, "id"), 8),
        (("materials", 1, "get"), 9),
        (("materials", 1, "missing", "deeper"), 8),
        (("nowhere",), 2),
    ],
)
def test_every_value_knows_its_line(location: tuple, line: int) -> None:
    assert parse(NESTED, "a.yaml").line_of(location) == line


def test_windows_line_ends_and_byte_order_mark_count_as_the_author_sees_them() -> None:
    document = parse(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n", "a.yaml")
    assert document.data == {"a": "1", "b": {"c": "2"}}
    assert document.line_of(("b", "c")) == 3


def test_a_problem_prints_as_file_line_field_message() -> None:
    found = parse(NESTED, "a.yaml").problem(("materials", 1, "id"), "is odd.")
    assert str(found) == "a.yaml:8: materials.1.id: is odd."


def test_a_missing_file_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.yaml:1: cannot be read"):
        read(tmp_path / "none.yaml")


YAMLISH = st.text(
    st.sampled_from("ab:-?[]{},'\"|>&*!%@#~<= \t\n\r\\x\x00\x85\u2028é中😀0"), max_size=60
)


@given(st.one_of(st.binary(max_size=200), YAMLISH.map(str.encode)))
def test_any_bytes_give_a_document_or_a_source_error(raw: bytes) -> None:
    try:
        result = parse(raw, "a.yaml")
    except SourceError as error:
        assert all(p.message and p.line >= 1 for p in error.problems)
    else:
        assert isinstance(result, Document)
