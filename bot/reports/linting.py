"""Everything `doorstep lint` finds in a city, the matcher's own rule included."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot import app as apps
from bot import city as cities
from bot import lint
from bot.city import GUIDES, City
from bot.lint import plain
from bot.match.calibrate import leave_one_out
from bot.match.documents import documents
from bot.match.embed import Progress
from bot.match.matcher import Matcher
from bot.settings import Settings
from bot.source import Problem
from bot.text import Normaliser


def problems(settings: Settings, progress: Progress, *, with_matcher: bool) -> list[Problem]:
    """Lints the city that the settings name. Raises SourceError if it does not even load."""
    city = cities.load(settings.city)
    pack = apps.language_pack(city.about.language)
    today = datetime.now(city.zone).date()
    found = lint.lint(city, plain.load(pack.folder), today)
    if with_matcher:
        model, _ = apps.embedder(settings)
        matcher = Matcher.fit(
            documents(city),
            normalise=Normaliser(pack.talk.rewrites),
            embedder=model,
            progress=progress,
        )
        found += confusable(city, matcher)
    return sorted(found)


# Neighbours may share a question or two; from this share on citizens are sent to the wrong door.
CONFUSED: Final = 0.15
FEWEST: Final = 3


def confusable(city: City, matcher: Matcher) -> list[Problem]:
    """Pairs of guides of which one takes many of the other's example questions."""
    asked = {guide.id: set(map(_plain(matcher), guide.asks)) for guide in city.guides.values()}
    taken: dict[tuple[str, str], list[str]] = {}
    for example, owner, winner in leave_one_out(matcher):
        if owner != winner and winner in asked and example in asked.get(owner, ()):
            taken.setdefault((owner, winner), []).append(example)
    return [
        _confused(city, owner, winner, examples)
        for (owner, winner), examples in taken.items()
        if len(examples) >= max(FEWEST, CONFUSED * len(asked[owner]))
    ]


def _plain(matcher: Matcher) -> Callable[[str], str]:
    return lambda text: matcher.normalise(text).text


def _confused(city: City, owner: str, winner: str, examples: list[str]) -> Problem:
    shown = ", ".join(f"“{text}”" for text in examples[:3])
    message = (
        f"{len(examples)} examples are taken for {winner}: {shown}; "
        "say in them what tells the two apart, or merge the guides."
    )
    document = city.documents[f"{GUIDES}/{owner}.yaml"]
    return document.problem(("asks",), message, rule="asks/confusable", severity="warning")
