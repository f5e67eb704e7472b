"""Somebody else's website on loopback: one page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        return


class Host:
    """`url` is the page that `write` puts there."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self.url = folder, f"http://127.0.0.1:{port}"

    def write(self, html: str) -> None:
        (self._folder / "index.html").write_text(f"<!doctype html>{html}", "utf-8")


@contextmanager
def hosted(folder: Path) -> Iterator[Host]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Host(folder, server.server_port)
        server.shutdown()
        thread.join()
