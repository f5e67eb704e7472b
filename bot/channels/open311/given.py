"""What another system gives for a new request: the standard's fields made a complaint."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot import privacy
from bot.book import Book
from bot.text import clean
from bot.wording import Wording

# Characters of a description, and of an address or contact.
LONGEST: Final = 4000
LINE: Final = 200
# Characters of a link; it is told to staff as text, and nobody here opens it.
LINK: Final = 500
_LINK: Final = re.compile(r"https?://[^\s<>\"'`\\]+", re.IGNORECASE)
# Fields beside the complaint itself, which stand in its history.
GIVEN: Final = ("lat", "long", "media_url")


@dataclass(frozen=True)
class Refused(Exception):
    """Why a request was not done: HTTP status and a sentence."""

    status: int
    description: str


def read(fields: Mapping[str, str], book: Book, wording: Wording, at: str) -> dict[str, Any]:
    """A complaint from the standard's fields. Raises Refused.

    A point without an address is told as the hall that is nearest to it.
    """
    guide = book.city.guides.get(fields.get("service_code", ""))
    if guide is None:
        raise Refused(400, "service_code is missing or unknown; see services")
    text = privacy.mask(clean(fields.get("description", ""))).strip()
    if not text or len(text) > LONGEST:
        raise Refused(400, f"description is missing or longer than {LONGEST} characters")
    given: dict[str, Any] = {**_point(fields), **_media(fields)}
    if link := given.get("media_url"):
        text = f"{text}\n{link}"
    place = privacy.mask(clean(fields.get("address_string", "")))[:LINE]
    if not place and "lat" in given:
        hall = book.nearest_hall(given["lat"], given["long"], at)
        place = wording.text("staff.near", hall=hall, lat=given["lat"], long=given["long"]).strip()
    contact = ", ".join(filter(None, (fields.get("phone", ""), fields.get("email", ""))))[:LINE]
    told = {"text": text, "guide": guide.id, "suggested": guide.authority.organisation}
    more = (("place_name", place), ("contact", contact), ("given", given))
    return told | {name: value for name, value in more if value}


def _point(fields: Mapping[str, str]) -> dict[str, float]:
    """Degrees, WGS 84; empty if none were given."""
    said = fields.get("lat", ""), fields.get("long", "")
    if said == ("", ""):
        return {}
    try:
        lat, long = map(float, said)
    except ValueError:
        raise Refused(400, "give lat and long, both in degrees like 43.8171") from None
    if not (math.isfinite(lat) and abs(lat) <= 90 and math.isfinite(long) and abs(long) <= 180):
        raise Refused(400, "lat must lie between -90 and 90, long between -180 and 180")
    return {"lat": lat, "long": long}


def _media(fields: Mapping[str, str]) -> dict[str, str]:
    link = fields.get("media_url", "")
    if not link:
        return {}
    if len(link) > LINK or not _LINK.fullmatch(link):
        raise Refused(400, f"media_url must be a http or https address, up to {LINK} characters")
    return {"media_url": privacy.mask(link)}
