"""What may be meant while somebody still types: by words only, in well under a millisecond."""

from __future__ import annotations

from typing import Final

from bot.match import grams
from bot.match.matcher import Matcher, best_first

# Below this score a document shares no more than a common word with the text.
LEAST: Final = 0.8
# What scores less than this share of the best was hardly meant.
SHARE: Final = 0.45
# A story is no search: only so many characters are looked at.
LONGEST: Final = 60


def suggest(matcher: Matcher, text: str, limit: int) -> list[str]:
    """Ids of the documents that fit an unfinished text, best first; empty if none does."""
    plain = matcher.normalise(text[:LONGEST]).text
    if not grams.characters(plain):
        return []
    total = matcher.fuse(matcher.words(plain), None).total
    order = best_first(total, limit)
    least = max(LEAST, SHARE * float(total[order[0]]))
    return [matcher.documents[i].id for i in order if total[i] >= least]
