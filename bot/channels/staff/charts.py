"""Charts as inline SVG without a style of their own: the page's sheet colours them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

WIDTH: Final = 320
HEIGHT: Final = 72


def columns(values: Sequence[tuple[str, int]], title: str) -> Markup:
    """A column a value, the last one marked. The table beside it tells the same."""
    most = max((value for _, value in values), default=0) or 1
    step = WIDTH / max(1, len(values))
    bars = []
    for place, (label, value) in enumerate(values):
        tall = round((HEIGHT - 16) * value / most, 1)
        newest = ' class="newest"' if place == len(values) - 1 else ""
        bars.append(
            f'<rect{newest} x="{place * step + 3:.1f}" y="{HEIGHT - tall:.1f}"'
            f' width="{step - 6:.1f}" height="{tall}" rx="2"><title>{escape(label)}: {value}'
            f'</title></rect><text x="{place * step + step / 2:.1f}" y="{HEIGHT - tall - 4:.1f}">'
            f"{value}</text>"
        )
    return _svg(bars, title, HEIGHT)


def share(part: int, whole: int, title: str) -> Markup:
    """A bar of which `part` of `whole` is filled."""
    filled = WIDTH * part / whole if whole else 0
    return _svg(
        [
            f'<rect class="ground" width="{WIDTH}" height="10" rx="5"/>',
            f'<rect width="{filled:.1f}" height="10" rx="5"/>',
        ],
        title,
        10,
    )


def _svg(parts: Sequence[str], title: str, height: int) -> Markup:
    # Every part is made above from numbers and escaped labels.
    return Markup(  # noqa: S704
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-label="{escape(title)}" preserveAspectRatio="none">{"".join(parts)}</svg>'
    )
