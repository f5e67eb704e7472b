"""Templates of answers: what staff write again and again."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store.sqlite import Store


@dataclass(frozen=True, slots=True)
class Template:
    """A text with its name; `organisation` None is for everybody."""

    id: int
    name: str
    text: str
    organisation: str | None
    written_by: str


class AnswerTemplates:
    """Queries on templates. What changes something is to be called within a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, organisation: str | None) -> list[Template]:
        """Those of an organisation and those for everybody, by name."""
        rows = self._store.read(
            "SELECT id, name, text, organisation, written_by FROM answer_templates"
            " WHERE organisation IS NULL OR organisation = ? ORDER BY name, id",
            organisation,
        )
        return [Template(*row) for row in rows]

    def all(self) -> list[Template]:
        """Every template, by name."""
        rows = self._store.read(
            "SELECT id, name, text, organisation, written_by FROM answer_templates"
            " ORDER BY name, id"
        )
        return [Template(*row) for row in rows]

    def add(self, name: str, text: str, organisation: str | None, by: str, at: str) -> None:
        """Keeps a template."""
        self._store.write(
            "INSERT INTO answer_templates (name, text, organisation, written_by, at)"
            " VALUES (?, ?, ?, ?, ?)",
            name,
            text,
            organisation,
            by,
            at,
        )

    def remove(self, template: int) -> None:
        """Takes a template away; answers that were made from it stay."""
        self._store.write("DELETE FROM answer_templates WHERE id = ?", template)
