"""A body that is too long, whether it says so or not: the same kind answer, and nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import httpx
import pytest

from bot.channels.web.security import MAX_BODY
from tests.web.server import Server

CHUNK: Final = b"a" * 16_384
FORM: Final = "application/x-www-form-urlencoded"
DOORS: Final = [
    ("/", FORM, MAX_BODY),
    ("/chat/say", FORM, MAX_BODY),
    ("/api/v1/ask", "application/json", MAX_BODY),
]


def chunks(size: int) -> Iterator[bytes]:
    """More than `size` bytes; httpx tells no length of what it cannot know."""
    for _ in range(size // len(CHUNK) + 2):
        yield CHUNK


@pytest.mark.parametrize(("path", "kind", "limit"), DOORS)
def test_without_a_length_the_answer_is_the_same(
    server: Server, path: str, kind: str, limit: int
) -> None:
    with httpx.Client(base_url=server.url, headers={"Content-Type": kind}, timeout=60) as client:
        told = client.post(path, content=b"a" * (limit + 1))
        untold = client.post(path, content=chunks(limit))
        assert (told.status_code, untold.status_code) == (413, 413)
        assert told.headers["content-type"] == untold.headers["content-type"]
        assert untold.headers["x-content-type-options"] == "nosniff"
        if kind == FORM:
            assert "太长" in untold.text
            assert _still(told.text) == _still(untold.text)
        else:
            assert told.json() == untold.json()
        assert client.get("/").status_code == 200


def _still(html: str) -> list[str]:
    """The page without what differs from load to load."""
    return [line for line in html.splitlines() if "nonce" not in line]
