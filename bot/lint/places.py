"""places/halls: where one is sent, the matter must be decided."""

from __future__ import annotations

from collections.abc import Iterator

from bot.guide import Guide, Place
from bot.lint.rule import Subject
from bot.source import Location, Problem


def shopfront(subject: Subject) -> Iterator[Problem]:
    """A window that only passes papers on to an office behind it (前店后厂) as the only place."""
    for guide, document in subject.guides():
        for location, places in _offers(guide):
            if all(_only_passes_on(subject, place) for place in places):
                yield document.problem(
                    location,
                    f"is a shopfront: {places[0].window} cannot decide; let it decide "
                    "(can_decide in places.yaml), or add the place that does.",
                    rule="places/halls",
                    severity="warning",
                )


def _offers(guide: Guide) -> Iterator[tuple[Location, tuple[Place, ...]]]:
    """The places among which a citizen can choose; an option's place stands instead of all."""
    yield ("places",), guide.places
    for i, situation in enumerate(guide.situations):
        for j, option in enumerate(situation.options):
            if option.place:
                yield ("situations", i, "options", j, "place"), (option.place,)


def _only_passes_on(subject: Subject, place: Place) -> bool:
    return place.window is not None and not subject.city.windows[place.window].can_decide
