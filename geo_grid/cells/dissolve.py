"""Exact unions of polygons that form a coverage."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Geometries = NDArray[np.object_]


def dissolve(polygons: Geometries, labels: Ints) -> Geometries:
    """Unite the polygons of a coverage by label, along their common vertices: no coordinate is computed anew.

    Parameters
    ----------
    polygons : ndarray of object, shape (n,)
        Polygons or MultiPolygons that form a coverage.
    labels : ndarray of int64, shape (n,)
        Label of each polygon, 0 … k − 1, none left out.

    Returns
    -------
    ndarray of object, shape (k,)
        Union by label: a Polygon where it is one piece, else a MultiPolygon.
    """
    labels = np.asarray(labels, dtype=np.int64)
    order = np.argsort(labels, kind="stable")
    count = int(labels.max()) + 1 if len(labels) else 0
    starts = np.searchsorted(labels[order], np.arange(count + 1))
    ordered = np.asarray(polygons, dtype=object)[order]
    united = np.empty(count, dtype=object)
    for label, (first, last) in enumerate(pairwise(starts)):
        united[label] = ordered[first] if last == first + 1 else shapely.coverage_union_all(ordered[first:last])
    return united
