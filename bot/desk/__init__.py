"""The desk: performs what conversations request and what staff decide, in the caller's transaction.

`staff` holds one function an action of staff, `citizen` one an action of citizens, `topics`
gathers many complaints on one matter, `clockwork` acts when a clock runs out.
"""

from bot.desk.core import Desk

__all__ = ["Desk"]
