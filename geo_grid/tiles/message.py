"""The protocol buffers of the Mapbox Vector Tile specification 2.1, as far as plans need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo_grid.tiles.settings import EXTENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

# field number << 3 | wire type, of the messages Tile, Layer, Feature and Value
_TILE_LAYER = b"\x1a"
_LAYER_NAME, _LAYER_FEATURE, _LAYER_KEY, _LAYER_VALUE = b"\x0a", b"\x12", b"\x1a", b"\x22"
_LAYER_EXTENT, _LAYER_VERSION = b"\x28", b"\x78"
_FEATURE_TAGS, _FEATURE_TYPE, _FEATURE_GEOMETRY = b"\x12", b"\x18", b"\x22"
_VALUE_TEXT, _VALUE_COUNT = b"\x0a", b"\x28"
_VERSION = 2


class Feature(NamedTuple):
    """A feature of a tile: its attribute values, its dimension, and its geometry, encoded."""

    values: tuple[bytes | None, ...]
    dimension: int
    geometry: bytes


def varint(number: int) -> bytes:
    """Write a number as protocol buffers do.

    Parameters
    ----------
    number : int
        Not negative.

    Returns
    -------
    bytes
        Seven bits a byte, the low ones first.
    """
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


_SMALL = [varint(number) for number in range(4096)]


def _counted(number: int) -> bytes:
    return _SMALL[number] if number < len(_SMALL) else varint(number)


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + _counted(len(content)) + content


def varints(numbers: NDArray[np.uint64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Write many numbers as protocol buffers do.

    Parameters
    ----------
    numbers : ndarray of uint64, shape (n,)
        Below 2**35.

    Returns
    -------
    written : ndarray of uint8, shape (m,)
        The bytes of all of them.
    starts : ndarray of int64, shape (n + 1,)
        Where each number begins.
    """
    size = np.ones(len(numbers), dtype=np.int64)
    for bits in (7, 14, 21, 28):
        size += numbers >= np.uint64(1 << bits)
    starts = np.concatenate([[0], np.cumsum(size)])
    written = np.zeros(starts[-1], dtype=np.uint8)
    for place in range(5):
        has = size > place
        low = (numbers[has] >> np.uint64(7 * place)) & np.uint64(0x7F)
        more = (size[has] > place + 1).astype(np.uint64) << np.uint64(7)
        written[starts[:-1][has] + place] = (low | more).astype(np.uint8)
    return written, starts


def encoded_value(value: str | int | None) -> bytes | None:
    """Write one attribute value.

    Parameters
    ----------
    value : str, int or None
        Text, or a count.

    Returns
    -------
    bytes or None
        The message Value; None for None.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _field(_VALUE_TEXT, value.encode("utf-8"))
    return _VALUE_COUNT + varint(value)


def layer_message(name: str, fields: Sequence[str], features: Iterable[Feature]) -> bytes:
    """Write one layer of a tile.

    Parameters
    ----------
    name : str
        Name of the layer.
    fields : sequence of str
        Names of the attributes.
    features : iterable of Feature
        What is in it.

    Returns
    -------
    bytes
        The layer as a field of a tile: the bytes of several layers after one another are a tile.
    """
    number: dict[bytes, int] = {}
    body = [_field(_LAYER_NAME, name.encode("utf-8"))]
    for feature in features:
        tags = b"".join(
            _SMALL[key] + _counted(number.setdefault(value, len(number)))
            for key, value in enumerate(feature.values)
            if value is not None
        )
        # the types of geometry are numbered 1 points, 2 lines, 3 polygons
        kind = _FEATURE_TYPE + _SMALL[feature.dimension + 1]
        content = _field(_FEATURE_TAGS, tags) + kind + _field(_FEATURE_GEOMETRY, feature.geometry)
        body.append(_field(_LAYER_FEATURE, content))
    body += [_field(_LAYER_KEY, field.encode("utf-8")) for field in fields]
    body += [_field(_LAYER_VALUE, value) for value in number]
    body.append(_LAYER_EXTENT + varint(EXTENT) + _LAYER_VERSION + varint(_VERSION))
    return _field(_TILE_LAYER, b"".join(body))
