"""Inline mode: `@bot 低保` in any chat gives cards to share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode

from bot.channels.telegram import markup
from bot.channels.telegram.parse import Me
from bot.intake import Intake
from bot.talk import Reply

MAX_CARDS: Final = 5
# Seconds for which Telegram may show the same cards again: a due date changes with the day.
CACHE: Final = 300


@dataclass(frozen=True)
class Card:
    """One guide to share: its name, a line about it, the whole answer, the way to the chat."""

    guide: str
    title: str
    line: str
    text: str
    link: str
    open_label: str


def cards(intake: Intake, me: Me, text: str, at: str) -> list[Card]:
    """The guides that a text may mean, as cards."""
    return [_card(intake, me, guide, at) for guide in intake.suggest(text)[:MAX_CARDS]]


def _card(intake: Intake, me: Me, guide: str, at: str) -> Card:
    book, wording = intake.book, intake.wording
    card = book.card(guide, {}, at)
    params = {"card": card, "about": book.about(), "link": me.link}
    whole = "\n\n".join(m.text for m in wording.messages(Reply("ask.card", params)))
    if markup.units(whole) > markup.LIMIT:
        whole = wording.text("telegram.group_card", **params)
    return Card(
        guide=guide,
        title=card["name"],
        line=" ".join(card["summary"]),
        text=whole,
        link=f"{me.link}?start=guide_{guide}",
        open_label=wording.text("telegram.open_private"),
    )


async def answer(bot: Bot, query: str, found: list[Card]) -> None:
    """Shows the cards to whoever typed."""
    await bot.answer_inline_query(query, [_article(card) for card in found], cache_time=CACHE)


def _article(card: Card) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(
        id=card.guide,
        title=card.title,
        description=card.line,
        input_message_content=InputTextMessageContent(
            markup.escape(card.text),
            parse_mode=ParseMode.HTML,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        ),
        reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton(card.open_label, url=card.link)]]),
    )
