"""Doorstep's machinery. Knows no city and no wording."""

__version__ = "0.1.0"
