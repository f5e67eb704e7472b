"""Logging what went wrong, so that it can be followed to its end."""
