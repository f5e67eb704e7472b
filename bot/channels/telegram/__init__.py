"""Telegram: updates kept before they are acknowledged, replies from the outbox."""

from bot.channels.telegram.channel import Telegram

__all__ = ["Telegram"]
