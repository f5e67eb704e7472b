"""One repository of queries; SQLite by default."""

from bot.store.sqlite import Store

__all__ = ["Store"]
