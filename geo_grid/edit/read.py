"""Read the ground of an area back from its stored tables."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.cells import atom_graph
from geo_grid.codes import CodeProfile
from geo_grid.edit.ground import LEAST_CONTACT, Ground, Links
from geo_grid.edit.land import read_land
from geo_grid.edit.state import AreaState, Built, state_of
from geo_grid.errors import StoreError
from geo_grid.policy import Band, Level, Policy
from geo_grid.units import order_stacks, stack_households

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from geo_grid.model import Plan
    from geo_grid.units import Stacks
    from geo_grid.zoning.graph import AtomGraph

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

#: Tables a ground is read from.
GROUND_TABLES = ("areas", "units", "grids", "exceptions", "households", "elements")


def read_ground(plan: Plan, first: str | None = None, changed: Collection[str] = ()) -> Ground:
    """Read the ground of one area back from its stored tables.

    Parameters
    ----------
    plan : Plan
        What :meth:`geo_grid.store.base.Store.area_plan` gives: the tables :data:`GROUND_TABLES` of one area.
    first : str, optional
        Text of revision 0, where the area was edited before; without it the tables are revision 0.
    changed : collection of str, optional
        Buildings that other households are in than they were cut for.

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
    policy, profile = policy_of(plan.meta, kind), CodeProfile.from_config(plan.meta.get("code_profile"))
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
    first_atom = np.concatenate((stacks.stack_ptr[:-1], stacks.n + np.arange(len(bare) + 1)))
    stack_ids = sorted_units["stack_id"].to_numpy(dtype=object)[runs[first_atom[:-1]]]
    apart = np.array([name in changed for name in stack_ids], dtype=bool)
    land = read_land(stored, stacks, first_atom, runs, _barriers(plan), apart)
    atoms = atom_graph(land.cells, stacks, slices=land.slices)
    leaf = _leaf_codes(sorted_units, len(policy.levels))[runs]
    given = has_given(plan["grids"])
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
        cells=land.cells,
        slices=land.slices,
        atoms=_hosted(atoms, leaf),
        links=_links(atoms),
        households=people,
        group=_group_of_atoms(sorted_units, stacks, runs),
        stack_ids=stack_ids,
        first_atom=first_atom,
        known=land.known,
        runs=runs,
        polygons=stored,
        odd=land.odd,
        shown=blank,
        base=blank,
    )
    _check_codes(ground, sorted_units)
    shown = _shown(ground, blank, plan, starts, sorted_units)
    return replace(ground, shown=shown, base=shown if first is None else AreaState.from_text(first, ground))


def has_given(grids: pd.DataFrame) -> bool:
    """Tell whether the grids of level 1 of an area are villager groups as given, which have no band.

    Parameters
    ----------
    grids : DataFrame
        Its grids.

    Returns
    -------
    bool
        True if one of them is.
    """
    return bool((grids["level"].eq(1) & grids["low"].isna()).any())


def policy_of(meta: Mapping[str, Any], kind: str) -> Policy:
    """Return the bands and roles that a plan says it was drawn by.

    Parameters
    ----------
    meta : mapping of str to Any
        What the plan says of itself.
    kind : str
        "urban" or "rural".

    Returns
    -------
    Policy
        The policy of that kind of area.

    Raises
    ------
    StoreError
        If the plan does not say it.
    """
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
    if not np.array_equal(np.bincount(unit, minlength=len(units)), units["households"].to_numpy()):
        raise StoreError("units have other households than they say", mend="Run geo-grid check on the store.")
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
