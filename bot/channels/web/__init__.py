"""The web channel: chat page, guide pages, JSON API and widget, in one application."""
