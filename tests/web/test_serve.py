"""`doorstep serve` as operators use it: ready, restarted, killed, stopped with streams open."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.web.page import Page
from tests.web.server import Server

QUESTION = "怎么领结婚证"
# Five seconds are promised; a loaded machine may be late with anything.
PATIENCE = 15


async def said(client: httpx.AsyncClient, text: str) -> None:
    inputs = Page((await client.get("/")).text).inputs
    sent = {"token": inputs["token"], "message": inputs["message"], "text": text}
    assert (await client.post("/", data=sent)).status_code == 303


async def test_a_conversation_survives_a_kill_and_a_restart(tmp_path: Path) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        with Server(tmp_path) as server:
            client.base_url = httpx.URL(server.url)
            await said(client, QUESTION)
            server.kill()
        with Server(tmp_path) as server:
            client.base_url = httpx.URL(server.url)
            assert "领结婚证、补结婚证" in (await client.get("/")).text
            await said(client, "那要多少钱")
            assert "多少钱</h3>" in (await client.get("/")).text


async def test_sigterm_waits_for_no_stream_and_exits_0(tmp_path: Path) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        with Server(tmp_path) as server:
            client.base_url = httpx.URL(server.url)
            await said(client, QUESTION)
            async with client.stream("GET", "/chat/events?after=0") as stream:
                lines = stream.aiter_lines()
                await anext(lines)
                begun = time.monotonic()
                stopping = asyncio.to_thread(server.stop)
                code, rest = await asyncio.gather(stopping, _drained(lines))
            assert code == 0
            assert time.monotonic() - begun < PATIENCE
            assert QUESTION in rest
            assert "Traceback" not in server.said()
            # Everything lies in the one file that an operator copies.
            assert not (tmp_path / "doorstep.db-wal").exists()


async def _drained(lines: AsyncIterator[str]) -> str:
    found = []
    with suppress(httpx.RemoteProtocolError):  # cut, not ended: browsers open it again
        async for line in lines:
            found.append(line)
    return "\n".join(found)


async def test_what_was_begun_is_finished(tmp_path: Path) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        with Server(tmp_path, DOORSTEP_RATE_ADDRESS="60000") as server:
            client.base_url = httpx.URL(server.url)
            asked = [
                asyncio.create_task(client.post("/api/v1/ask", json={"text": QUESTION}))
                for _ in range(20)
            ]
            while not any(task.done() for task in asked):
                await asyncio.sleep(0.001)
            code = await asyncio.to_thread(server.stop)
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert code == 0
            # Who was let in is answered whole; who came too late hears so at once.
            done = [a for a in answers if isinstance(a, httpx.Response)]
            assert done
            assert all(a.status_code == 200 and a.json()["text"] for a in done)


async def test_a_port_in_use_gets_a_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        server = Server(tmp_path)
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bot.cli", "serve", "--port", port, "--data", str(server.data)],
            capture_output=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    assert f"127.0.0.1:{port} is in use" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


async def test_the_city_is_loaded_anew_while_serving(tmp_path: Path) -> None:
    import shutil

    harbour = Path(__file__).parent.parent / "cities" / "harbour"
    city = Path(shutil.copytree(harbour, tmp_path / "harbour"))
    (tmp_path / "data").mkdir()
    with Server(tmp_path / "data", "--city", str(city)) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
            index = (await client.get("/guides")).text
            assert '<html lang="en"' in index
            guide = next((city / "services").glob("*.yaml"))
            text = guide.read_text("utf-8")
            name = next(
                line.partition(": ")[2] for line in text.splitlines() if "plain_name" in line
            )
            guide.write_text(text.replace(f"plain_name: {name}", "plain_name: Renamed thing"))
            async with asyncio.timeout(60):
                while "Renamed thing" not in (await client.get("/guides")).text:
                    await asyncio.sleep(0.2)
        assert server.stop() == 0


async def test_an_interrupt_from_the_keyboard_is_a_stop_too(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(server.process.wait, 30) == 0
        server.stop()


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--host", "no.such.host.invalid"]])
async def test_a_wrong_address_gets_a_clear_error(tmp_path: Path, arguments: list[str]) -> None:
    server = Server(tmp_path)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bot.cli", "serve", "--data", str(server.data), *arguments],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (1, 2)
    assert arguments[0] in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
