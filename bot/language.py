"""A language pack: what people say in a language, as data for the matcher and the lint."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, Field, ValidationError

from bot import source
from bot.guide import Model
from bot.source import SourceError
from bot.talk import Facet

M = TypeVar("M", bound=BaseModel)
ASKED: Final = "asked"
DIALOGUES: Final = "dialogues.yaml"

Phrases = Annotated[tuple[str, ...], Field(min_length=1)]


class FacetTalk(Model):
    """How people ask for one facet: tell-tale expressions, and whole questions without a topic."""

    cues: Phrases
    asks: Phrases


class Contrast(Model):
    """Expressions that show a thing, whole examples of it, and what only looks like it."""

    cues: Phrases
    says: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()


class Talk(Model):
    """talk.yaml: dialect, filler, facets, and talk that is no question on a service.

    `commands` are whole texts that mean an intent (`complaint: [投诉]`), `negations` are words
    that deny what follows them, `ages` the words after a number of years. A clause at the
    beginning that is made of `salutations` addresses somebody and says nothing else; who opens
    with one of `announces` leaves the topic so far (`by the way`).
    """

    rewrites: dict[str, str] = Field(default_factory=dict)
    filler: Phrases
    salutations: tuple[str, ...] = ()
    announces: tuple[str, ...] = ()
    facets: dict[Facet, FacetTalk]
    whole: Phrases
    again: tuple[str, ...] = ()
    complaint: Contrast
    crisis: dict[str, Contrast]
    small_talk: dict[str, Phrases]
    out_of_scope: dict[str, Phrases]
    proxy: Phrases
    commands: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    negations: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()


class Asked(Model):
    """asked/: questions on services, by the one facet that each asks for; `whole` for all.

    All files of the folder together; there is one a facet, for no file is read beyond 1 MiB.
    """

    materials: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    fee: tuple[str, ...] = ()
    eligibility: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


class Dialogues(Model):
    """dialogues.yaml: what was asked first, and what the same person wrote after the answer.

    In `same` that goes on about the matter at hand, in `other` it opens another one.
    """

    same: tuple[tuple[str, str], ...] = ()
    other: tuple[tuple[str, str], ...] = ()

    def by_kind(self) -> tuple[tuple[bool, tuple[tuple[str, str], ...]], ...]:
        """The pairs, and whether they open another matter."""
        return (False, self.same), (True, self.other)


class Gazetteer(Model):
    """gazetteer.yaml: places whose procedures are not ours, and how one sees which is meant."""

    provinces: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    not_places: tuple[str, ...] = ()
    elsewhere_patterns: tuple[str, ...] = ()
    home_patterns: tuple[str, ...] = ()


class ComplaintTalk(Model):
    """complain.yaml: how people steer the complaint form, and what tells where, when and what.

    From `finish` to `own_cases` they are whole texts; the others are looked for within a text.
    `bare` are words of a wish to complain that say nothing of what happened. `fields` names the
    form's fields as people do, beside one of `correct`. `guide_said` shows that a guide itself is
    complained of. `place_prefixes` may be left out of an office's name. Two of `check_words`
    protect a case's number.
    """

    finish: Phrases
    skip: Phrases
    back: Phrases
    leave: Phrases
    resume: Phrases
    another: Phrases
    own_cases: Phrases
    bare: Phrases
    correct: Phrases
    fields: dict[str, Phrases]
    question: Phrases
    guide_said: Phrases
    place_prefixes: tuple[str, ...] = ()
    currency: Phrases
    check_words: Phrases


@dataclass(frozen=True)
class Language:
    """One language pack."""

    code: str
    folder: Path
    talk: Talk
    gazetteer: Gazetteer
    complaints: ComplaintTalk

    # What follows is read only when an index is to learn from it, and only larger packs have it.

    @cached_property
    def asked(self) -> Asked:
        """Labelled questions; without, cues and short asks serve. Raises SourceError."""
        found = [_model(self.folder, name, Asked) for name in self._asked_files()]
        return Asked(
            **{
                facet: tuple(text for one in found for text in getattr(one, facet))
                for facet in Asked.model_fields
            }
        )

    @cached_property
    def dialogues(self) -> Dialogues:
        """What people wrote after an answer. Raises SourceError."""
        if not (self.folder / DIALOGUES).exists():
            return Dialogues()
        return _model(self.folder, DIALOGUES, Dialogues)

    def learnt_from(self) -> str:
        """Both unread: whether they changed is seen without, and sooner."""
        files = [self.folder / name for name in (*self._asked_files(), DIALOGUES)]
        return "\0".join(f.read_text("utf-8", "replace") for f in files if f.exists())

    def examples(self) -> list[str]:
        """Every whole text of the pack that somebody may say, with or without a topic, once."""
        talk = self.talk
        found = [
            *(text for facet in talk.facets.values() for text in facet.asks),
            *(text for _, texts in self.asked for text in texts),
            *(text for _, pairs in self.dialogues.by_kind() for pair in pairs for text in pair),
            *(*talk.whole, *talk.again, *talk.complaint.says, *talk.complaint.unlike),
            *(text for texts in talk.small_talk.values() for text in texts),
            *(text for texts in talk.out_of_scope.values() for text in texts),
        ]
        return list(dict.fromkeys(found))

    def _asked_files(self) -> list[str]:
        return sorted(f"{ASKED}/{f.name}" for f in (self.folder / ASKED).glob("*.yaml"))


def load(folder: Path) -> Language:
    """Loads a pack's folder, named by its language code. Raises SourceError."""
    return Language(
        code=folder.name,
        folder=folder,
        talk=_model(folder, "talk.yaml", Talk),
        gazetteer=_model(folder, "gazetteer.yaml", Gazetteer),
        complaints=_model(folder, "complain.yaml", ComplaintTalk),
    )


def _model(folder: Path, name: str, model: type[M]) -> M:
    document = source.read(folder / name, f"{folder.name}/{name}")
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise SourceError(
            [document.problem(tuple(e["loc"]), f"{e['msg']}.") for e in error.errors()]
        ) from error
