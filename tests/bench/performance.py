"""Speed, memory and hits in one run, side by side: python -m tests.bench.performance."""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

# Two threads that spin make one question slower than one that works.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import click
import psutil
from rich.console import Console
from rich.progress import Progress

from bot import app as apps
from bot import city as cities
from bot import settings
from bot.city import City
from bot.language import Language
from bot.match.documents import documents
from bot.match.embed import Embedder, Floats
from bot.match.matcher import Document, Matcher
from bot.match.meaning import MeaningIndex
from bot.match.reader import Reader
from bot.reports import evaluation
from bot.reports.evaluation import Question
from bot.settings import HOUSE, Settings
from bot.source import SourceError
from bot.store import Store
from bot.text import Normaliser
from tests.bench import coldstart, rivals, synthetic, turns
from tests.bench.clock import Tick, Timing, each, once
from tests.bench.report import WIDTH, Report, Target

QUESTIONS: Final = HOUSE / "tests" / "questions" / "written.tsv"
# Guides and notices, and about how many examples each new one has; the sample city's have sixty.
SIZES: Final = ((2_000, 10), (20_000, 3))
LARGEST: Final = 20_000
ROUNDS: Final = 3
# Every fourth question where each one has to be embedded: a question takes some 20 ms.
SAMPLE: Final = 4
SEMANTIC_ROUNDS: Final = 2
STARTS: Final = {False: 5, True: 3}
MODES: Final = {False: "lexical", True: "semantic"}

MATCH: Final = "match alone (Matcher.scores)"
TURN: Final = "whole turn on disk, against the bare insert of the same rows"
START: Final = "cold start to the first answer (a new process, index prepared)"
SIDE: Final = "side by side"

# Vectors of the examples, and of the bodies.
Pool = tuple[Floats, Floats]
Readers = Mapping[bool, Reader]


@dataclass(frozen=True)
class Bench:
    """What the measures share."""

    settings: Settings
    city: City
    language: Language
    documents: tuple[Document, ...]
    normalise: Normaliser
    embedder: Embedder | None
    asked: tuple[Question, ...]
    questions: tuple[str, ...]
    report: Report
    bar: Progress

    @property
    def modes(self) -> list[bool]:
        """False, and True where there is a model."""
        return [False, True] if self.embedder else [False]

    @property
    def sample(self) -> tuple[str, ...]:
        """Every fourth question, so every kind of question."""
        return self.questions[::SAMPLE]

    def task(self, name: str, total: int) -> Tick:
        """A line of the progress bar; call the result once a step."""
        return partial(self.bar.advance, self.bar.add_task(name, total=total))


# Measures


def cold_start(bench: Bench, folder: Path) -> None:
    """A new process, by words only and by meaning too."""
    data = folder / "data"
    shutil.copytree(bench.settings.data / "index", data / "index")
    for semantic in bench.modes:
        tick = bench.task(f"cold start, {MODES[semantic]}", STARTS[semantic])
        try:
            found = coldstart.measure(data, semantic, STARTS[semantic], tick)
        except coldstart.Failed as error:
            bench.report.notes.append(f"cold start, {MODES[semantic]}: failed: {error}")
            found = None
        seconds = found.seconds if found else None
        memory = found.memory if found else None
        bench.report.add(START, mode=MODES[semantic], seconds=seconds, **{"peak MB": memory})
        most = 3.0 if semantic else 1.5
        bench.report.targets.append(Target(f"cold start, {MODES[semantic]}", seconds, most, " s"))


def match_alone(bench: Bench, made: Sequence[Document], pool: Pool | None) -> Matcher:
    """The match over these documents; `pool` are the sample city's vectors."""
    before = _memory()
    matcher, seconds = once(lambda: Matcher.fit(made, normalise=bench.normalise))
    size = len(made)
    tick = bench.task(f"match, {size:,} guides, lexical", ROUNDS * len(bench.questions))
    (timing,) = each([matcher.scores], bench.questions, ROUNDS, tick)
    _match_row(bench, matcher, "lexical", timing, None, seconds, _memory() - before)
    if size == LARGEST:
        name = f"match, lexical, {size:,} guides: p99"
        bench.report.targets.append(Target(name, timing.p99, 2.0, " ms"))
    if bench.embedder and pool is not None:
        before = _memory()
        _add_meaning(matcher, bench.embedder, pool)
        tick = bench.task(f"match, {size:,} guides, semantic", SEMANTIC_ROUNDS * len(bench.sample))
        bare, timing = each(
            [bench.embedder.question, matcher.scores], bench.sample, SEMANTIC_ROUNDS, tick
        )
        _match_row(bench, matcher, "semantic", timing, bare, None, _memory() - before)
        name = f"match over bare embedding, {size:,} guides"
        bench.report.targets.append(Target(name, timing.over(bare), 1.5))
    return matcher


