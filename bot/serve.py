"""Serves every channel from one process: one event loop, one writer, the city as it is now."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from types import FrameType
from typing import Any, Final, Protocol

import uvicorn
from starlette.routing import BaseRoute

from bot import app as apps
from bot import timers
from bot.app import App
from bot.channels import open311, staff
from bot.channels.web.factory import application
from bot.channels.web.hub import Hub
from bot.channels.web.limits import Limits
from bot.channels.web.site import Site
from bot.match.meant import Meant
from bot.match.suggest import suggest
from bot.settings import Settings, SettingsError
from bot.store import Store
from bot.talk import Json
from bot.watch import PAUSE, Watched
from bot.worker import Worker

# Seconds that answers get to finish; the whole stop takes less than five.
GRACE: Final = 3

log = logging.getLogger(__name__)


class Channel(Protocol):
    """A channel beside the web: it runs until cancelled, and may have routes of its own."""

    async def run(self) -> None:
        """Serves until cancelled."""
        ...

    def health(self) -> dict[str, Json]:
        """How it is, for /healthz."""
        ...

    def routes(self) -> Sequence[BaseRoute]:
        """What it wants to be called with over HTTP."""
        ...


def run(settings: Settings, app: App, listener: socket.socket, say: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT; then finishes what was begun.

    Says `ready http://...` once it serves. Does not return: it ends the process.
    """
    with asyncio.Runner() as runner:
        runner.run(_serve(settings, app, listener, say))
        # Only idle event streams are left, and browsers open theirs again by themselves. To end
        # 10,000 of them one by one takes 5 to 10 s; the kernel closes them at once.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def listening(host: str, port: int) -> socket.socket:
    """A socket to serve on. Raises SettingsError if the port cannot be had.

    To be had first: whoever must name another port shall not wait for an index before. It is only
    bound, so that callers are refused, and not kept waiting, until we serve.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms more for every answer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "is in use; stop what uses it, or name another one with --port"
        else:
            reason = f"cannot be had: {error.strerror or error}; see --host and --port"
        raise SettingsError(f"{host}:{port} {reason}") from error
    listener.setblocking(False)
    return listener


async def _serve(
    settings: Settings, app: App, listener: socket.socket, say: Callable[[str], None]
) -> None:
    watched = Watched(app, log.warning)
    async with _worker(watched) as worker:
        # A second connection: pages are read while the writer waits for its disk. And a third one
        # for staff, so that citizens need not wait for figures over every case.
        with closing(apps.open_store(settings)) as store, closing(apps.open_store(settings)) as own:
            await _with_channels(settings, watched, worker, store, own, listener, say)


@asynccontextmanager
async def _worker(watched: Watched) -> AsyncIterator[Worker]:
    worker = Worker(lambda: watched.app.intake, watched.app.intake.store)
    try:
        yield worker
    finally:
        await worker.close()
        watched.app.intake.store.close()  # which folds its journal into the one file


async def _with_channels(
    settings: Settings,
    watched: Watched,
    worker: Worker,
    store: Store,
    staff_store: Store,
    listener: socket.socket,
    say: Callable[[str], None],
) -> None:
    site = _site(settings, watched, worker, store)
    channels = _channels(settings, watched, worker, site.now)
    tasks: list[asyncio.Task[None]] = []

    def stop() -> None:
        """Every channel finishes what it has begun at the same time, not one after another."""
        for task in tasks:
            task.cancel()

    def health() -> Json:
        return {name: channel.health() for name, channel in channels.items()}

    routes = [route for channel in channels.values() for route in channel.routes()]
    routers = [staff.router(replace(site, store=staff_store)), open311.router(site)]
    server = _Server(
        uvicorn.Config(
            application(site, routers, routes, health),
            log_level="warning",
            access_log=False,  # addresses and questions of citizens are nobody's business
            lifespan="off",
            server_header=False,
        ),
        say,
        stop,
        lambda: site.hub.open,
    )
    tasks += [_background(site.hub.run()), _background(_watch(watched))]
    tasks += [_background(channel.run()) for channel in channels.values()]
    tasks.append(_background(timers.run(worker, lambda: watched.app.intake.desk, site.now)))
    try:
        await server.serve([listener])
    finally:
        stop()
        await asyncio.gather(*tasks, return_exceptions=True)
        site.hub.close()
        await site.hub.flush()


def _site(settings: Settings, watched: Watched, worker: Worker, store: Store) -> Site:
    def now() -> datetime:
        return watched.app.now()

    def suggested(text: str, limit: int) -> list[str]:
        return suggest(watched.app.reader.matcher, text, limit)

    return Site(
        settings=settings,
        worker=worker,
        store=store,
        intake=lambda: watched.app.intake,
        suggest=suggested,
        meant=Meant(lambda: watched.app.reader.matcher),
        now=now,
        hub=Hub(worker, store, lambda: now().isoformat(timespec="seconds")),
        limits=Limits(settings.rate_session, settings.rate_address),
        folders=(staff.TEMPLATES,),
    )


def _channels(
    settings: Settings, watched: Watched, worker: Worker, now: Callable[[], datetime]
) -> dict[str, Channel]:
    """The channels beside the web that the settings turn on."""
    if not settings.telegram_token:
        return {}
    # Imported only where it is used: the library behind it takes most of a second.
    telegram = import_module("bot.channels.telegram")
    channel: Channel = telegram.Telegram(
        settings,
        worker,
        watched.app.intake.store,
        lambda: watched.app.intake.wording,
        now,
    )
    return {"telegram": channel}


def _background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Runs beside the server; a failure is told, and the rest goes on."""
    task = asyncio.create_task(work)

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            log.error("a channel stopped: %s", error, exc_info=error)

    task.add_done_callback(ended)
    return task


async def _watch(watched: Watched) -> None:
    """Loads the city anew when its files change; off the loop, for that takes a while."""
    while True:
        await asyncio.sleep(PAUSE)
        await asyncio.to_thread(watched.intake)


class _Server(uvicorn.Server):
    """Says when it serves, and stops when the answers are given, whatever streams are open."""

    def __init__(
        self,
        config: uvicorn.Config,
        say: Callable[[str], None],
        stop: Callable[[], None],
        streams: Callable[[], int],
    ) -> None:
        super().__init__(config)
        self._say, self._stop, self._streams = say, stop, streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            self._say(f"ready http://{f'[{host}]' if ':' in host else host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Not the inherited way: it would wait for the streams, which never end.
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                while self._unfinished() and not self.force_exit:
                    await asyncio.sleep(0.02)

    def _unfinished(self) -> bool:
        """Whether anybody but the streams still waits for an answer, or for its last bytes."""
        state = self.server_state
        return max(len(state.connections), len(state.tasks)) > self._streams()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not the inherited way: it would raise the signal again once all is done, and a stop
        # that was asked for is no failure.
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True
        asyncio.get_running_loop().call_soon_threadsafe(self._stop)
