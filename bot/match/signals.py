"""Turns a question into the numbers that the gates judge by."""

from __future__ import annotations

import math
import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.language import Talk
from bot.match import grams
from bot.match.matcher import Matcher, Scores, best_first
from bot.match.phrases import Phrases
from bot.talk import Facet, Facts

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_STOPS: Final = re.compile(r"(?<=[。！？!?；;\n])|(?<=\.)\s")
# From this length on a text is a story, and the sentence that holds the need is looked for.
STORY: Final = 60
WINDOW: Final = 80
TAIL_FROM: Final = 40
TAIL: Final = 25
_CLAUSES: Final = re.compile(r"(?<=[。！？!?；;，,\n])|(?<=\.)\s")
SHORTEST_SENTENCE: Final = 4
SHORTEST_CLAUSE: Final = 3
# A heading: a line of its own, or what a gap parts from the sentence that follows.
_HEADING: Final = re.compile(
    r"([^\n。！？!?；;，,：:]{3,30}?)(?:\s*\n|(?<=[一-鿿）)])\s+(?=[一-鿿]))"
)
# Where a heading must have ended; it also bounds what a hostile text may cost.
TOP: Final = 60
_MARKS: Final = ",，.。!！?？:：;；、\n"
# A salutation is no longer than this.
ADDRESS: Final = 16
CHANNELS: Final = 5
# So many characters hold the words that open a text.
OPENING: Final = 10


class Cues:
    """Tell-tale expressions of a language: those of the facets, of complaints, of danger."""

    def __init__(self, talk: Talk) -> None:
        facets = [talk.facets[facet].cues if facet in talk.facets else () for facet in Facet]
        self._lists = [set(_lower(cues)) for cues in (*facets, talk.complaint.cues)]
        self._cues = Phrases(cue for cues in self._lists for cue in cues)
        self._crises = {
            kind: (set(_lower(one.cues)), _lower(one.unlike)) for kind, one in talk.crisis.items()
        }
        self._dangers = Phrases(cue for cues, _ in self._crises.values() for cue in cues)
        self._proxy = Phrases(_lower(talk.proxy))
        self._announces = Phrases(_lower(talk.announces))
        units = "|".join(map(re.escape, _lower(talk.ages))) or "(?!)"
        self._age = re.compile(rf"(?<!\d)(\d{{1,3}})\s*(?:{units})")

    def marks(self, text: str) -> Floats:
        """How strongly the six facets (in the order of Facet) and then complaint are spoken.

        The longest cue's length over four characters, at most 1.5: a longer cue is surer.
        """
        said = self._cues.said(text)
        longest = [max(map(len, said & cues), default=0) for cues in self._lists]
        return np.minimum(np.array(longest, dtype=np.float32) / 4, np.float32(1.5))

    def crisis(self, text: str) -> str | None:
        """The kind of acute danger that a text tells of."""
        if said := self._dangers.said(text):
            for kind, (cues, unlike) in self._crises.items():
                if said & cues and not any(cue in text for cue in unlike):
                    return kind
        return None

    def announces(self, text: str) -> bool:
        """Whether a text opens with words that announce another topic."""
        return bool(self._announces.said(text[:OPENING]))

    def facts(self, text: str) -> Facts:
        """Age in years and whether one acts for another, as far as a text says so."""
        ages = {int(a) for a in self._age.findall(text) if int(a) <= 130}
        proxy = bool(self._proxy.said(text))
        return Facts(age=ages.pop() if len(ages) == 1 else None, proxy=proxy)


def _lower(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(phrase.lower() for phrase in phrases)


def salutation(words: tuple[str, ...]) -> re.Pattern[str]:
    """What a letter begins with: clauses that begin and end with one of these words.

    Before a colon it is enough that it ends so: there any office may be addressed.
    """
    if not words:
        return re.compile(r"(?!)")
    word = "|".join(map(re.escape, sorted(_lower(words), key=len, reverse=True)))
    inner = f"[^{_MARKS}]{{0,{ADDRESS}}}"
    clause = f"(?:(?:{word})(?:{inner}(?:{word}))?|{inner}(?:{word})(?=[:：]))"
    return re.compile(rf"(?:{clause}[{_MARKS}\s]+)+")


def heading(text: str) -> str | None:
    """What stands above a letter, as its sender wrote it."""
    if len(text) <= STORY:
        return None
    found = _HEADING.match(text.lstrip()[:TOP])
    return found[1] if found else None


def focus(matcher: Matcher, text: str) -> str:
    """The sentences of a story that hold the need: those best explained by a single document."""
    if len(text) <= STORY:
        return text
    sentences = [s for s in _STOPS.split(text) if _letters(s) >= SHORTEST_SENTENCE]
    if len(sentences) < 2:
        return text
    worth = [
        float(matcher.lexical.scores(grams.characters(s)).max(initial=0)) * math.log(len(s))
        for s in sentences
    ]
    best = int(np.argmax(worth))
    chosen = sentences[best]
    # The sentence after is the question more often than the one before.
    if best + 1 < len(sentences) and len(chosen) + len(sentences[best + 1]) <= WINDOW:
        chosen += sentences[best + 1]
    if best > 0 and len(chosen) + len(sentences[best - 1]) <= WINDOW:
        chosen = sentences[best - 1] + chosen
    return chosen


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def tail(text: str) -> str:
    """The end of a story, where it says what is wanted: the last clauses, 25 letters or more."""
    return _end(text, TAIL) if len(text) > TAIL_FROM else text


def last_clause(text: str) -> str:
    """What comes after the last comma or stop: that mostly says what is asked for."""
    return _end(text, SHORTEST_CLAUSE)


def _end(text: str, letters: int) -> str:
    """The last clauses, so many that they hold `letters` letters or more."""
    end, held = "", 0
    for clause in reversed(_CLAUSES.split(text)):
        end = clause + end
        held += _letters(clause)
        if held >= letters:
            break
    return end


def shares(total: Floats, temperature: float) -> Floats:
    """Softmax of scores: each document's share of the belief."""
    raised = np.exp((total - total.max()) / np.float32(temperature))
    result: Floats = raised / raised.sum()
    return result


def standing(scores: Scores, belief: Floats) -> Doubles:
    """How clearly one document stands out, and whether the channels agree on it: shape (14,).

    `belief` are the documents' shares.
    Differences and shares, not levels: levels depend on length and style, so they mean another
    thing for a citizen's story than for an author's example.
    """
    order = best_first(scores.total, 6)
    best, *others = scores.total[order].tolist()
    top = int(order[0])
    share = min(float(belief[top]), 1 - 1e-6)
    words, meaning = scores.words, scores.meaning
    channels = [words.total, words.lexical, words.learnt]
    channels += [meaning.examples, meaning.body] if meaning else []
    leads = [_lead(channel, top) for channel in channels]
    leads += [0.0] * (CHANNELS - len(leads))  # a channel that is silent puts nobody first
    return np.array(
        [
            best - others[0] if others else best,
            best - sum(others) / len(others) if others else best,
            share,
            math.log(share / (1 - share)),
            -float(belief @ np.log(np.maximum(belief, np.float32(1e-12)))),
            *leads[1:],
            *(float(lead > 0) for lead in leads),
        ],
        dtype=np.float64,
    )


def _lead(channel: Floats, top: int) -> float:
    """By how much a channel puts a document before all others; negative if another is first."""
    if len(channel) < 2:
        return 0.0
    before = channel[:top].max(initial=-np.inf)
    after = channel[top + 1 :].max(initial=-np.inf)
    return float(channel[top]) - max(float(before), float(after))
