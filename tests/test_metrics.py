"""tests/bench: the measures against values worked out by hand, and the files they read."""

import json
import math
from pathlib import Path

import pytest

from tests.bench import metrics, retrieval
from tests.bench.clock import Timing

RANKED = ["a", "b", "c", "d", "e"]
# b at place 2 (grade 3), d at place 4 (grade 1); z is right too and was not found.
GRADES = {"b": 3.0, "d": 1.0, "z": 2.0, "a": 0.0}


@pytest.mark.parametrize(("k", "expected"), [(1, 0.0), (2, 1.0), (5, 1.0)])
def test_success_needs_one_right_item_among_the_first(k: int, expected: float) -> None:
    assert metrics.success_at(k, RANKED, GRADES) == expected


def test_reciprocal_rank_looks_at_the_first_right_item() -> None:
    assert metrics.reciprocal_rank(RANKED, GRADES) == pytest.approx(1 / 2)
    assert metrics.reciprocal_rank(["x", "y"], GRADES) == 0
    assert metrics.reciprocal_rank([], GRADES) == 0


def test_average_precision_counts_right_items_that_were_not_ranked() -> None:
    # b: 1 of 2, d: 2 of 4, z: never; three right items in all.
    assert metrics.average_precision(RANKED, GRADES) == pytest.approx((1 / 2 + 2 / 4 + 0) / 3)
    assert metrics.average_precision(["b", "d", "z"], GRADES) == pytest.approx(1)
    assert metrics.average_precision(RANKED, {}) == 0


def test_precision_counts_empty_places_as_wrong() -> None:
    assert metrics.precision_at(5, RANKED, GRADES) == pytest.approx(2 / 5)
    assert metrics.precision_at(5, ["b"], GRADES) == pytest.approx(1 / 5)


def test_ndcg_is_graded_with_linear_gain() -> None:
    found = 3 / math.log2(3) + 1 / math.log2(5)
    best = 3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4)
    assert metrics.ndcg_at(10, RANKED, GRADES) == pytest.approx(found / best)
    assert found / best == pytest.approx(0.4879, abs=1e-4)
    assert metrics.ndcg_at(10, ["b", "z", "d"], GRADES) == pytest.approx(1)
    assert metrics.ndcg_at(1, ["z"], GRADES) == pytest.approx(2 / 3)
    assert metrics.ndcg_at(10, RANKED, {"a": 0.0}) == 0


def test_mean_of_nothing_is_nought() -> None:
    assert metrics.mean([]) == 0
    assert metrics.mean([1, 2, 6]) == pytest.approx(3)


def test_a_timing_tells_middle_tail_and_rate() -> None:
    timing = Timing(tuple(n / 1000 for n in range(1, 101)))
    assert timing.p50 == pytest.approx(50.5)
    assert timing.p99 == pytest.approx(99.01)
    assert timing.per_second == pytest.approx(100 / 5.05)


def _folder(path: Path, corpus: str, queries: str, qrels: str) -> Path:
    for name, text in (("corpus.jsonl", corpus), ("queries.jsonl", queries), ("qrels.tsv", qrels)):
        (path / name).write_text(text, "utf-8")
    return path


CORPUS = "\n".join(
    json.dumps(row, ensure_ascii=False)
    for row in (
        {"_id": "id-card", "title": "办身份证", "names": ["补身份证"], "text": "到派出所办"},
        {
            "id": "marriage",
            "title": "领结婚证",
            "questions": ["怎么登记结婚"],
            "body": "两人一起来",
        },
    )
)
QUERIES = '{"_id": "1", "text": "身份证丢了"}\n\n{"id": "2", "text": "我要结婚"}\n'


@pytest.mark.parametrize("header", ["query-id\tcorpus-id\tscore\n", ""])
def test_a_folder_is_ranked_by_the_matcher(tmp_path: Path, header: str) -> None:
    folder = _folder(tmp_path, CORPUS, QUERIES, header + "1\tid-card\t2\n2\tmarriage\t1\n")
    found = retrieval.figures(retrieval.read(folder))
    assert list(found) == ["S@1", "S@3", "S@5", "MRR", "MAP", "P@5", "nDCG@10"]
    assert found["S@1"] == found["MAP"] == found["nDCG@10"] == 1
    assert found["P@5"] == pytest.approx(1 / 5)


@pytest.mark.parametrize(
    ("corpus", "queries", "qrels", "message"),
    [
        ("{", QUERIES, "", "corpus.jsonl:1: not JSON"),
        ("[]", QUERIES, "", "corpus.jsonl:1: is no object"),
        (CORPUS + "\n" + CORPUS, QUERIES, "", "corpus.jsonl:3: the id 'id-card' was given before"),
        ('{"title": "x"}', QUERIES, "", "corpus.jsonl:1: has neither id nor _id"),
        ('{"id": "x"}', QUERIES, "", "corpus.jsonl:1: title must be a text"),
        ('{"id": "x", "title": "x", "names": "y"}', QUERIES, "", "names must be a list of texts"),
        (CORPUS, '{"id": "1"}', "", "queries.jsonl:1: text must be a text"),
        (CORPUS, QUERIES, "q\tc\ts\n1\tid-card\n", "qrels.tsv:2: has 2 columns"),
        (CORPUS, QUERIES, "1\tid-card\t1\n1\tmarriage\tx\n", "qrels.tsv:2: the score 'x'"),
        (CORPUS, QUERIES, "1\tgone\t1\n", "qrels.tsv:1: no document has the id 'gone'"),
        (CORPUS, QUERIES, "9\tid-card\t1\n", "qrels.tsv:1: no query has the id '9'"),
        (CORPUS, QUERIES, "", "qrels.tsv:1: judges no query"),
        ("", QUERIES, "", "corpus.jsonl:1: is empty"),
    ],
)
def test_an_error_names_file_and_line(
    tmp_path: Path, corpus: str, queries: str, qrels: str, message: str
) -> None:
    with pytest.raises(retrieval.Broken) as caught:
        retrieval.read(_folder(tmp_path, corpus, queries, qrels))
    assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(retrieval.Broken, match=r"corpus\.jsonl: cannot be read"):
        retrieval.read(tmp_path)
