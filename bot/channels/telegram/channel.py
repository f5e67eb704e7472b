"""The Telegram channel as a whole: receives, delivers, tells how it is, ends in good order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from starlette.routing import Route

from bot.channels.delivery import Delivery, pause
from bot.channels.telegram import inline, profile, webhook
from bot.channels.telegram.api import Api, asked_to_wait, trouble
from bot.channels.telegram.files import Files
from bot.channels.telegram.parse import CHANNEL, Me, Queried, number
from bot.channels.telegram.receive import Receiver
from bot.channels.telegram.send import Sender
from bot.settings import Settings, SettingsError
from bot.store import Store
from bot.store.desks import Desks
from bot.store.outbox import Outbox
from bot.talk import Json
from bot.wording import Wording
from bot.worker import Worker

T = TypeVar("T")

# Seconds for what was begun when we are told to stop: first the turns, then their replies.
LAST_TURNS: Final = 2.0
LAST_REPLIES: Final = 2.0
# Telegram itself forgets an update after a day.
REMEMBER: Final = timedelta(days=2)
TIDY: Final = 3600.0
# A long poll that found nothing takes longer than so many seconds.
NO_WAIT: Final = 0.2
# Seconds without a poll that came back, beyond a long poll, before that is an alarm.
SILENT: Final = 90.0

log = logging.getLogger(__name__)


class Telegram:
    """One bot. Nothing is acknowledged before it is stored, nothing sent before it is committed."""

    def __init__(
        self,
        settings: Settings,
        worker: Worker,
        store: Store,
        wording: Callable[[], Wording],
        now: Callable[[], datetime],
    ) -> None:
        """Raises SettingsError for a token that cannot be one."""
        bot_id = settings.telegram_token.partition(":")[0]
        if not (bot_id.isascii() and bot_id.isdigit()):
            raise SettingsError(
                "DOORSTEP_TELEGRAM_TOKEN: is no token; copy it from @BotFather, as in 123:ABC"
            )
        self._settings, self._worker, self._wording, self._now = settings, worker, wording, now
        self._api = Api(settings.telegram_token, settings.telegram_api_base)
        self._outbox, self._desks = Outbox(store, CHANNEL), Desks(store)
        self._me: Me | None = None
        self._heard_at: float | None = None
        self._trouble: str | None = None
        self._receiver = Receiver(
            store, f"{CHANNEL}:{bot_id}", worker, now, self._answer_tap, self._answer_query,
            Files(self._api, settings.data, store), self._show_desk,
        )  # fmt: skip
        self._delivery = Delivery(CHANNEL, Sender(self._api.bot), worker, store, now)

    async def _named(self, me: Me) -> None:
        """Keeps the bot's name, for links that others make."""
        try:
            await self._worker.write(lambda store: Desks(store).name_bot(CHANNEL, me.username))
        except Exception as error:  # the bot serves without it; the next start tries again
            log.warning("the bot's name was not kept: %s", type(error).__name__)

    def routes(self) -> list[Route]:
        """The webhook; empty when polling."""
        if not self._settings.public_url:
            return []
        return [webhook.route(self._settings, self._receiver, self._heard)]

    async def run(self) -> None:
        """Serves until cancelled, then finishes what was begun within five seconds.

        A Bot API that cannot be reached at the start is waited for.
        """
        try:
            self._me = await self._insisting(lambda: profile.who_am_i(self._api.bot))
            await self._insisting(lambda: profile.choose_way(self._api.bot, self._settings))
            await self._named(self._me)
            self._receiver.start(self._me)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._delivery.run())
                group.create_task(self._tidy())
                group.create_task(self._menu())
                if not self._settings.public_url:
                    group.create_task(self._poll())
        finally:
            await self._receiver.close(LAST_TURNS)
            await self._delivery.close(LAST_REPLIES)
            await self._api.close()

    def health(self) -> dict[str, Json]:
        """Ages in seconds, None where there is nothing; alarms are sentences for the operator."""
        heard = None if self._heard_at is None else time.monotonic() - self._heard_at
        updates = self._receiver.updates
        alarms = [self._trouble] if self._trouble else []
        if aside := updates.count_aside():
            alarms.append(f"{aside} update(s) were set aside; see docs/telegram.md")
        if failed := self._outbox.count_failed():
            alarms.append(f"{failed} repl(ies) were refused or given up; see docs/telegram.md")
        if not self._settings.public_url and heard is not None and heard > SILENT:
            alarms.append("no poll came back for a long time")
        return {
            "way": "webhook" if self._settings.public_url else "polling",
            "last_poll_age": heard,
            "oldest_update_age": self._age(updates.oldest_undone()),
            "oldest_outbox_age": self._age(self._outbox.oldest_waiting()),
            "alarms": alarms,
        }

    def _age(self, at: str | None) -> float | None:
        return None if at is None else (self._now() - datetime.fromisoformat(at)).total_seconds()

    def _heard(self) -> None:
        self._heard_at, self._trouble = time.monotonic(), None

    async def _insisting(self, call: Callable[[], Awaitable[T]]) -> T:
        """Calls until it succeeds."""
        attempt = 0
        while True:
            try:
                result = await call()
            except Exception as error:
                await self._rest(error, attempt)
                attempt += 1
            else:
                self._trouble = None
                return result

    async def _rest(self, error: Exception, attempt: int) -> None:
        """After a failed call: tells the operator once, and waits."""
        said = trouble(error)
        if said != self._trouble:
            log.error("%s", said)
            self._trouble = said
        await asyncio.sleep(max(asked_to_wait(error), pause(attempt)))

    async def _poll(self) -> None:
        """Fetches, stores, and only then acknowledges, which the next call does."""
        offset: int | None = None
        attempt = 0
        while True:
            if self._receiver.backlog >= webhook.FULL:
                await asyncio.sleep(0.2)  # they are safe where they are
                continue
            asked_at = time.monotonic()
            try:
                raw = await self._api.updates(offset)
                await self._receiver.keep(raw)
            except Exception as error:
                await self._rest(error, attempt)
                attempt += 1
                continue
            self._heard()
            numbers = [n for one in raw if (n := number(one)) is not None]
            if raw and not numbers:  # nothing to acknowledge them by: they will come again
                await asyncio.sleep(pause(attempt))
                attempt += 1
                continue
            attempt = 0
            if not raw and time.monotonic() - asked_at < NO_WAIT:
                await asyncio.sleep(NO_WAIT)  # a server that knows no long polls
            # After an empty answer all is acknowledged; without an offset a new series of
            # numbers, which Telegram may begin after a quiet week, is not missed.
            offset = max(numbers) + 1 if numbers else None

    async def _tidy(self) -> None:
        while True:
            before = (self._now() - REMEMBER).isoformat(timespec="seconds")
            try:
                await self._worker.write(lambda _: self._receiver.updates.forget(before))  # noqa: B023
            except Exception as error:
                log.error("tidying failed: %s", type(error).__name__)
            await asyncio.sleep(TIDY)

    async def _menu(self) -> None:
        try:
            await profile.show_menu(self._api.bot, self._wording())
        except Exception as error:  # the bot serves without it; the next start tries again
            log.warning("the menu could not be shown: %s", type(error).__name__)
        for chat in await asyncio.to_thread(self._desks.chats, CHANNEL):
            await self._show_desk(chat)

    async def _show_desk(self, chat: str) -> None:
        """The menu of a chat that is a desk, or was one."""
        try:
            desk = await asyncio.to_thread(self._desks.chat, CHANNEL, chat) is not None
            await profile.show_desk_menu(self._api.bot, self._wording(), chat, desk=desk)
        except Exception as error:
            log.info("the menu of a desk could not be shown: %s", type(error).__name__)

    async def _answer_tap(self, callback: str) -> None:
        """Ends the waiting sign on a button. One too old to be answered waits no longer anyway."""
        try:
            await self._api.bot.answer_callback_query(callback)
        except Exception as error:
            log.info("a tap was not answered: %s", type(error).__name__)

    async def _answer_query(self, query: Queried) -> None:
        """Best effort: who still wants it types on, and asks again thereby."""
        me, at = self._me, self._now().isoformat(timespec="seconds")
        assert me is not None
        try:
            found = await self._worker.consult(
                lambda intake: inline.cards(intake, me, query.text, at)
            )
            await inline.answer(self._api.bot, query.id, found)
        except Exception as error:
            log.info("an inline query was not answered: %s", type(error).__name__)
