"""Earlier cases that may tell of the same facts, for the clerk who merges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from bot.cases import OPEN
from bot.store import Store
from bot.store.cases import Case

# Of a hundred: from here on two stories are alike enough to be looked at side by side.
ALIKE: Final = 60
# So many cases before this one are looked through, whatever the city has.
BACK: Final = 5000
# So many of them, the newest, are compared, by their first characters.
COMPARED: Final = 500
COMPARED_CHARACTERS: Final = 400
SHOWN: Final = 20


@dataclass(frozen=True)
class Earlier:
    """A case's number and how its story begins."""

    number: str
    text: str


def earlier(store: Store, case: Case) -> list[Earlier]:
    """Open cases before this one: first what is told alike, then what has the same guide.

    Told alike counts within one organisation, be it only the one that the story suggests.
    """
    marks = ", ".join("?" * len(OPEN))
    rows = store.read(
        # By the row's id alone: an index would have to be sorted, for a large office whole.
        "SELECT number, guide, coalesce(organisation, suggested) IS ?, substr(text, 1, ?)"  # noqa: S608
        f" FROM cases WHERE id < ? AND id >= ? AND +state IN ({marks})"
        " AND (+guide = ? OR coalesce(organisation, suggested) = ?) ORDER BY id DESC LIMIT ?",
        case.organisation or case.suggested,
        COMPARED_CHARACTERS,
        case.id,
        case.id - BACK,
        *OPEN,
        case.guide,
        case.organisation or case.suggested,
        COMPARED,
    )
    stories = {number: text for number, _, same_office, text in rows if same_office}
    told = case.text[:COMPARED_CHARACTERS]
    alike = process.extract(told, stories, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=SHOWN)
    found = {number: text for text, _, number in alike}
    of_guide = {n: text for n, guide, _, text in rows if guide is not None and guide == case.guide}
    return [Earlier(number, text) for number, text in (found | of_guide).items()][:SHOWN]
