"""A small HTTP/1.1 client for loads on loopback: a full one would cost more than what it measures."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit


class Unanswered(Exception):
    """An answer with another status than 200; the message says which."""


class Connection:
    """One kept-alive connection. One request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, url: str) -> Connection:
        """Connects to the host and port of a URL."""
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    def close(self) -> None:
        """Hangs up."""
        self._writer.close()

    async def post(
        self, path: str, body: bytes, kind: str = "application/json", cookie: str = ""
    ) -> Any:
        """Posts and reads the JSON that is answered. Raises Unanswered."""
        self._write("POST", path, cookie, f"Content-Type: {kind}\r\n", body)
        length = (await self._head()).get(b"content-length", b"0")
        return json.loads(await self._reader.readexactly(int(length)))

    async def events(self, path: str, cookie: str) -> None:
        """Opens an event stream; read it with `event`. Raises Unanswered."""
        self._write("GET", path, cookie)
        await self._head()
        await self._reader.readuntil(b"\n\n")  # when to come back

    async def event(self) -> bytes:
        """The next line that carries data."""
        while True:
            line = await self._reader.readline()
            if line.startswith(b"data:") or not line:
                return line

    def _write(
        self, method: str, path: str, cookie: str, headers: str = "", body: bytes = b""
    ) -> None:
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{headers}"
        if cookie:
            head += f"Cookie: {cookie}\r\n"
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    async def _head(self) -> dict[bytes, bytes]:
        status, *lines = (await self._reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        if status.split()[1] != b"200":
            raise Unanswered(status.decode())
        pairs = (line.partition(b":") for line in lines if line)
        return {name.strip().lower(): value.strip() for name, _, value in pairs}
