"""A guide as linked data: schema.org GovernmentService, and CPSV-AP 3 for public services."""

from __future__ import annotations

import json
from typing import Any, Final

from bot.book import Book
from bot.guide import Guide, Unit
from bot.talk import Json

_CONTEXT: Final = {
    "@vocab": "https://schema.org/",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
_DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
# ISO 8601 knows no working days: they are told in words only.
_DURATIONS: Final = {Unit.days: "P{}D", Unit.hours: "PT{}H", Unit.minutes: "PT{}M"}


def script(book: Book, guide: Guide, card: Json, url: str) -> str:
    """The data as the content of a script element: nothing in it can end that element."""
    text = json.dumps(graph(book, guide, card, url), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def graph(book: Book, guide: Guide, card: Json, url: str) -> dict[str, Any]:
    """One service in both vocabularies."""
    return {
        "@context": _CONTEXT,
        "@graph": [_schema(book, guide, card, url), _cpsv(book, guide, card, url)],
    }


def _schema(book: Book, guide: Guide, card: Json, url: str) -> dict[str, Any]:
    return {
        "@type": "GovernmentService",
        "@id": f"{url}#service",
        "url": url,
        "name": card["name"],
        "alternateName": [card["official_name"], *guide.says],
        "description": " ".join(card["summary"]),
        "inLanguage": book.city.about.language,
        "serviceType": book.city.about.topics[guide.topic],
        "areaServed": {"@type": "City", "name": card["city"]},
        "audience": {"@type": "Audience", "audienceType": card["who"]},
        "provider": {
            "@type": "GovernmentOrganization",
            "name": card["authority"],
            "telephone": card["enquiry_phone"],
        },
        "serviceOutput": {"@type": "Thing", "name": card["result"]["name"]},
        "isAccessibleForFree": not card["fees"],
        "availableChannel": [_channel(place, card) for place in card["places"]],
        "dateModified": card["reviewed_on"],
    }


def _channel(place: Json, card: Json) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "ServiceChannel",
        "servicePhone": {
            "@type": "ContactPoint",
            "telephone": place["phone"] or card["enquiry_phone"],
        },
    }
    hours = [
        f"{_DAYS[one['days'][0]]}-{_DAYS[one['days'][1]]} {times}"
        for one in place["hours"]
        for times in one["times"]
    ]
    halls = place.get("halls") or [place]
    found["serviceLocation"] = [
        {
            "@type": "GovernmentOffice",
            "name": one["name"],
            "openingHours": hours,
            **({"address": one["address"]} if one["address"] else {}),
        }
        for one in halls
    ]
    return found


def _cpsv(book: Book, guide: Guide, card: Json, url: str) -> dict[str, Any]:
    time = _DURATIONS.get(guide.promised_time.unit)
    return {
        "@type": "cpsv:PublicService",
        "@id": url,
        "dct:identifier": guide.id,
        "dct:title": card["official_name"],
        "dct:description": " ".join(card["summary"]),
        "dct:language": book.city.about.language,
        "skos:altLabel": card["name"],
        "cv:hasCompetentAuthority": {
            "@type": "cv:PublicOrganisation",
            "skos:prefLabel": card["authority"],
        },
        "cpsv:hasInput": [
            {
                "@type": "cv:Evidence",
                "dct:identifier": material["id"],
                "dct:title": material["name"],
                **({"dct:description": material["when"]} if material["when"] else {}),
            }
            for material in card["materials"]
        ],
        "cpsv:produces": {"@type": "cv:Output", "dct:title": card["result"]["name"]},
        "cv:hasCost": [
            {
                "@type": "cv:Cost",
                "dct:title": fee["name"],
                **(
                    {"cv:value": fee["amount"]}
                    if fee["amount"] is not None
                    else {"dct:description": fee["text"]}
                ),
            }
            for fee in card["fees"]
        ],
        "cv:hasContactPoint": {"@type": "cv:ContactPoint", "telephone": card["enquiry_phone"]},
        "cv:hasLegalResource": [
            {"@type": "eli:LegalResource", "dct:title": f"{law['law']}{law['article'] or ''}"}
            for law in card["legal_basis"]
        ],
        **({"cv:processingTime": time.format(guide.promised_time.value)} if time else {}),
    }
