"""Pictures drawn anew: what is to be seen, without place, camera or anything hidden behind it."""

from __future__ import annotations

import threading
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

# Pixels of the longer side that are kept: a form that fills the picture can still be read.
SIDE: Final = 4096
# A picture of more pixels may be small as a file and fill the memory when it is read.
MAX_PIXELS: Final = 50_000_000
QUALITY: Final = 88
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
# One at a time: a large one takes some 150 MB while it is read.
_turn = threading.Lock()


class UnreadableError(ValueError):
    """No picture that we can read."""


class TooManyPixelsError(ValueError):
    """A picture too large to be read."""


def redrawn(data: bytes) -> bytes:
    """The picture as a JPEG of its own: upright, at most SIDE long, its pixels and nothing else.

    Raises UnreadableError, TooManyPixelsError.
    """
    from PIL import Image  # noqa: PLC0415 - most processes never see a picture

    with _turn:
        try:
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise TooManyPixelsError(f"{image.width} x {image.height}")
                return _drawn(image)
        except (TooManyPixelsError, Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise TooManyPixelsError(f"at most {MAX_PIXELS} pixels") from None
        except Exception as error:  # a decoder given arbitrary bytes raises whatever it likes
            raise UnreadableError(type(error).__name__) from error


def _drawn(image: Image.Image) -> bytes:
    from PIL import Image, ImageOps  # noqa: PLC0415

    image.draft("RGB", (SIDE, SIDE))  # a large JPEG is read at a fraction of its size at once
    image.thumbnail((SIDE, SIDE))
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright)
    drawn = BytesIO()
    plain = Image.new("RGB", upright.size)
    plain.paste(upright.convert("RGB"))
    plain.save(drawn, "JPEG", quality=QUALITY)
    return drawn.getvalue()
