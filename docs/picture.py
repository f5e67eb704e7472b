"""Draws docs/picture.svg from two real answers: .venv/bin/python docs/picture.py.

The answers are those of the matcher by words only, the same on every machine. Rich can export
SVG too, but it stretches text to a width that counts a Chinese character as one cell.
"""

from __future__ import annotations

from datetime import datetime
from html import escape
from pathlib import Path
from typing import Final

from rich.cells import cell_len, split_graphemes

from bot import app as apps
from bot.settings import HOUSE, Settings
from bot.store.sqlite import Inbound
from bot.wording import numbered

TURNS: Final = ("我想申请地保，要带啥材料", "那要多久")
# A fixed moment, so that the picture changes only when the answers do.
AT: Final = "2026-11-24T10:00:00+08:00"
TARGET: Final = HOUSE / "docs" / "picture.svg"

WIDTH, MARGIN, PADDING, SIZE, LEADING = 660, 16, 14, 15, 23
# Half of a Chinese character, with a little room for wide Latin letters.
CELL: Final = 7.8
CELLS: Final = int((WIDTH - 2 * MARGIN - 2 * PADDING - 40) / CELL)
FONTS: Final = (
    "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',"
    "'WenQuanYi Micro Hei',sans-serif"
)


def exchange() -> list[tuple[bool, str]]:
    """What was said: (by the citizen, text)."""
    app = apps.build(Settings(semantic=False))
    said = []
    for number, text in enumerate(TURNS):
        said.append((True, text))
        at = datetime.fromisoformat(AT).isoformat()
        handled = app.intake.handle(Inbound("picture", "picture", str(number), "text", text, at))
        assert handled is not None
        said += [(False, numbered(message)) for message in handled.messages]
    return said


def wrapped(text: str) -> list[str]:
    """Lines of at most CELLS cells; nothing is left out."""
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for start, end, _ in split_graphemes(paragraph)[0]:
            sign = paragraph[start:end]
            # Closing punctuation never begins a line.
            if cell_len(line + sign) > CELLS and sign not in "，。、；：）》”":
                lines.append(line)
                line = ""
            line += sign
        lines.append(line)
    return lines


def bubble(top: int, mine: bool, text: str) -> tuple[list[str], int]:
    """One bubble's elements, and where the next one begins."""
    lines = wrapped(text)
    width = round(max(map(cell_len, lines)) * CELL) + 2 * PADDING
    height = len(lines) * LEADING + 2 * PADDING - (LEADING - SIZE)
    left = WIDTH - MARGIN - width if mine else MARGIN
    fill = "#cdeac0" if mine else "#ffffff"
    parts = [
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="10" fill="{fill}"/>'
    ]
    for number, line in enumerate(lines):
        if line:
            y = top + PADDING + SIZE - 2 + number * LEADING
            parts.append(f'<text x="{left + PADDING}" y="{y}">{escape(line)}</text>')
    return parts, top + height + MARGIN


def main() -> None:
    """Writes the picture."""
    parts: list[str] = []
    top = MARGIN
    for mine, text in exchange():
        drawn, top = bubble(top, mine, text)
        parts += drawn
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" '
        f'height="{top}" font-family="{FONTS}" font-size="{SIZE}" fill="#1f2328">'
    )
    background = f'<rect width="{WIDTH}" height="{top}" rx="12" fill="#eef1f4"/>'
    Path(TARGET).write_text("\n".join([head, background, *parts, "</svg>"]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
