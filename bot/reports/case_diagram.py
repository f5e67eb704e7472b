"""The states of a complaint as a diagram, drawn from the table."""

from __future__ import annotations

from typing import Final

from bot.cases import CLOCKS, MOVES, CaseState

BEGIN: Final = "<!-- drawn by `doorstep cases diagram --write`; do not edit -->"
END: Final = "<!-- end of the drawing -->"


def mermaid() -> str:
    """Mermaid text: a line a move with its roles, a note a state with its clock."""
    lines = ["stateDiagram-v2", "    [*] --> registered: file (citizen)"]
    for move in MOVES.values():
        roles = ", ".join(sorted(move.roles))
        lines.append(f"    {move.source} --> {move.target}: {move.name} ({roles})")
    for state in CaseState:
        if state not in CLOCKS:
            lines.append(f"    {state} --> [*]")
    for state, clock in CLOCKS.items():
        lines.append(f"    note left of {state}: {clock} clock")
    return "\n".join(lines)


def put_into(text: str) -> str:
    """A Markdown text with the drawing renewed. Raises ValueError if it has no place for it."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the file has no lines {BEGIN!r} and {END!r}; add them")
    return f"{before}{BEGIN}\n\n```mermaid\n{mermaid()}\n```\n\n{END}{after}"
