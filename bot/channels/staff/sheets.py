"""Tables as CSV and XLSX that no spreadsheet program runs as formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import xlsxwriter

# What a spreadsheet program takes for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Rows = Iterable[Sequence[Any]]


def as_csv(header: Sequence[str], rows: Rows) -> bytes:
    """With a mark by which Excel knows that it is UTF-8; texts like formulas get a quote before."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_guarded(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def as_xlsx(header: Sequence[str], rows: Rows) -> bytes:
    """Texts stay texts: no formulas, no links."""
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, 16)
        for place, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(place, column, value)
                elif value is not None:
                    sheet.write_string(place, column, str(value))
    return out.getvalue()


def _guarded(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
