"""A grid is cut along a line that a planner drew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.edit.draft import Draft
from geo_grid.edit.errors import RefusedError
from geo_grid.edit.parts import divided, open_grid
from geo_grid.edit.tables import grid_shapes
from geo_grid.edit.view import runs_of, starts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.ops import SplitLine
    from geo_grid.edit.outcome import Outcome
    from geo_grid.edit.state import AreaState

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Metres by which a line that ends inside a grid is drawn on beyond the grid's border.
_BEYOND = 0.01


def split_line(ground: Ground, state: AreaState, op: SplitLine, numbers: Mapping[str, int]) -> Outcome:
    """Cut a grid along a line; buildings go to the side they stand on.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : SplitLine
        The grid and the line.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.
    """
    draft = Draft(ground, state)
    level, label = open_grid(draft, op.grid)
    wanted = np.zeros(len(draft.view.codes[level]), dtype=bool)
    wanted[label] = True
    sides = _sides(grid_shapes(ground, state, level, wanted)[0], np.array(op.line, dtype=np.float64))
    if len(sides) < 2:
        raise RefusedError(
            f"the line does not divide grid {op.grid}",
            reason="not_cut",
            grids=[op.grid],
            mend="Draw it across the grid, from border to border.",
        )
    runs = runs_of(ground, state)
    starts = starts_of(runs)
    mine = np.flatnonzero((draft.labels[level][starts] == label) & (ground.atoms.host[starts] < 0))
    side = shapely.STRtree(sides).query_nearest(shapely.points(_places(ground, runs, starts)[mine]), all_matches=False)
    parts_of_unit = np.full(len(starts), -1, dtype=np.int64)
    parts_of_unit[mine[side[0]]] = side[1]
    return divided(draft, level, label, parts_of_unit[runs], numbers)


def _places(ground: Ground, runs: Ints, starts: Ints) -> Floats:
    """Return where each unit stands: a whole building at its site, a part of one amid its share of the ground."""
    size = np.bincount(runs)
    places = np.column_stack([np.bincount(runs, values) / size for values in (ground.atoms.x, ground.atoms.y)])
    stack = ground.atoms.stack[starts]
    whole = (stack >= 0) & (size == ground.stacks.size[stack]) if ground.stacks.n else np.zeros(len(starts), dtype=bool)
    places[whole] = ground.stacks.xy[stack[whole]]
    return places


def _sides(grid: Any, line: Floats) -> NDArray[np.object_]:
    """Return the parts that a line cuts a grid into."""
    line = line[np.concatenate(([True], (np.diff(line, axis=0) != 0).any(axis=1)))]
    if len(line) < 2:
        return np.array([grid], dtype=object)
    border = shapely.boundary(grid)
    drawn = shapely.linestrings(
        np.vstack((_onward(grid, border, line[1], line[0]), line, _onward(grid, border, line[-2], line[-1])))
    )
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all([border, drawn]))))
    inside = shapely.contains_properly(grid, shapely.point_on_surface(faces))
    return faces[inside]


def _onward(grid: Any, border: Any, before: Floats, end: Floats) -> Floats:
    """Return a point just beyond the border, straight on from an end that lies inside; none for one outside."""
    if not shapely.intersects_xy(grid, *end):
        return np.zeros((0, 2))
    x_min, y_min, x_max, y_max = shapely.bounds(grid)
    way = (end - before) / np.hypot(*(end - before))
    ray = shapely.linestrings([end, end + way * 2 * (x_max - x_min + y_max - y_min + 1)])
    hits = shapely.get_coordinates(shapely.intersection(border, ray))
    away = np.sort((hits - end) @ way)
    away = away[away >= 0]
    return (end + way * (float(away[0]) + _BEYOND))[None] if len(away) else np.zeros((0, 2))
