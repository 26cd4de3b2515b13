"""The graph of an area at its finest grain, read off the cells' rims without cutting a polygon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import KDTree

from geo_grid.cells.segments import sum_pairs
from geo_grid.cells.settings import DEFAULTS, CellSettings
from geo_grid.cells.slices import Slices, slice_cells, slice_middles
from geo_grid.zoning.graph import AtomGraph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.cells.build import Cells
    from geo_grid.units import Stacks

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Stretches = tuple[Ints, Floats, Floats, Ints, Ints]


def atom_graph(
    cells: Cells, stacks: Stacks, settings: CellSettings = DEFAULTS, *, slices: Slices | None = None
) -> AtomGraph:
    """Build the graph of households and empty cells.

    Each household holds a slice of its building's cell. Households are neighbours if their slices share a border of
    any length, across a cell's rim or inside a cell.

    Parameters
    ----------
    cells : Cells
        The cells of an area.
    stacks : Stacks
        The stacks whose sites the cells were made of.
    settings : CellSettings
        Tolerances.
    slices : Slices, optional
        The slices of the cells, where they are known already.

    Returns
    -------
    AtomGraph
        Nodes in the order of the stacks, then the cells without households.
    """
    slices = slice_cells(cells, stacks, settings) if slices is None else slices
    stack_count, empty_count = len(cells.sites), len(cells.polygons) - len(cells.sites)
    first_atom = np.concatenate((stacks.stack_ptr[:-1], stacks.n + np.arange(empty_count)))
    u, v, length, barrier = _across_rims(cells, slices, first_atom)
    inner_u, inner_v, inner_length = _inside_cells(slices)
    u, v = np.concatenate((u, inner_u)), np.concatenate((v, inner_v))
    edge_u, edge_v, metres, on_barrier = sum_pairs(
        np.minimum(u, v),
        np.maximum(u, v),
        np.concatenate((length, inner_length)),
        np.concatenate((barrier, np.zeros(len(inner_u)))),
    )
    none = np.full(empty_count, -1, dtype=np.int64)
    xy = _positions(cells, stacks, slices)
    return AtomGraph(
        weight=np.repeat(np.array([1, 0], dtype=np.int64), [stacks.n, empty_count]),
        stack=np.concatenate((stacks.stack, none)),
        cut_rank=np.concatenate((stacks.cut_rank, np.full(empty_count, 4, dtype=np.int64))),
        group=np.concatenate((stacks.group, none)),
        edge_u=edge_u.astype(np.int64),
        edge_v=edge_v.astype(np.int64),
        length=metres.astype(np.float64),
        barrier=np.minimum(on_barrier, metres).astype(np.float64),
        x=xy[:, 0].copy(),
        y=xy[:, 1].copy(),
        host=_hosts(cells, xy, first_atom, stack_count),
    )


def _inside_cells(slices: Slices) -> tuple[Ints, Ints, Floats]:
    """Return the contacts of slices of one cell: along cuts, and where a walk turned in and back."""
    owner = slices.owner[slices.fans.contact]
    one = np.concatenate((slices.previous, owner[:, 0]))
    other = np.concatenate((np.arange(len(slices.atom)), owner[:, 1]))
    length = np.concatenate((slices.radius, slices.fans.contact_length))
    apart = one != other
    return slices.atom[one[apart]], slices.atom[other[apart]], length[apart]


def _across_rims(cells: Cells, slices: Slices, first_atom: Ints) -> tuple[Ints, Ints, Floats, Floats]:
    """Return the contacts of atoms of different cells: where their stretches of a border segment overlap."""
    segment, low, high, atom, cell = _stretches(cells, slices, first_atom)
    shared = cells.segments.shared[segment]
    second = cells.segments.j[segment] == cell
    # all segments laid end to end, a metre apart: a stretch's place on that line is its segment and its start at once
    base = np.concatenate(([0.0], np.cumsum(cells.segments.length + 1.0)))[:-1]
    sides = []
    for side in (shared & ~second, shared & second):
        at = base[segment[side]] + low[side]
        order = np.argsort(at, kind="stable")
        sides.append((at[order], low[side][order], high[side][order], atom[side][order], segment[side][order]))
    breaks = np.union1d(sides[0][0], sides[1][0])
    one, other = (np.searchsorted(side[0], breaks, side="right") - 1 for side in sides)
    length = np.minimum(sides[0][2][one], sides[1][2][other]) - np.maximum(sides[0][1][one], sides[1][1][other])
    keep = length > 0
    one, other, length = one[keep], other[keep], length[keep]
    strength = cells.strength[sides[0][4][one]]
    return sides[0][3][one], sides[1][3][other], length, length * strength


def _stretches(cells: Cells, slices: Slices, first_atom: Ints) -> Stretches:
    """Return every stretch of border segment one atom of one cell holds: segment, from, to (m), atom, cell."""
    fans, segments = slices.fans, cells.segments
    whole = ~np.isin(cells.rings.polygon, fans.cell)
    cell = cells.rings.polygon[whole]
    segment = segments.edge_segment[whole]
    whole_stretches = (segment, np.zeros(len(segment)), segments.length[segment], first_atom[cell], cell)
    # steps along the rim start a stretch, and so does every cut
    rim = np.flatnonzero(fans.segment >= 0)
    step = np.concatenate((rim, slices.step))
    rank = np.concatenate((np.full(len(rim), -1), np.arange(len(slices.step))))
    order = np.lexsort((rank, step))
    step = step[order]
    length = segments.length[fans.segment[step]]
    begin = np.concatenate((np.where(fans.flip[rim], segments.length[fans.segment[rim]], 0.0), slices.offset))[order]
    last = np.append(step[1:] != step[:-1], [True]) if len(step) else np.zeros(0, dtype=bool)
    end = np.where(last, np.where(fans.flip[step], 0.0, length), np.append(begin[1:], 0.0)[: len(step)])
    holder = np.concatenate((slices.owner[rim], np.arange(len(slices.step))))[order]
    sliced = (
        fans.segment[step],
        np.minimum(begin, end),
        np.maximum(begin, end),
        slices.atom[holder],
        fans.cell[slices.walk[holder]],
    )
    segment, low, high, atom, cell = (np.concatenate(pair) for pair in zip(whole_stretches, sliced, strict=True))
    some = high > low
    return segment[some], low[some], high[some], atom[some], cell[some]


def _positions(cells: Cells, stacks: Stacks, slices: Slices) -> Floats:
    """Return where each atom stands: amid its slice, at its site, or inside its empty cell."""
    empty = shapely.get_coordinates(shapely.point_on_surface(cells.polygons[len(cells.sites) :]))
    xy = np.concatenate((cells.sites[stacks.stack], empty))
    xy[slices.atom] = slice_middles(slices, cells)
    return xy


def _hosts(cells: Cells, xy: Floats, first_atom: Ints, stack_count: int) -> Ints:
    """Return the node that each cell of a part without households joins: the nearest one of the nearest cell."""
    host = np.full(len(xy), -1, dtype=np.int64)
    if not stack_count:
        host[1:] = 0  # nobody lives in the area: the first cell stands for all
        return host
    lived = np.isin(cells.part, cells.part[:stack_count])
    homes = np.flatnonzero(lived)
    for part in np.unique(cells.part[~lived]):
        members = np.flatnonzero(cells.part == part)
        tree = shapely.STRtree(cells.polygons[homes])
        (member, near), gap = tree.query_nearest(cells.polygons[members], all_matches=False, return_distance=True)
        best = np.lexsort((near, gap))[0]
        home = int(homes[near[best]])
        end = first_atom[home + 1] if home + 1 < len(first_atom) else len(xy)
        atoms = np.arange(first_atom[home], end)
        target = shapely.get_coordinates(shapely.point_on_surface(cells.polygons[members[member[best]]]))[0]
        host[first_atom[members]] = atoms[KDTree(xy[atoms]).query(target)[1]]
    return host