def _match_row(
    bench: Bench,
    matcher: Matcher,
    mode: str,
    timing: Timing,
    bare: Timing | None,
    seconds: float | None,
    memory: float,
) -> None:
    bench.report.add(
        MATCH,
        guides=len(matcher.documents),
        examples=len(matcher.examples),
        mode=mode,
        **_times(timing),
        **{
            "bare embedding p50": bare.p50 if bare else None,
            "ratio": timing.over(bare) if bare else None,
            "index s": seconds,
            "adds MB": memory,
        },
    )


def _add_meaning(matcher: Matcher, embedder: Embedder, pool: Pool) -> None:
    """The sample city's own vectors; for another, made of them: to embed it would take an hour."""
    examples, bodies = pool
    if len(examples) != len(matcher.examples):
        examples = synthetic.noisy(examples, len(matcher.examples))
        bodies = synthetic.noisy(bodies, len(matcher.documents))
    matcher.meaning = MeaningIndex.of(examples, matcher.owner, bodies)
    matcher.embedder = embedder


def side_by_side(bench: Bench, matcher: Matcher) -> None:
    """Every way on the same questions, already normalised, over the same documents."""
    lexical = Matcher.fit(bench.documents, normalise=bench.normalise)
    ways = rivals.all_of(bench.documents) | {"Doorstep, lexical": partial(_best, lexical)}
    tick = bench.task("side by side", ROUNDS * len(bench.questions))
    timings = dict(zip(ways, each(list(ways.values()), bench.questions, ROUNDS, tick), strict=True))
    if bench.embedder:
        name = "Doorstep, semantic"
        ways[name] = partial(_best, matcher)
        tick = bench.task("side by side, semantic", len(bench.questions))
        (timings[name],) = each([ways[name]], bench.questions, 1, tick)
    own = timings["Doorstep, lexical"]
    for name, find in ways.items():
        top = _top(bench, find)
        ratio = timings[name].p50 / own.p50
        row = {"top-1": top, **_times(timings[name]), "p50 over Doorstep lexical": ratio}
        bench.report.add(SIDE, way=name, **row)


def _best(matcher: Matcher, question: str) -> str:
    return matcher.documents[int(matcher.scores(question).total.argmax())].id


def _top(bench: Bench, find: rivals.Find) -> str:
    hits = [find(q) in a.expected for q, a in zip(bench.questions, bench.asked, strict=True)]
    return f"{sum(hits) / len(hits):.1%}"


def own_readers(bench: Bench) -> dict[bool, Reader]:
    """The sample city's reader, by words only and by meaning too."""
    return {
        semantic: Reader.fit(
            bench.city,
            bench.language,
            embedder=bench.embedder if semantic else None,
            words=None if semantic else apps.word_vectors(bench.language),
            cache=bench.settings.data / "index",
        )
        for semantic in bench.modes
    }


def whole_turns(bench: Bench, city: City, matcher: Matcher, own: Readers, folder: Path) -> None:
    """Intake.handle with a durable file in this city, by words only and by meaning too.

    A made city judges by what the sample city learnt: to calibrate 20,000 guides takes too long.
    """
    asked = [question.turns[0] for question in bench.asked]
    for semantic, ours in own.items():
        reader = ours if city is bench.city else _grown(ours, bench, city, matcher, semantic)
        app = apps.assemble(bench.settings, city, bench.language, reader, Store())
        texts = asked[::SAMPLE] if semantic else asked
        size = len(matcher.documents)
        place = folder / f"{MODES[semantic]}-{size}"
        place.mkdir()
        tick = bench.task(f"whole turn, {size:,} guides, {MODES[semantic]}", len(texts))
        _turn_row(bench, size, semantic, turns.measure(app, texts, place, tick))


def _grown(own: Reader, bench: Bench, city: City, matcher: Matcher, semantic: bool) -> Reader:
    meaning = bench.embedder if semantic else apps.word_vectors(bench.language)
    if not semantic:
        matcher = Matcher(matcher.documents, matcher.normalise, matcher.lexicon)
    return Reader(city, bench.language, matcher, own.crowd, own.calibration, meaning)


def _turn_row(bench: Bench, size: int, semantic: bool, found: turns.Turns) -> None:
    ratio = found.turn.over(found.plain)
    bench.report.add(
        TURN,
        guides=size,
        mode=MODES[semantic],
        **_times(found.turn),
        **{
            "matching p50": found.matching.p50,
            "rows": found.rows,
            "bare insert p50": found.plain.p50,
            "ratio": ratio,
            "insert into WAL p50": found.insert.p50,
            "ratio to it": found.turn.over(found.insert),
            "fsync p50": found.fsync.p50,
        },
    )
    if not semantic:
        name = f"whole turn over bare insert, lexical, {size:,} guides"
        bench.report.targets.append(Target(name, ratio, 3.0))


