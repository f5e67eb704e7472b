"""Sends one reply: escaped, in parts that fit, with buttons, or in the place of an earlier one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.channels.telegram import markup
from bot.channels.telegram.api import translated
from bot.store.outbox import Outgoing

# A card's link to the private chat needs no picture of it.
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Sender:
    """The transport of delivery."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(
        self, reply: Outgoing, gone: Callable[[tuple[str, ...]], Awaitable[None]]
    ) -> tuple[str, ...]:
        """Sends or edits; see `Transport`."""
        parts = markup.parts(reply.text)
        if reply.replaces and len(parts) == 1:
            with translated():
                if await self._edit(reply, parts[0]):
                    return (reply.replaces,)
        remote = reply.remote
        for index in range(len(remote), len(parts)):
            if index:
                await gone(remote)
            last = index == len(parts) - 1
            with translated():
                sent = await self._bot.send_message(
                    chat_id=int(reply.address),
                    text=markup.escape(parts[index]),
                    parse_mode=ParseMode.HTML,
                    reply_markup=_keyboard(reply) if last else None,
                    link_preview_options=_NO_PREVIEW,
                    reply_parameters=None if index else _answered(reply),
                )
            remote = (*remote, str(sent.message_id))
        return remote

    async def _edit(self, reply: Outgoing, text: str) -> bool:
        """Whether the earlier message shows the reply now; it may be too old, or deleted."""
        try:
            await self._bot.edit_message_text(
                chat_id=int(reply.address),
                message_id=int(reply.replaces or 0),
                text=markup.escape(text),
                parse_mode=ParseMode.HTML,
                reply_markup=_keyboard(reply),
                link_preview_options=_NO_PREVIEW,
            )
        except BadRequest as error:
            return "not modified" in error.message.lower()
        return True


def _keyboard(reply: Outgoing) -> InlineKeyboardMarkup | None:
    rows = markup.buttons(reply.id, reply.choices)
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data)] for label, data in rows]
    )


def _answered(reply: Outgoing) -> ReplyParameters | None:
    """In a group it must be clear who is answered; groups have negative ids."""
    if not reply.address.startswith("-") or not (reply.answers or "").isdigit():
        return None
    # Somebody may have deleted the question in the meantime.
    return ReplyParameters(int(reply.answers or 0), allow_sending_without_reply=True)
