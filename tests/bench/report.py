"""What was measured, as tables for people and as JSON for scripts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from rich.console import Console
from rich.table import Table

Row = dict[str, Any]

# Characters of what goes into a file or a pipe.
WIDTH: Final = 120


@dataclass(frozen=True)
class Target:
    """A promise about speed, and what was measured; None if it could not be measured."""

    name: str
    measured: float | None
    most: float
    unit: str = ""

    @property
    def ok(self) -> bool:
        """Whether the promise was kept."""
        return self.measured is not None and self.measured <= self.most

    def row(self) -> Row:
        """The target as one line of the table."""
        return {
            "target": self.name,
            "measured": _text(self.measured) + self.unit,
            "at most": f"{self.most:g}{self.unit}",
            "": "[green]ok" if self.ok else "[red]MISSED",
        }


@dataclass
class Report:
    """Named tables, notes on how they came about, and targets."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, table: str, **row: Any) -> None:
        """One more line of a table."""
        self.tables.setdefault(table, []).append(row)

    def show(self, console: Console) -> None:
        """Prints everything, the targets last."""
        for title, rows in self.tables.items():
            console.print(_table(title, rows))
        for note in self.notes:
            console.print(f"- {note}", highlight=False)
        console.print(_table("targets", [target.row() for target in self.targets]))
        console.print(f"measured in {self.seconds:.0f} s", highlight=False)

    def data(self) -> Row:
        """Everything as plain data."""
        targets = [asdict(target) | {"ok": target.ok} for target in self.targets]
        return {
            "tables": self.tables,
            "notes": self.notes,
            "targets": targets,
            "seconds": self.seconds,
        }


def _table(title: str, rows: list[Row]) -> Table:
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold")
    for name, value in rows[0].items():
        table.add_column(name, justify="left" if isinstance(value, str) else "right")
    for row in rows:
        table.add_row(*map(_text, row.values()))
    return table


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
