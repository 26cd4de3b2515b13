"""A zoned area as bytes, exact to the last bit."""

from __future__ import annotations

import json
import math
import struct
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from geo_grid.area import ZonedArea

_ARRAYS = ("households", "stack", "exclave", "labels", "unit_of_household")
#: Bytes of the digest before all else, and of the length of what is said of the arrays.
_SEAL, _HEAD = 16, 8


def pack(area: ZonedArea) -> bytes:
    """Write an area as compact arrays, exact to the last bit: a county has hundreds, and NumPy's archives are slow to open.

    Parameters
    ----------
    area : ZonedArea
        A zoned area.

    Returns
    -------
    bytes
        A digest, a length, so many bytes of JSON, and the arrays it names.
    """
    import shapely

    _, vertices, (rings, polygons) = shapely.to_ragged_array(area.polygons)
    names = sorted({name for name in area.group if name is not None})
    number = {name: i for i, name in enumerate(names)}
    facts = {
        "code": area.code,
        "given": [bool(given) for given in area.given],
        "groups": names,
        "exceptions": [
            (int(x.level), int(x.zone), x.reason, int(x.violation), int(x.smallest_violation), x.proof)
            for x in area.exceptions
        ],
    }
    arrays: dict[str, Any] = {name: getattr(area, name) for name in _ARRAYS}
    arrays |= {"vertices": vertices, "rings": rings, "polygons": polygons}
    arrays["group"] = np.array([-1 if name is None else number[name] for name in area.group], dtype=np.int64)
    ordered = sorted(
        arrays.items(), key=lambda item: -item[1].dtype.itemsize
    )  # so that all lie at multiples of their size
    layout = [(name, array.dtype.str, array.shape) for name, array in ordered]
    head = json.dumps({"facts": facts, "layout": layout}).encode()
    head += b" " * (-len(head) % 8)
    body = b"".join([struct.pack("<q", len(head)), head, *(array.tobytes() for _, array in ordered)])
    return _seal(body) + body


def _seal(body: bytes | memoryview) -> bytes:
    """Return a digest by which a damaged file is known."""
    return blake2b(body, digest_size=_SEAL).digest()


def unpack(body: bytes) -> ZonedArea:
    """Read what :func:`pack` wrote.

    Parameters
    ----------
    body : bytes
        What was written.

    Returns
    -------
    ZonedArea
        The same area; its arrays cannot be written to.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    import shapely

    from geo_grid.area import ZonedArea
    from geo_grid.zoning.graph import ZoneException

    view = memoryview(body)
    if len(body) < _SEAL + _HEAD or _seal(view[_SEAL:]) != body[:_SEAL]:
        raise ValueError("it is damaged")
    at = _SEAL + _HEAD
    end = at + struct.unpack_from("<q", body, _SEAL)[0]
    head = json.loads(body[at:end])
    facts, arrays = head["facts"], {}
    for name, dtype, shape in head["layout"]:
        many = math.prod(shape)
        arrays[name] = np.frombuffer(body, dtype, many, end).reshape(shape)
        end += many * np.dtype(dtype).itemsize
    kind = shapely.GeometryType.POLYGON
    names: list[str | None] = [*facts["groups"], None]  # −1: the last, none
    return ZonedArea(
        code=facts["code"],
        polygons=shapely.from_ragged_array(kind, arrays["vertices"], (arrays["rings"], arrays["polygons"])),
        group=[names[at] for at in arrays["group"]],
        given=tuple(facts["given"]),
        exceptions=tuple(ZoneException(*item) for item in facts["exceptions"]),
        **{name: arrays[name] for name in _ARRAYS},
    )
