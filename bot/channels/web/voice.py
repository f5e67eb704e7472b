"""What pages say, in the language that the visitor's own chat asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.text import to_traditional
from bot.wording import TRADITIONAL, Wording

# What a page says of its own language is no wording in the script that it names.
_LOCALE: Final = "page.locale"


@dataclass(frozen=True)
class Voice:
    """Wording in a language, perhaps in traditional characters."""

    wording: Wording
    traditional: bool = False

    @classmethod
    def of(cls, wording: Wording, language: str | None) -> Voice:
        """The voice for a choice like `en` or `zh-hant`; the city's own for none."""
        return cls(wording.into(language), traditional=language == TRADITIONAL)

    def text(self, key: str, **params: Any) -> str:
        """A piece of wording. Raises LookupError for an unknown key."""
        if key == _LOCALE and self.traditional:
            return "zh-Hant"
        return self.script(self.wording.text(key, **params))

    def welcome(self, about: Mapping[str, Any]) -> str:
        """How the chat begins."""
        return self.script(self.wording.welcome(about))

    def script(self, text: str) -> str:
        """A text of ours in the characters that were asked for."""
        return to_traditional(text) if self.traditional else text
