"""Photos in parts, so that an interrupted upload goes on where it stopped: the arithmetic, and what is refused."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from geo_grid.field.policy import FieldSettings

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEADS = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/webp": (b"RIFF",),
}

#: What photos may be.
CONTENT_TYPES = tuple(_HEADS)


class Chunk(NamedTuple):
    """One part of a photo.

    Parameters
    ----------
    offset : int
        First byte.
    length : int
        Bytes.
    """

    offset: int
    length: int


def chunk_plan(size: int, chunk_bytes: int, received: int = 0) -> list[Chunk]:
    """Return what is still to be sent of a photo.

    Parameters
    ----------
    size : int
        Bytes of the photo.
    chunk_bytes : int
        Bytes of a part at most.
    received : int
        Bytes the server has, from the first one on.

    Returns
    -------
    list of Chunk
        In the order they are to be sent; nothing where the server has it all.
    """
    starts = range(received, size, chunk_bytes)
    return [Chunk(offset, min(chunk_bytes, size - offset)) for offset in starts]


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done with a part that came in.

    Parameters
    ----------
    received : int
        Bytes the server has afterwards; where the next part begins.
    skip : int
        Bytes at the beginning of the part that the server has already.
    write : bool
        Whether the rest of it is to be written behind what is there.
    complete : bool
        Whether the photo is all there then; its hash is to be compared.
    refused : str or None
        Why the part cannot be used: "gap" (go on at ``received``), "too_long" (past the end of the photo, or larger than a
        part may be), "damaged" (its hash is another one: send it again) or None.
    """

    received: int
    skip: int = 0
    write: bool = False
    complete: bool = False
    refused: str | None = None


def take_chunk(
    size: int, received: int, offset: int, data: bytes, settings: FieldSettings, sha256: str | None = None
) -> Step:
    """Say what is to be done with a part of a photo.

    Parameters
    ----------
    size : int
        Bytes of the photo, as its event said.
    received : int
        Bytes the server has.
    offset : int
        Where the part begins.
    data : bytes
        The part.
    settings : FieldSettings
        How large a part may be.
    sha256 : str, optional
        Hash of the part, where the phone tells it.

    Returns
    -------
    Step
        A part that was sent before changes nothing; one that overlaps what is there counts from where that ends.
    """
    end = offset + len(data)
    if offset < 0 or end > size or len(data) > settings.chunk_bytes:
        return Step(received, refused="too_long")
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        return Step(received, refused="damaged")
    if offset > received:
        return Step(received, refused="gap")
    after = max(received, end)
    return Step(after, skip=received - offset if end > received else 0, write=end > received, complete=after == size)


def whole(data: bytes, size: int, sha256: str, content_type: str) -> str | None:
    """Compare a photo that is all there with what its event said.

    Parameters
    ----------
    data : bytes
        The photo.
    size : int
        Bytes, as the event said.
    sha256 : str
        Hash, as the event said.
    content_type : str
        One of :data:`CONTENT_TYPES`.

    Returns
    -------
    str or None
        None where it is what was said; else "damaged" (throw it away and begin anew) or "not_a_photo" (refuse it). To look
        into the picture, and to write it anew, is the service's.
    """
    if len(data) != size or hashlib.sha256(data).hexdigest() != sha256:
        return "damaged"
    if not data.startswith(_HEADS.get(content_type, ())):
        return "not_a_photo"
    if content_type == "image/webp" and data[8:12] != b"WEBP":
        return "not_a_photo"
    return None


def is_sha256(text: object) -> bool:
    """Return whether something is a hash as it is written here.

    Parameters
    ----------
    text : object
        Anything.

    Returns
    -------
    bool
        Whether it is 64 small hexadecimal digits.
    """
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None
