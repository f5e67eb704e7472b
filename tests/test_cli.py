"""The command as people and scripts use it: a real process, its output and its exit code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import city as cities
from bot.talk import Facet, Outcome
from tests.conftest import INDEX, LINSHAN


def doorstep(
    *arguments: str, text: str | bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    raw = text.encode() if isinstance(text, str) else text
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        input=raw,
        capture_output=True,
        env={**os.environ, "DOORSTEP_SEMANTIC": "off", "DOORSTEP_DATA": str(INDEX), **environment},
        check=False,
    )


def test_json_lines_in_order_and_broken_ones_go_on() -> None:
    asked = (
        b'{"id": "a", "turns": ["\xe6\x80\x8e\xe4\xb9\x88\xe9\xa2\x86\xe7\xbb\x93\xe5\xa9\x9a\xe8\xaf\x81", "\xe9\x82\xa3\xe8\xa6\x81\xe5\xa4\x9a\xe4\xb9\x85"]}\n'
        b"not json\n\n[1]\n"
        b'{"id": "b", "turns": []}\n{"id": "c", "turns": "x"}\n\xff\xfe\n'
        b'{"id": 7, "turns": ["\\ud800"]}\n'
    )
    done = doorstep("ask", "--jsonl", text=asked)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [one.get("id") for one in found] == ["a", None, None, "b", "c", None, 7]
    assert ["error" in one for one in found] == [False, True, True, True, True, True, False]
    assert (found[0]["guide"], found[0]["outcome"]) == ("marriage-registration", "followup")


def test_the_contract_of_an_answer() -> None:
    found = json.loads(doorstep("ask", "--json", "申请低保要带什么材料").stdout)
    assert set(found) == {
        "outcome", "guide", "facet", "candidates", "confidence", "text", "replies",
    }  # fmt: skip
    assert found["outcome"] in set(Outcome)
    assert found["facet"] in set(Facet)
    assert found["candidates"][0] == found["guide"] == "dibao"
    assert 0 <= found["confidence"] <= 1
    assert "带什么" in found["text"]


def test_ask_for_people() -> None:
    done = doorstep("ask", "怎么领结婚证")
    assert "【领结婚证" in done.stdout.decode()
    assert "matching by words only" in done.stderr.decode()


def test_chat_reads_lines_from_a_pipe(tmp_path: Path) -> None:
    done = doorstep("chat", text="怎么领结婚证\n那要多久\n", DOORSTEP_DATA=str(tmp_path / "var"))
    said = done.stdout.decode()
    assert done.returncode == 0
    assert said.index("> 怎么领结婚证") < said.index("> 那要多久") < said.rindex("多久办完")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_chat_offers_the_form_again_after_what_came_by_the_way(tmp_path: Path) -> None:
    shutil.copytree(INDEX / "index", tmp_path / "var" / "index")
    said = "我要投诉，3号窗口的人骂我，气死了\n20260101-9999\n3\n"
    done = doorstep("chat", text=said, DOORSTEP_DATA=str(tmp_path / "var"))
    shown = done.stdout.decode()
    assert "3. 就这些" in shown.partition("> 20260101-9999")[2].partition("> 3\n")[0]
    assert "投诉回执" in shown


@pytest.mark.parametrize(
    ("arguments", "environment", "hint"),
    [
        (["ask"], {}, "give a question"),
        (["ask", "x", "--city", "/nowhere"], {}, "city.yaml"),
        (["ask", "x"], {"DOORSTEP_SEMANTIC": "maybe"}, "neither on nor off"),
        (["eval", str(LINSHAN / "city.yaml")], {}, "header"),
        (["frobnicate"], {}, "No such command"),
    ],
)
def test_bad_input_gets_a_clear_error(
    arguments: list[str], environment: dict[str, str], hint: str
) -> None:
    done = doorstep(*arguments, **environment)
    assert done.returncode in (1, 2)
    assert hint in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_explain_shows_how_a_question_is_read() -> None:
    said = doorstep("explain", "我想申请地保").stdout.decode()
    assert "地保" in said
    assert "低保" in said
    assert "dibao" in said


def test_explain_shows_what_stands_above_a_letter() -> None:
    letter = "住宿舍办居住证\n" + "我从外省来这里上班，住在公司的宿舍里，没有租房合同，" * 3
    said = doorstep("explain", letter).stdout.decode()
    assert re.search(r"heading +住宿舍办居住证\n", said)


def test_the_sample_city_lints_clean() -> None:
    done = doorstep("lint")
    assert done.returncode == 0, done.stdout.decode()


def test_settings_are_documented() -> None:
    said = doorstep("settings").stdout.decode()
    assert all(name in said for name in ("DOORSTEP_DATA", "DOORSTEP_CITY", "DOORSTEP_SEMANTIC"))


@pytest.mark.parametrize("name", sorted(cities.schemas()))
def test_schemas_are_not_stale(name: str) -> None:
    kept = json.loads((LINSHAN.parent / f"{name}.schema.json").read_text("utf-8"))
    assert kept == cities.schemas()[name], "run: doorstep schema --write guides"


@pytest.mark.parametrize("path", sorted(LINSHAN.rglob("*.yaml")), ids=lambda p: p.name)
def test_each_file_names_its_schema(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    name = first.partition("$schema=")[2]
    assert (path.parent / name).resolve().is_file(), first
