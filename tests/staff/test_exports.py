"""Exports that run no formula, tell nobody more than they may see, and are noted."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from sqlite_utils import Database

from bot.channels.staff import sheets
from bot.channels.staff.exports import COLUMNS, PERSONAL
from bot.cli import main
from tests.staff.conftest import Office
from tests.staff.test_case_work import move
from tests.townsfolk import STORY

DATASETTE = Path(sys.executable).with_name("datasette")
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "http://evil.test", '=cmd|"/c calc"!A1']


def test_no_cell_is_a_formula_or_a_link() -> None:
    rows = [[text, 5, None] for text in EVIL]
    read = list(csv.reader(io.StringIO(sheets.as_csv(["a", "b", "c"], rows).decode("utf-8-sig"))))
    assert read[0] == ["a", "b", "c"]
    assert all(row[0][0] not in "=+-@\t\r\n" for row in read[1:])
    assert [row[0].removeprefix("'") for row in read[1:]] == EVIL
    book = load_workbook(io.BytesIO(sheets.as_xlsx(["a", "b", "c"], rows)))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in cells)
    assert [cell.value.replace("_x000D_", "\r") for cell in cells] == EVIL
    assert book.active.cell(2, 2).value == 5


async def test_an_export_holds_what_its_reader_may_see(office: Office) -> None:
    number = await office.file(f"{STORY}，我的电话13812345678")
    await office.file("我要投诉，有人骂我，说话难听", "other")
    async with office.as_("zhou") as auditor:
        answer = await auditor.post("/export", format="csv")
        assert answer.headers["content-disposition"].startswith("attachment;")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows) == 2
        assert set(rows[0]) == set(COLUMNS)
        assert "骂我" not in answer.text
        assert (await auditor.post("/export", format="csv", personal="1")).status_code == 403
        assert (await auditor.post("/export", format="exe")).status_code == 404
    async with office.as_("li") as li:
        answer = await li.post("/export", format="xlsx", personal="1", state="all")
        sheet = load_workbook(io.BytesIO(answer.content)).active
        assert [cell.value for cell in sheet[1]] == [*COLUMNS, *PERSONAL]
        assert sheet.max_row == 2  # only those of the own organisation
        assert sheet.cell(2, 1).value == number
        assert sheet.cell(2, len(COLUMNS) + len(PERSONAL)).value == "13812345678"
    async with office.as_("sun") as sun:
        answer = await sun.post("/export", format="csv", organisation="public-security")
        assert number not in answer.text
    noted = office.store.read("SELECT actor, data FROM audit WHERE event = 'exported' ORDER BY id")
    assert [(actor, json.loads(data)["rows"]) for actor, data in noted] == [
        ("zhou", 2), ("li", 1), ("sun", 0),
    ]  # fmt: skip
    async with office.as_("admin") as admin:
        page = (await admin.get("/audit")).text
        assert "导出" in page
        assert "zhou" in page


async def test_the_published_copy_tells_of_nobody(office: Office, tmp_path: Path) -> None:
    number = await office.file(f"{STORY}，我的电话13812345678")
    async with office.as_("li") as li:
        await move(li, office, number, "in_progress")
        await move(li, office, number, "answered", reason="请张三来取证", code="solved")
    target = tmp_path / "open.db"
    done = CliRunner().invoke(main, ["publish-db", str(target), "--data", str(tmp_path)])
    assert done.exit_code == 0, done.output
    db = Database(str(target))
    (case,) = db.table("cases").rows
    assert (case["state"], case["organisation"]) == ("answered", "public-security")
    assert {e["event"] for e in db.table("case_events").rows} >= {"file", "take", "answer"}
    assert db.table("guides").count > 10
    db.close()
    raw = target.read_bytes()
    for secret in (number, "骂我", "13812345678", "张三", '"li"', STORY):
        assert secret.encode() not in raw
    assert db_texts(target).isdisjoint({"li", "c", number})


@pytest.mark.parametrize("filed", [0, 2])
async def test_datasette_shows_the_published_copy(
    office: Office, tmp_path: Path, filed: int
) -> None:
    for chat in range(filed):
        await office.file(STORY, str(chat))
    target = tmp_path / "open.db"
    done = CliRunner().invoke(main, ["publish-db", str(target), "--data", str(tmp_path)])
    assert done.exit_code == 0, done.output

    def rows(table: str) -> list[dict[str, Any]]:
        command = [str(DATASETTE), str(target), "--get", f"/open/{table}.json?_shape=array"]
        shown = subprocess.run(command, capture_output=True, check=True, timeout=60)
        found: list[dict[str, Any]] = json.loads(shown.stdout)
        return found

    cases = rows("cases")
    assert [case["id"] for case in cases] == list(range(1, filed + 1))
    assert {case["organisation"] for case in cases} <= {"public-security"}
    assert {e["case_id"] for e in rows("case_events")} == {case["id"] for case in cases}


def db_texts(path: Path) -> set[object]:
    db = Database(str(path))
    found = {value for table in db.tables for row in table.rows for value in row.values()}
    db.close()
    return found


@pytest.mark.parametrize(
    ("name", "said"), [("no/where.db", "make it first"), ("doorstep.db", "itself")]
)
def test_a_wrong_place_is_said(tmp_path: Path, name: str, said: str) -> None:
    arguments = ["publish-db", str(tmp_path / name), "--data", str(tmp_path)]
    CliRunner().invoke(main, ["staff", "list", "--data", str(tmp_path)])
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert said in done.output
