"""situations/unreachable: every condition can be met by an answer, and every answer matters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.guide import Guide, Option
from bot.lint.rule import Subject
from bot.source import Location, Problem

_RULE = "situations/unreachable"
# What makes an option be chosen; everything else in it is what it changes.
_CHOOSING = {"id", "label", "cues", "age", "proxy"}


def unreachable(subject: Subject) -> Iterator[Problem]:
    """A material or fee with `when` that no answer settles: the citizen is left to guess."""
    for guide, document in subject.guides():
        if not guide.situations:
            continue
        for location, name in (*_open_materials(guide), *_open_fees(guide)):
            yield document.problem(
                location,
                f"no option of a situation decides on {name}; name it in one, if an answer can.",
                rule=_RULE,
                # Some conditions no citizen can answer: `if the computer does not find it`.
                severity="hint",
            )


def _options(guide: Guide) -> Iterator[Option]:
    for situation in guide.situations:
        yield from situation.options


def _open_materials(guide: Guide) -> Iterator[tuple[Location, str]]:
    settled: set[str] = set()
    for option in _options(guide):
        settled.update(option.needs, option.drops, option.replaces, option.replaces.values())
    for i, material in enumerate(guide.materials):
        if material.when and material.id not in settled:
            yield ("materials", i, "when"), material.id


def _open_fees(guide: Guide) -> Iterator[tuple[Location, str]]:
    # `free` is for fees what `drops` is for materials, and for all of them at once.
    if any(option.free for option in _options(guide)):
        return
    settled = {name for option in _options(guide) for name in option.fees or ()}
    for i, fee in enumerate(guide.fees):
        if fee.when and fee.id not in settled:
            yield ("fees", i, "when"), fee.id


def idle(subject: Subject) -> Iterator[Problem]:
    """A situation whose answers all lead to the same: a question for nothing."""
    for guide, document in subject.guides():
        for i, situation in enumerate(guide.situations):
            changes = [_changes(option) for option in situation.options]
            if all(change == changes[0] for change in changes):
                yield document.problem(
                    ("situations", i),
                    f"no answer to {situation.asks!r} changes anything; "
                    "say what each changes, or drop the question.",
                    rule=_RULE,
                )


def _changes(option: Option) -> dict[str, Any]:
    return option.model_dump(exclude=_CHOOSING)
