"""Colours for neighbours: the fewest that greedy choice needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely


def neighbour_colours(geometry: Any) -> list[int]:
    """Give each polygon a number so that touching ones differ.

    Parameters
    ----------
    geometry : array of shapely geometries, shape (n,)
        Polygons of one level.

    Returns
    -------
    list of int
        A small number a polygon; the same for the same input.
    """
    shapes = np.asarray(geometry, dtype=object)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    near: list[set[int]] = [set() for _ in shapes]
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        if one != other:
            near[one].add(other)
    colours = [-1] * len(shapes)
    for node in sorted(range(len(shapes)), key=lambda node: (-len(near[node]), node)):
        taken = {colours[other] for other in near[node]}
        colours[node] = next(colour for colour in range(len(shapes)) if colour not in taken)
    return colours
