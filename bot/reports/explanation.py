"""Shows how one question was read, for guide authors and the curious."""

from __future__ import annotations

from bot.match.reader import Reader, Reading


def text(reader: Reader, question: str) -> str:
    """A plain-text table of normalisation, channels, gates, facets and the decision."""
    reading = reader.examine(question)
    ranking, seen = reading.ranking, reading.seen
    parts = [
        _pairs(
            "question",
            [
                ("normalised", seen.normal.text),
                ("repaired", ", ".join(f"{a} → {b}" for a, b in seen.repaired.changes) or "-"),
                ("need", seen.focus),
                ("heading", seen.heading or "-"),
                ("person", f"age {ranking.facts.age}, for another: {ranking.facts.proxy}"),
                ("another place", ranking.place or "-"),
            ],
        ),
        _channels(reader, reading),
        _scores("kind of talk (linear head)", seen.kinds, 4),
        _scores("gates (probability)", seen.gates, 8),
        _scores("facet (linear head)", reading.facets, 7),
        _pairs(
            "decision",
            [
                ("intent", ranking.intent or "a question"),
                ("facet", ranking.facet.value if ranking.facet else "all"),
                ("confidence", f"{ranking.confidence:.3f}"),
                ("opens a matter", f"{ranking.opens:.3f} (after another one)"),
                ("decision", ranking.decision.value),
                ("reasons", "; ".join(ranking.reasons) or "-"),
            ],
        ),
    ]
    return "\n\n".join(parts)


def _channels(reader: Reader, reading: Reading) -> str:
    scores, words = reading.seen.scores, reading.seen.scores.words
    lines = [
        f"{'candidate':34}{'share':>7}{'total':>8}{'words':>8}{'body':>8}{'sound':>8}{'learnt':>8}{'meaning':>9}"
    ]
    number = {d.id: i for i, d in enumerate(reader.matcher.documents)}
    for candidate in reading.ranking.candidates:
        i = number[candidate.id]
        meaning = f"{scores.meaning.examples[i]:.3f}" if scores.meaning else "-"
        lines.append(
            f"{candidate.id:34}{candidate.probability:7.3f}{scores.total[i]:8.3f}"
            f"{words.lexical[i]:8.3f}{words.body[i]:8.3f}{words.sound[i]:8.3f}{words.learnt[i]:8.3f}{meaning:>9}"
        )
    return "\n".join(["candidates", *(f"  {line}" for line in lines)])


def _scores(title: str, scores: dict[str, float], most: int) -> str:
    best = sorted(scores.items(), key=lambda item: -item[1])[:most]
    return _pairs(title, [(name, f"{value:.3f}") for name, value in best])


def _pairs(title: str, pairs: list[tuple[str, str]]) -> str:
    return "\n".join([title, *(f"  {name:20}{value}" for name, value in pairs)])
