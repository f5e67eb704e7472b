"""What a rule is, and the few things that several rules share."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from bot.city import GUIDES, City
from bot.guide import Guide
from bot.lint.plain import PlainLanguage
from bot.source import Document, Location, Problem


@dataclass(frozen=True)
class Subject:
    """What is linted: a city, the words that its citizens should not meet, and the day."""

    city: City
    words: PlainLanguage
    today: date

    def guides(self) -> Iterator[tuple[Guide, Document]]:
        """Each guide with the document that it was read from."""
        for guide in self.city.guides.values():
            yield guide, self.city.documents[f"{GUIDES}/{guide.id}.yaml"]

    @property
    def notices(self) -> Document:
        """The document that holds the notices."""
        return self.city.documents["notices.yaml"]


# A rule of another module (one that needs the matcher, say) has this type too; its problems
# are sorted in among those of `lint`.
Rule = Callable[[Subject], Iterable[Problem]]


def place(document: Document, location: Location) -> str:
    """Where something stands, as an editor can open it: `linshan/services/id-card.yaml:7`."""
    return f"{document.file}:{document.line_of(location)}"


def key(text: str) -> str:
    """What two texts have in common if they differ only in width, case, spaces or end mark."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).rstrip("?!。.")
