"""Land that two areas claim: found, measured, refused or given to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.errors import OverlapError
from geo_grid.read.limits import BORDER_TOLERANCE, LISTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.read.table import Geometries, Table


@dataclass(slots=True)
class Overlaps:
    """Pairs of areas that overlap.

    Parameters
    ----------
    first, second : ndarray of int, shape (k,)
        Positions of the two areas, the first before the second.
    square_metres : ndarray of float64, shape (k,)
        How much land both claim.
    wide : ndarray of bool, shape (k,)
        Whether the land is wider than the border tolerance anywhere.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    square_metres: NDArray[np.float64]
    wide: NDArray[np.bool_]


def find_overlaps(shapes: Geometries) -> Overlaps:
    """Find all pairs of polygons that overlap.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        Valid polygons, in metres.

    Returns
    -------
    Overlaps
        The pairs; borders that merely touch are none.
    """
    suspects = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    # of an area inside another only the inner one is suspected, so suspects are compared with all
    one, other = shapely.STRtree(shapes).query(shapes[suspects], predicate="intersects")
    one = suspects[one]
    pairs = np.stack((np.minimum(one, other), np.maximum(one, other)))
    first, second = np.unique(pairs[:, one != other], axis=1)
    common = shapely.intersection(shapes[first], shapes[second])
    area = shapely.area(common)
    wide = ~shapely.is_empty(shapely.buffer(common, -BORDER_TOLERANCE / 2))
    some = area > 0.0
    order = np.lexsort((second[some], first[some]))
    return Overlaps(first[some][order], second[some][order], area[some][order], wide[some][order])


def find_gaps(shapes: Geometries) -> list[tuple[list[int], float]]:
    """Find land between polygons that none of them claims and that they enclose.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        Valid polygons, in metres.

    Returns
    -------
    list of (list of int, float)
        The polygons around each gap, and its square metres, the largest first.
    """
    whole = shapely.union_all(shapes)
    parts = shapely.get_parts(whole)
    holes = [shapely.polygons(ring) for part in parts for ring in part.interiors]
    tree = shapely.STRtree(shapes)
    found = [(sorted(tree.query(hole, predicate="intersects").tolist()), float(hole.area)) for hole in holes]
    return sorted(found, key=lambda gap: -gap[1])


def resolve_overlaps(table: Table, codes: list[str], shapes: Geometries, notes: list[str]) -> Geometries:
    """Give land that two areas claim to one of them, as the configuration says.

    Parameters
    ----------
    table : Table
        The areas' source.
    codes : list of str
        Their codes.
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        Their polygons, in metres.
    notes : list of str
        Told what was given to whom.

    Returns
    -------
    ndarray of MultiPolygon, shape (n,)
        Without overlaps, up to rounding.

    Raises
    ------
    OverlapError
        Nothing says which area wins, or one would vanish.
    """
    found = find_overlaps(shapes)
    rule, label = table.source.overlaps, table.source.label
    if found.wide.any() and rule == "refuse":
        raise OverlapError(overlap_message(codes, found), file=label, mend=_MEND)
    size = shapely.area(shapes)
    order = np.lexsort((np.arange(len(shapes)), size)) if rule == "smaller" else np.arange(len(shapes))
    rank = np.empty(len(shapes), dtype=np.int64)
    rank[order] = np.arange(len(shapes))
    first_wins = rank[found.first] < rank[found.second]
    winner = np.where(first_wins, found.first, found.second)
    loser = np.where(first_wins, found.second, found.first)
    result = shapes.copy()
    for i in np.unique(loser):
        result[i] = shapely.difference(shapes[i], shapely.union_all(shapes[winner[loser == i]]))
        result[i] = _polygons_only(result[i])
        if result[i].is_empty:
            mend = 'Use overlaps = "smaller", or correct the drawings'
            raise OverlapError(f"nothing is left of area {codes[i]!r}, others claim all of it", file=label, mend=mend)
    notes += [
        f"{label}: {m2:.2f} m² that {codes[w]} and {codes[s]} both claim went to {codes[w]}"
        for w, s, m2, wide in zip(winner, loser, found.square_metres, found.wide, strict=True)
        if wide
    ]
    return result


_MEND = 'Correct the drawings, or set overlaps = "first" or "smaller" under [inputs.areas]'


def overlap_message(codes: list[str], found: Overlaps) -> str:
    """Say which areas overlap, the largest first.

    Parameters
    ----------
    codes : list of str
        Codes of all areas.
    found : Overlaps
        The pairs.

    Returns
    -------
    str
        One sentence.
    """
    wide = np.flatnonzero(found.wide)
    order = wide[np.argsort(-found.square_metres[wide], kind="stable")]
    listed = "; ".join(
        f"{codes[found.first[i]]} and {codes[found.second[i]]} ({found.square_metres[i]:.2f} m²)"
        for i in order[:LISTED]
    )
    more = f"; and {len(order) - LISTED} more" if len(order) > LISTED else ""
    return f"areas overlap in {len(order)} {'pair' if len(order) == 1 else 'pairs'}: {listed}{more}"


def _polygons_only(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    # what is narrower than the tolerance is a seam of two drawings, no land
    parts = [p for p in parts if shapely.get_type_id(p) == 3 and not p.buffer(-BORDER_TOLERANCE / 2).is_empty]
    return shapely.MultiPolygon(parts)
