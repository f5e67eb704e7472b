"""The two formats of GeoReport v2: JSON, and XML with its element names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree import ElementTree

from starlette.responses import JSONResponse, Response

# The element of each list's items.
ITEMS: Final = {"services": "service", "service_requests": "request", "errors": "error"}


def answer(name: str, items: Sequence[Mapping[str, Any]], form: str, status: int = 200) -> Response:
    """A list of items; `form` is json or xml."""
    if form == "json":
        return JSONResponse(list(items), status)
    root = ElementTree.Element(name)
    for item in items:
        element = ElementTree.SubElement(root, ITEMS[name])
        for key, value in item.items():
            ElementTree.SubElement(element, key).text = _text(value)
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, status, media_type="text/xml; charset=utf-8")


def error(code: int, description: str, form: str) -> Response:
    """An error, told as GeoReport v2 does."""
    return answer("errors", [{"code": code, "description": description}], form, code)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    # XML has no way to say control characters.
    return "".join(c for c in str(value) if c >= " " or c in "\n\t")
