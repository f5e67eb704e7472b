"""Pictures and papers to send: real ones, and such as pretend to be."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from PIL import Image

from bot.attachments import MAX_SIZE

MARK = b"SECRET-PLACE"


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    found = BytesIO()
    image.save(found, kind, **options)
    return found.getvalue()


def located() -> bytes:
    """A photo that knows where it was taken, held sideways."""
    exif = Image.Exif()
    exif[0x010E] = MARK.decode()
    exif[0x0112] = 6  # to be turned by a quarter
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (120.0, 9.0, 0.0)})
    return picture("JPEG", exif=exif)


def archive() -> bytes:
    found = BytesIO()
    with zipfile.ZipFile(found, "w") as file:
        file.writestr("evil.txt", MARK.decode())
    return found.getvalue()


PNG = picture()
JPEG = picture("JPEG")
WEBP = picture("WEBP")
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"
HTML = b"<script>alert(1)</script>" + MARK
# What it must not be kept for, by its code.
UNUSABLE = {
    "empty picture": (b"\xff\xd8\xff", "media_type"),
    "html": (HTML, "media_type"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "media_type"),
    "program": (b"MZ\x90\x00" + b"\0" * 100, "media_type"),
    "elf": (b"\x7fELF" + b"\0" * 100, "media_type"),
    "gif": (picture("GIF"), "media_type"),
    "archive": (archive(), "media_type"),
    "html called a jpeg": (b"\xff\xd8\xff" + HTML, "media_type"),
    "html called a png": (b"\x89PNG\r\n\x1a\n" + HTML, "media_type"),
    "truncated png": (PNG[: len(PNG) // 2], "media_type"),
    "truncated jpeg": (JPEG[: len(JPEG) // 2], "media_type"),
    "pdf with an archive behind it": (PDF + archive(), "media_type"),
    "pdf that never ends": (b"%PDF-1.7\n" + b"x" * 100, "media_type"),
    "pixels without end": (picture(size=(10_000, 6_000)), "too_large"),
    "huge": (b"\xff\xd8\xff" + b"x" * MAX_SIZE, "too_large"),
}
# Two kinds at once: shown as a picture, run as something else.
POLYGLOT = {
    "picture and archive": PNG + archive(),
    "picture and page": JPEG + HTML,
    "picture with a page as its comment": picture("JPEG", comment=HTML),
}