def _times(timing: Timing) -> dict[str, float]:
    return {"a second": timing.per_second, "p50 ms": timing.p50, "p99 ms": timing.p99}


def _memory() -> float:
    """What this process holds, in MB."""
    gc.collect()
    return float(psutil.Process().memory_info().rss) / (1 << 20)


# Command


def run(chosen: Settings, console: Console) -> Report:
    """Prepares the index if needed, then measures everything."""
    model, reason = apps.embedder(chosen)
    console.print("preparing the index (the first time takes some minutes)", highlight=False)
    for semantic in [False, True] if model else [False]:
        coldstart.prepare(chosen.data.absolute(), semantic)
    report = Report(notes=_notes(reason))
    start = perf_counter()
    # In the data folder, so that the database lies on the disk it would lie on in use.
    with (
        tempfile.TemporaryDirectory(dir=chosen.data, prefix="bench-") as folder,
        Progress(console=console, transient=True) as bar,
    ):
        _measure(_bench(chosen, model, report, bar), Path(folder).absolute())
    report.seconds = perf_counter() - start
    return report


def _bench(chosen: Settings, model: Embedder | None, report: Report, bar: Progress) -> Bench:
    city = cities.load(chosen.city)
    language = apps.language_pack(city.about.language)
    normalise = Normaliser(language.talk.rewrites)
    asked = tuple(evaluation.read(QUESTIONS))
    return Bench(
        settings=chosen,
        city=city,
        language=language,
        documents=tuple(documents(city)),
        normalise=normalise,
        embedder=model,
        asked=asked,
        questions=tuple(normalise(question.turns[0]).text for question in asked),
        report=report,
        bar=bar,
    )


def _measure(bench: Bench, folder: Path) -> None:
    cold_start(bench, folder)  # first, while this process is small
    about = f"{len(bench.city.guides)} guides and {len(bench.city.notices)} notices"
    bench.report.notes.append(f"the smallest city is the sample city itself: {about}")
    pool = None
    if bench.embedder:
        lexicon = Matcher.fit(bench.documents, normalise=bench.normalise).lexicon
        pool = bench.embedder.all(lexicon.examples), bench.embedder.all(lexicon.bodies)
    own = own_readers(bench)
    matcher = match_alone(bench, bench.documents, pool)
    side_by_side(bench, matcher)
    whole_turns(bench, bench.city, matcher, own, folder)
    for size, examples in SIZES:
        city = synthetic.grown(bench.city, size, examples)
        matcher = match_alone(bench, documents(city), pool)
        whole_turns(bench, city, matcher, own, folder)


def _notes(reason: str | None) -> list[str]:
    notes = [
        f"{os.cpu_count()} cores, one thread each for OpenMP and OpenBLAS; Python "
        f"{sys.version.split()[0]}",
        "questions: tests/questions/written.tsv; by meaning every fourth one, but all of them "
        "side by side",
        "an item's time is its middle over rounds; p50 and p99 are over the questions",
        "cities of 2,000 and 20,000 are the sample city and its guides with words swapped between "
        "them; their vectors are not embedded but made of the sample city's, with seeded noise, "
        "and whole turns in them judge by the sample city's calibration",
        "the bare insert is one into SQLite as it comes (a rollback journal, every commit synced); "
        "beside it one with our settings (a write-ahead log, every commit synced too)",
        "a turn's ratio depends on the disk: the quicker it keeps a page (fsync, measured between "
        "the turns), the more everything else weighs",
        "side by side: all get the question normalised by Doorstep, and the same texts (titles, "
        "names, questions, body), except rapidfuzz, which gets titles and names",
    ]
    if reason:
        notes.append(f"nothing was measured by meaning: {reason}")
    return notes


@click.command()
@click.option("--json", "path", type=click.Path(path_type=Path), help="Write everything to FILE.")
@click.option("--strict", is_flag=True, help="End with exit code 1 if a target is missed.")
def main(path: Path | None, strict: bool) -> None:
    """Measure speed, memory and hits side by side, in under five minutes on an idle machine."""
    try:
        report = run(settings.load(), Console(stderr=True))
    except (coldstart.Failed, settings.SettingsError, SourceError) as error:
        raise click.ClickException(str(error)) from error
    out = Console()
    report.show(out if out.is_terminal else Console(width=WIDTH))
    if path:
        path.write_text(json.dumps(report.data(), ensure_ascii=False, indent=2) + "\n", "utf-8")
    if strict and not all(target.ok for target in report.targets):
        sys.exit(1)


if __name__ == "__main__":
    main()
