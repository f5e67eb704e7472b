"""A real `doorstep serve` on loopback, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from tests.conftest import INDEX


class Server:
    """Started with `with`; `url` is where it serves. Start it again on the same data to restart."""

    def __init__(self, data: Path, *arguments: str, **environment: str) -> None:
        self.data, self.arguments, self.environment = data, arguments, environment
        # The words-only index is prepared once for all tests.
        if not (data / "index").exists() and "--city" not in arguments:
            shutil.copytree(
                INDEX / "index",
                data / "index",
                ignore=shutil.ignore_patterns("*meaning*", "vectors*"),
            )

    def start(self) -> Server:
        self.log = (self.data / "serve.log").open("ab")
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "bot.cli", "serve", "--port", "0",
                "--data", str(self.data), *self.arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=self.log,
            env={**os.environ, "DOORSTEP_SEMANTIC": "off", **self.environment},
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready http://"), (self.data / "serve.log").read_text("utf-8")
        self.url = line.removeprefix("ready ").strip()
        return self

    def stop(self) -> int:
        """SIGTERM; the exit code. Raises if it takes longer than anybody should wait."""
        self.process.terminate()
        code = self.process.wait(30)
        self._closed()
        return code

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)
        self._closed()

    def _closed(self) -> None:
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()

    def said(self) -> str:
        """What it wrote on standard error."""
        return (self.data / "serve.log").read_text("utf-8")

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.kill()
