"""What Telegram shows of the bot: its commands, and where its updates go."""

from __future__ import annotations

from typing import Final

from telegram import Bot, BotCommand, BotCommandScopeChat

from bot.channels.telegram import webhook
from bot.channels.telegram.parse import WANTED, Me
from bot.settings import Settings
from bot.wording import Wording

COMMANDS: Final = ("start", "help", "complain", "mine", "language")
# Shown only where staff work.
DESK_COMMANDS: Final = ("inbox", *COMMANDS)
# Besides the city's own: the languages of an app in which the menu has its own words.
MENU_LANGUAGES: Final = ("zh", "en")


async def who_am_i(bot: Bot) -> Me:
    """The bot's id and name."""
    user = await bot.get_me()
    return Me(user.id, user.username or "")


async def show_menu(bot: Bot, wording: Wording) -> None:
    """The commands with what they do, in the city's language and in that of the app."""
    await bot.set_my_commands(_commands(wording))
    for language in MENU_LANGUAGES:
        await bot.set_my_commands(_commands(wording.into(language)), language_code=language)


async def show_desk_menu(bot: Bot, wording: Wording, chat: str, *, desk: bool) -> None:
    """The commands of a chat that is a desk; the common ones again for one that was."""
    scope = BotCommandScopeChat(int(chat))
    if desk:
        await bot.set_my_commands(_commands(wording, DESK_COMMANDS), scope=scope)
    else:
        await bot.delete_my_commands(scope=scope)


def _commands(wording: Wording, names: tuple[str, ...] = COMMANDS) -> list[BotCommand]:
    return [BotCommand(name, wording.text(f"telegram.command_{name}")) for name in names]


async def choose_way(bot: Bot, settings: Settings) -> None:
    """Updates by webhook where we have a public address, else by polling; none is dropped."""
    if settings.public_url:
        await bot.set_webhook(
            settings.public_url.rstrip("/") + webhook.PATH,
            secret_token=webhook.secret(settings),
            allowed_updates=WANTED,
            drop_pending_updates=False,
        )
    else:
        await bot.delete_webhook(drop_pending_updates=False)
