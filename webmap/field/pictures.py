"""Looking into photos that came in, and writing them anew: what is served is never what was sent."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

Result = TypeVar("Result")

#: Media type → name of the only reader that is let near it.
_READERS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}

#: Scans of a JPEG at most: each one costs a pass over all pixels, and a few kilobytes hold thousands.
MOST_SCANS = 64

_SCAN = b"\xff\xda"


class PictureError(ValueError):
    """A photo that is none, or too large; the text is one of :data:`geo_grid.field.reasons.REFUSALS`."""


def glance(data: bytes, content_type: str, pixels: int) -> None:
    """Look at the head of a photo; what follows is not decoded.

    Parameters
    ----------
    data : bytes
        The photo as it came.
    content_type : str
        What its sender says it is; nothing else is tried.
    pixels : int
        Width and height at most. They are read from the head, before memory is taken for them.

    Raises
    ------
    PictureError
        ``too_large`` or ``not_a_photo``.
    """
    _looked_into(data, content_type, pixels, lambda _: None)


def rewritten(data: bytes, content_type: str, pixels: int, quality: int) -> bytes:
    """Look into a photo and write it anew, without anything that is no picture.

    Parameters
    ----------
    data : bytes
        The photo as it came.
    content_type : str
        What its sender says it is; nothing else is tried.
    pixels : int
        Width and height at most.
    quality : int
        Of the JPEG that is written, 1 to 95.

    Returns
    -------
    bytes
        A JPEG, upright, without metadata, comments and colour profiles.

    Raises
    ------
    PictureError
        ``too_large`` or ``not_a_photo``.
    """
    return _looked_into(data, content_type, pixels, lambda opened: _written(opened, quality))


def _looked_into(data: bytes, content_type: str, pixels: int, work: Callable[[Image.Image], Result]) -> Result:
    from PIL import Image

    if content_type == "image/jpeg" and data.count(_SCAN) > MOST_SCANS:
        raise PictureError("not_a_photo")
    try:
        with Image.open(BytesIO(data), formats=[_READERS[content_type]]) as opened:
            if max(opened.size) <= pixels:
                return work(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError("too_large") from None
    except Exception:  # noqa: BLE001 - readers of pictures fail in every way there is
        raise PictureError("not_a_photo") from None
    raise PictureError("too_large")


def _written(opened: Image.Image, quality: int) -> bytes:
    from PIL import Image, ImageOps

    with suppress(Exception):  # metadata that cannot be read says nothing, and is no fault of the picture
        ImageOps.exif_transpose(opened, in_place=True)
    picture: Image.Image = opened
    if picture.mode in ("RGBA", "LA", "PA", "P"):
        # what can be seen through is white
        seen = picture.convert("RGBA")
        picture = Image.new("RGB", seen.size, "white")
        picture.paste(seen, mask=seen.getchannel("A"))
    elif picture.mode not in ("RGB", "L"):
        picture = picture.convert("RGB")
    picture.load()
    picture.info = {}  # a comment would be written again
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
