"""Open311 GeoReport v2: other systems read the services, and file and follow complaints."""

from bot.channels.open311.routes import CHANNEL, router

__all__ = ["CHANNEL", "router"]
