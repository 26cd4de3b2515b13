"""Read the ground of an area back from its stored tables."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.cells import Cells, CellSettings, atom_graph
from geo_grid.cells.build import _parts
from geo_grid.cells.segments import match_segments, rings_of
from geo_grid.cells.slices import _rasters, slice_cells
from geo_grid.cells.unit_polygons import KnownPoints, cut_polygons, kept_cuts, snapped
from geo_grid.codes import CodeProfile
from geo_grid.edit.ground import LEAST_CONTACT, Ground, Links
from geo_grid.edit.rims import bare_rims
from geo_grid.edit.state import AreaState, Built, state_of
from geo_grid.errors import StoreError
from geo_grid.policy import Band, Level, Policy
from geo_grid.units import order_stacks, stack_households

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from geo_grid.cells.slices import Slices
    from geo_grid.edit.rims import Rims
    from geo_grid.model import Plan
    from geo_grid.units import Stacks
    from geo_grid.zoning.graph import AtomGraph

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

#: Tables a ground is read from.
GROUND_TABLES = ("areas", "units", "grids", "exceptions", "households", "elements")
#: A cut hits a point that is there already if it is within this share of the cuts' raster.
_HIT = 0.45
#: A cut that is made now is at the stored point within this many steps of the raster.
_NEAR = 10.0
#: A stored polygon that lies further (m) from the one cut anew was cut otherwise.
_ROUNDING = 1e-5


def read_ground(plan: Plan, first: str | None = None) -> Ground:
    """Read the ground of one area back from its stored tables.

    Parameters
    ----------
    plan : Plan
        What :meth:`geo_grid.store.base.Store.area_plan` gives: the tables :data:`GROUND_TABLES` of one area.
    first : str, optional
        Text of revision 0, where the area was edited before; without it the tables are revision 0.

    Returns
    -------
    Ground
        The ground; ``shown`` is the state the tables show, ``base`` revision 0.

    Raises
    ------
    StoreError
        If the tables do not fit together.
    """
    if len(plan["areas"]) != 1:
        raise StoreError(f"{len(plan['areas'])} areas where one belongs")
    row = plan["areas"].iloc[0]
    kind = str(row["kind"])
    policy, profile = _policy(plan.meta, kind), CodeProfile.from_config(plan.meta.get("code_profile"))
    people, units = plan["households"], plan["units"]
    unit, stacks = _stacks(people, units)
    bare = np.flatnonzero(units["households"].to_numpy() == 0)
    bare = bare[np.argsort(units["id"].to_numpy(dtype=object)[bare].astype(str), kind="stable")]
    unit_of_atom = np.concatenate((unit[stacks.order], bare))
    cell_of_atom = np.concatenate((stacks.stack, len(stacks.xy) + np.arange(len(bare))))
    starts = _unit_starts(unit_of_atom, cell_of_atom, len(units))
    sorted_units = units.iloc[unit_of_atom[starts]].reset_index(drop=True)
    runs = np.cumsum(np.isin(np.arange(len(unit_of_atom)), starts)) - 1
    stored = np.asarray(sorted_units["geom"], dtype=object)
    rims = bare_rims(stored, cell_of_atom[starts])
    cells = _cells(rims, stacks, _barriers(plan))
    slices = _at_hubs(slice_cells(cells, stacks, CellSettings()), rims.hubs)
    known = _known(rims, cells, slices)
    slices = _on_known(cells, slices, known, runs)
    atoms = atom_graph(cells, stacks, slices=slices)
    first_atom = np.concatenate((stacks.stack_ptr[:-1], stacks.n + np.arange(len(bare) + 1)))
    leaf = _leaf_codes(sorted_units, len(policy.levels))[runs]
    given = bool((plan["grids"]["level"].eq(1) & plan["grids"]["low"].isna()).any())
    people = people.iloc[stacks.order][["id", "building", "entrance", "floor"]].reset_index(drop=True)
    blank = state_of(leaf)
    ground = Ground(
        code=str(row["code"]),
        name=str(row["name"]),
        kind=kind,
        area=plan["areas"].reset_index(drop=True),
        policy=policy,
        profile=profile,
        crs=plan.crs,
        min_contact=float(plan.meta.get("min_contact", 3.0)),
        given=given,
        groups=_groups(sorted_units) if given else {},
        stacks=stacks,
        cells=cells,
        slices=slices,
        atoms=_hosted(atoms, leaf),
        links=_links(atoms),
        households=people,
        group=_group_of_atoms(sorted_units, stacks, runs),
        stack_ids=sorted_units["stack_id"].to_numpy(dtype=object)[runs[first_atom[:-1]]],
        first_atom=first_atom,
        known=known,
        runs=runs,
        polygons=stored,
        odd=_odd(cells, slices, first_atom, runs, known, stored),
        shown=blank,
        base=blank,
    )
    _check_codes(ground, sorted_units)
    shown = _shown(ground, blank, plan, starts, sorted_units)
    return replace(ground, shown=shown, base=shown if first is None else AreaState.from_text(first, ground))


def _policy(meta: dict[str, Any], kind: str) -> Policy:
    try:
        said = meta["policy"][kind]
        levels = tuple(
            Level(Band(int(low), int(high)), str(role))
            for (low, high), role in zip(said["bands"], said["roles"], strict=True)
        )
        return Policy(kind, levels, said.get("keep_whole", "prefer"), bool(said.get("given_groups", False)))  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError):
        raise StoreError(f"the plan does not say its policy for {kind} areas", mend="Build it again.") from None


def _stacks(people: Any, units: pd.DataFrame) -> tuple[Ints, Stacks]:
    """Return the unit of each row of households, and the stacks as the units say them."""
    import pandas as pd

    unit = pd.Index(units["id"]).get_indexer(people["unit_id"])
    if (unit < 0).any():
        raise StoreError("households are in units that are not there", mend="Run geo-grid check on the store.")
    if not len(people):
        return unit.astype(np.int64), stack_households(people)
    stack = np.unique(units["stack_id"].to_numpy(dtype=object)[unit].astype(str), return_inverse=True)[1]
    return unit.astype(np.int64), order_stacks(people, stack.reshape(-1).astype(np.int64))


def _unit_starts(unit: Ints, cell: Ints, count: int) -> Ints:
    """Return where the units begin; each must be one run of atoms of one cell."""
    starts = np.flatnonzero((np.diff(unit, prepend=-1) != 0) | (np.diff(cell, prepend=-1) != 0))
    if len(starts) != count or len(np.unique(unit)) != count:
        raise StoreError(
            "households of one building are not in the order in which it was cut",
            mend="Build the plan again with the present program.",
        )
    return starts


def _leaf_codes(units: pd.DataFrame, depth: int) -> NDArray[np.object_]:
    leaf = units[f"grid_code_l{depth}"]
    if leaf.isna().any():
        raise StoreError(f"units are in no grid of level {depth}", mend="Run geo-grid check on the store.")
    return leaf.to_numpy(dtype=object)


def _barriers(plan: Plan) -> list[tuple[Geometries, float]]:
    """Barrier lines of the area by strength."""
    strengths = plan.meta.get("barriers") or {}
    elements = plan["elements"]
    out = []
    for strength in sorted({float(value) for value in strengths.values()}):
        names = [name for name, value in strengths.items() if float(value) == strength]
        geometry = np.asarray(elements["geom"], dtype=object)[elements["class"].isin(names).to_numpy(dtype=bool)]
        polygonal = shapely.get_dimensions(geometry) == 2
        lines = np.where(polygonal, shapely.boundary(geometry), geometry)
        lines = shapely.get_parts(lines[shapely.get_dimensions(lines) == 1])
        if len(lines):
            out.append((lines, strength))
    return out


def _cells(rims: Rims, stacks: Stacks, barriers: list[tuple[Geometries, float]]) -> Cells:
    rings = rings_of(rims.polygons)
    segments = match_segments(rings)
    strength = np.zeros(len(segments.i))
    between = np.flatnonzero(segments.shared)
    if barriers and len(between):
        middles = shapely.points((segments.ends[between, :2] + segments.ends[between, 2:]) / 2)
        for lines, value in barriers:  # weakest first
            near = shapely.STRtree(lines).query(middles, predicate="dwithin", distance=CellSettings().barrier_reach)[0]
            strength[between[np.unique(near)]] = value
    return Cells(rims.polygons, stacks.xy, rings, segments, strength, _parts(len(rims.polygons), segments))


def _at_hubs(slices: Slices, hubs: Floats) -> Slices:
    """Let cuts meet where the stored ones meet, to the last digit."""
    fans = slices.fans
    stored = hubs[fans.cell][fans.walk]
    near = np.repeat(fans.star, np.diff(fans.ptr)) & (np.abs(stored - fans.hub).max(axis=1, initial=0.0) <= _ROUNDING)
    return replace(slices, fans=replace(fans, hub=np.where(near[:, None], stored, fans.hub)))


def _known(rims: Rims, cells: Cells, slices: Slices) -> KnownPoints:
    segment = cells.segments.edge_segment[rims.edge]
    away = rims.xy - cells.segments.ends[segment, :2]
    offset = np.hypot(away[:, 0], away[:, 1])
    order = np.lexsort((offset, segment))
    raster = _rasters(slices.fans, np.diff(slices.ptr), CellSettings().cut_step)
    return KnownPoints(
        segment[order], offset[order], rims.xy[order], rims.fixed[order], _HIT * np.repeat(raster, np.diff(slices.ptr))
    )


def _inner_cuts(cells: Cells, slices: Slices, runs: Ints) -> tuple[Ints, Ints]:
    """Return the cuts between units that meet a rim inside a segment, and these segments."""
    kept = kept_cuts(slices, runs)
    segment = slices.fans.segment[slices.step[kept]]
    inner = (slices.offset[kept] > 0) & (slices.offset[kept] < cells.segments.length[segment])
    return kept[inner], segment[inner]


def _on_known(cells: Cells, slices: Slices, known: KnownPoints, runs: Ints) -> Slices:
    """Put the cuts that are made now on the very points where they are stored."""
    kept = kept_cuts(slices, runs)
    fans, length = slices.fans, cells.segments.length
    step, offset, xy = slices.step.copy(), slices.offset.copy(), slices.xy.copy()
    near = _NEAR / _HIT * known.reach
    # a cut may have been stored at the corner before, or beyond the corner where it is found now
    onward = np.minimum(step + 1, fans.ptr[slices.walk + 1] - 1)
    back = np.maximum(step - 1, fans.ptr[slices.walk])
    done = np.zeros(len(step), dtype=bool)
    for shift in (step.copy(), back, onward):
        mine = kept[~done[kept] & (fans.segment[shift[kept]] >= 0)]
        segment = fans.segment[shift[mine]]
        away = xy[mine] - cells.segments.ends[segment, :2]
        along = np.where(shift[mine] == step[mine], offset[mine], np.hypot(away[:, 0], away[:, 1]))
        at, place = snapped(known, segment, along, np.full((len(mine), 2), np.nan), near[mine])
        hit = ~np.isnan(place[:, 0])
        step[mine[hit]], offset[mine[hit]], xy[mine[hit]] = shift[mine[hit]], at[hit], place[hit]
        done[mine[hit]] = True
    for shift in (step.copy(), onward):
        mine = kept[~done[kept] & (fans.segment[shift[kept]] >= 0)]
        corner = fans.start[shift[mine]]
        hit = np.hypot(*(xy[mine] - corner).T) <= near[mine]
        flip = fans.flip[shift[mine]]
        at = np.where(flip, length[fans.segment[shift[mine]]], 0.0)
        step[mine[hit]], offset[mine[hit]], xy[mine[hit]] = shift[mine[hit]], at[hit], corner[hit]
        done[mine[hit]] = True
    ordered = (np.diff(step) >= 0).all()
    return replace(slices, step=step, offset=offset, xy=xy, owner=_owners(slices, step)) if ordered else slices


def _owners(slices: Slices, step: Ints) -> Ints:
    """Return the slice that each step of the walks starts in."""
    fans, ptr = slices.fans, slices.ptr
    before = np.searchsorted(step, np.arange(len(fans.start)), side="left") - 1
    return np.where(before < ptr[fans.walk], ptr[fans.walk + 1] - 1, before)


def _odd(
    cells: Cells, slices: Slices, first_atom: Ints, runs: Ints, known: KnownPoints, stored: Geometries
) -> NDArray[np.bool_]:
    """Say of which cells the units, cut anew, come out elsewhere than they are stored."""
    anew = cut_polygons(cells, slices, first_atom[:-1], runs, known=known)
    differs = np.flatnonzero(~shapely.equals_exact(shapely.normalize(anew), shapely.normalize(stored), 1e-9))
    far = shapely.hausdorff_distance(shapely.boundary(anew[differs]), shapely.boundary(stored[differs])) > _ROUNDING
    odd = np.zeros(len(first_atom) - 1, dtype=bool)
    cell_of_unit = np.repeat(np.arange(len(odd)), np.diff(np.append(runs[first_atom[:-1]], len(stored))))
    odd[cell_of_unit[differs[far]]] = True
    # a cut that misses its point, or a point that no cut hits, must not stand in one of two neighbours only
    kept, segment = _inner_cuts(cells, slices, runs)
    places = np.column_stack((segment, slices.offset[kept]))
    points = np.column_stack((known.segment, known.offset))
    hit, used = _same_rows(places, points), _same_rows(points, places) | known.fixed
    for missed in (segment[~hit], known.segment[~used]):
        odd[cells.segments.i[missed]] = True
        odd[cells.segments.j[missed[cells.segments.shared[missed]]]] = True
    shared = cells.segments.shared
    i, j = cells.segments.i[shared], cells.segments.j[shared]
    beside = np.concatenate((i[odd[j]], j[odd[i]]))  # cuts of an odd cell stand in its neighbours' rims
    odd[beside] = True
    return odd


def _same_rows(rows: Floats, others: Floats) -> Bools:
    """Say which rows stand among others, to the last digit."""
    _, number = np.unique(np.vstack((rows, others)), axis=0, return_inverse=True)
    number = number.reshape(-1)
    return np.isin(number[: len(rows)], number[len(rows) :])


def _hosted(atoms: AtomGraph, leaf: NDArray[np.object_]) -> AtomGraph:
    """Hang exclaves on an atom of the grid they are stored in, where another one is nearer today."""
    away = np.flatnonzero(atoms.host >= 0)
    wrong = away[leaf[atoms.host[away]] != leaf[away]]
    if not len(wrong):
        return atoms
    host = atoms.host.copy()
    for atom in wrong:
        mine = np.flatnonzero((leaf == leaf[atom]) & (atoms.host < 0))
        if not len(mine):
            raise StoreError("an exclave is in a grid of its own", mend="Run geo-grid check on the store.")
        host[atom] = mine[np.argmin(np.hypot(atoms.x[mine] - atoms.x[atom], atoms.y[mine] - atoms.y[atom]))]
    return replace(atoms, host=host)


def _links(atoms: AtomGraph) -> Links:
    home = atoms.host < 0
    keep = (atoms.length >= LEAST_CONTACT) & home[atoms.edge_u] & home[atoms.edge_v]
    u, v, length = atoms.edge_u[keep], atoms.edge_v[keep], atoms.length[keep]
    here, there = np.concatenate((u, v)), np.concatenate((v, u))
    order = np.lexsort((there, here))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(here, minlength=atoms.n)))).astype(np.int64)
    return Links(u, v, length, indptr, there[order], np.concatenate((length, length))[order])


def _groups(units: pd.DataFrame) -> dict[str, str]:
    """Villager group of each grid of level 1."""
    lived = units[(units["households"] > 0) & units["group"].notna()]
    return {str(code): str(label) for code, label in lived.groupby("grid_code_l1")["group"].first().items()}


def _group_of_atoms(units: pd.DataFrame, stacks: Stacks, runs: Ints) -> NDArray[np.object_]:
    stored = units["group"].astype(object).where(units["group"].notna(), None).to_numpy(dtype=object)[runs]
    names = np.array([*stacks.group_names, None], dtype=object)
    stored[: stacks.n] = names[stacks.group]
    return stored


def _check_codes(ground: Ground, units: pd.DataFrame) -> None:
    """Refuse codes that do not say which grid is inside which."""
    columns = [f"grid_code_l{level}" for level in range(1, ground.depth + 1)]
    for chain in set(units[columns].itertuples(index=False, name=None)):
        if ground.level_of(chain[-1]) != ground.depth or ground.ancestors(chain[-1]) != list(chain):
            raise StoreError(f"grid code {chain[-1]} does not follow the plan's code profile", mend="Build it again.")


def _shown(ground: Ground, blank: AreaState, plan: Plan, starts: Ints, units: pd.DataFrame) -> AreaState:
    """Return the state that the tables show."""
    atoms = ground.atoms
    inside = starts[(atoms.cut_rank[starts] < 2) & (starts > 0)]
    marks = inside[blank.leaf[inside] == blank.leaf[inside - 1]]
    grids, exceptions = plan["grids"], plan["exceptions"]
    names = {
        str(code): str(name)
        for code, name in zip(grids["code"], grids["name"], strict=True)
        if ground.default_name(str(code)) != name
    }
    rows = {
        str(row.grid_code): [row.reason, int(row.violation), int(row.smallest_violation), json.loads(row.proof)]
        for row in exceptions.itertuples()
    }
    reasons = {code: row[3].get("words", "") for code, row in rows.items() if row[0] == "decided"}
    proofs = {code: row for code, row in rows.items() if row[0] != "decided"}
    ids = dict(zip(starts.tolist(), units["id"].astype(str), strict=True))
    return replace(blank, names=names, reasons=reasons, marks=tuple(marks.tolist()), built=Built(ids, proofs))
