"""Other ways to find a guide, each as it is commonly set up."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

import bm25s
import tantivy
from rapidfuzz import process

from bot.match import grams
from bot.match.matcher import Document

# The id of the best document, or an empty text if nothing was found.
Find = Callable[[str], str]


def all_of(documents: Sequence[Document]) -> dict[str, Find]:
    """Every rival, fitted on the same documents."""
    return {
        "rapidfuzz extractOne (titles, names)": _rapidfuzz(documents),
        "bm25s (characters, pairs)": _bm25s(documents),
        "tantivy (1-2-grams)": _tantivy(documents),
        "SQLite FTS5 (trigram)": _fts5(documents),
    }


def _whole(document: Document) -> str:
    return "\n".join((*document.examples(), document.body))


def _rapidfuzz(documents: Sequence[Document]) -> Find:
    pairs = [(text, d.id) for d in documents for text in (d.title, *d.names)]
    texts, owners = [text for text, _ in pairs], [owner for _, owner in pairs]

    def find(question: str) -> str:
        best = process.extractOne(question, texts)
        return owners[best[2]] if best else ""

    return find


def _bm25s(documents: Sequence[Document]) -> Find:
    bags = [
        [gram for text in (*d.examples(), d.body) for gram in sorted(grams.characters(text))]
        for d in documents
    ]
    index = bm25s.BM25(k1=1.2, b=0.75)
    index.index(bags, show_progress=False)

    def find(question: str) -> str:
        known = [gram for gram in grams.characters(question) if gram in index.vocab_dict]
        if not known:
            return ""
        return documents[int(index.get_scores(known).argmax())].id

    return find


def _tantivy(documents: Sequence[Document]) -> Find:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    builder.add_text_field("text", tokenizer_name="grams")
    schema = builder.build()
    index = tantivy.Index(schema)
    analyzer = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(min_gram=1, max_gram=2))
        .filter(tantivy.Filter.lowercase())
        .build()
    )
    index.register_tokenizer("grams", analyzer)
    writer = index.writer(num_threads=1)
    for document in documents:
        writer.add_document(tantivy.Document(id=[document.id], text=[_whole(document)]))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def find(question: str) -> str:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", term))
            for term in sorted(set(analyzer.analyze(question)))
        ]
        hits = searcher.search(tantivy.Query.boolean_query(terms), 1, count=False).hits
        return str(searcher.doc(hits[0][1])["id"][0]) if hits else ""

    return find


def _fts5(documents: Sequence[Document]) -> Find:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(id UNINDEXED, text, tokenize='trigram')")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(d.id, _whole(d)) for d in documents])

    def find(question: str) -> str:
        pieces = sorted({question[i : i + 3].replace('"', '""') for i in range(len(question) - 2)})
        if not pieces:
            return ""
        query = " OR ".join(f'"{piece}"' for piece in pieces)
        row = connection.execute(
            "SELECT id FROM t WHERE t MATCH ? ORDER BY rank LIMIT 1", (query,)
        ).fetchone()
        return str(row[0]) if row else ""

    return find
