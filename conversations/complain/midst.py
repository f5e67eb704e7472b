"""What a citizen says in the midst of a form that is not for the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bot.talk import Decision, Event, Ranking, State
from conversations.complain import answers, story

if TYPE_CHECKING:
    from bot.book import Book
    from bot.language import ComplaintTalk

# So little beside `我要投诉` says that something is wrong, not what.
LITTLE: Final = 3
# Who complains is offered no more guides than this ...
MEANT: Final = 2
# ... and none where hardly any fits: no question was ever offered the right one so.
FITS: Final = 0.02
# In a form only what so likely complains is another complaint: a bare place is an answer.
ANOTHER: Final = 0.75
# Kinds of talk that nobody means as an answer.
_NO_ANSWER: Final = ("unreadable", "too_long")
# Longer than a question may be, but not too long to be filed.
_STORY: Final = "too_long.whole"


def is_crisis(event: Event) -> bool:
    """Whether somebody is in danger, which comes before everything."""
    return _intent(event).startswith("crisis")


def says_what(text: str, words: ComplaintTalk) -> bool:
    """Whether a text tells what went wrong, not only that one wants to complain."""
    rest = text.lower()
    for word in sorted(words.bare, key=len, reverse=True):
        rest = rest.replace(word, "")
    return sum(c.isalnum() for c in rest) > LITTLE


def is_question(event: Event, words: ComplaintTalk) -> bool:
    """Whether a text asks something of its own, rather than answer or tell more."""
    intent, ranking = _intent(event), event.ranking or Ranking(Decision.decline)
    if intent.startswith("complaint") or intent == _STORY:
        return False
    if intent in _NO_ANSWER:
        return True
    known = ranking.facet is not None or ranking.decision is Decision.answer or bool(intent)
    return known and answers.asks(event.text, words)


def meant(ranking: Ranking, book: Book) -> tuple[str, ...]:
    """Guides that a text may ask for although it was heard as a complaint, best first."""
    if ranking.confidence < FITS:
        return ()
    return tuple(filter(book.has_guide, ranking.likely(story.HINT)))[:MEANT]


def spoken_of(state: State, guide: str | None) -> State:
    """A form's state whose questions are on the matter complained of, if on none before."""
    back = state.slots["back"]
    if not guide or back["slots"].get("guide"):
        return state
    back = {**back, "slots": {**back["slots"], "guide": guide}}
    return replace(state, slots={**state.slots, "back": back})


def is_another(
    event: Event,
    fields: Mapping[str, Any],
    filed_on: str | None,
    book: Book,
    words: ComplaintTalk,
) -> bool:
    """Whether a text complains of something else than what is filed: then it is filed too.

    It names another place or another matter, or comes on another day.
    """
    ranking = event.ranking
    if ranking is None or ranking.intent_probability < ANOTHER:
        return False
    if not _intent(event).startswith("complaint") or not says_what(event.text, words):
        return False
    place = (story.place_in(event.text, book, words) or {}).get("place")
    elsewhere = place and fields.get("place") and place != fields["place"]
    guide = story.guide_in(ranking, book)
    other = guide and fields.get("guide") and guide != fields["guide"]
    return bool(elsewhere or other or filed_on != event.at[:10])


def _intent(event: Event) -> str:
    return (event.ranking.intent if event.ranking else None) or ""
