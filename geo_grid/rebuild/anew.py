"""An area in which a band broke, drawn as little anew as can be, on the ground as it stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.edit import AreaState, area_tables, read_ground
from geo_grid.edit.draft import Draft
from geo_grid.edit.ground import LEAST_CONTACT
from geo_grid.edit.recode import recode
from geo_grid.edit.state import Built, state_of
from geo_grid.edit.view import runs_of, starts_of, view_of
from geo_grid.zoning.rezone import rezone_area

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.model import Plan
    from geo_grid.zoning.graph import AreaZoning, AtomGraph

    Ints = NDArray[np.int64]


_MADE_OF_PLACE = re.compile(r"-a[0-9]+$")


@dataclass(frozen=True, slots=True)
class Redrawn:
    """An area drawn anew.

    Parameters
    ----------
    tables : dict of str to DataFrame
        What :func:`geo_grid.edit.area_tables` makes.
    heirs : dict of str to str
        New code of each old grid that goes on.
    numbers : dict of str to int
        Highest number given under each parent.
    locked : frozenset of str
        Codes that are locked.
    origin : str
        Text of the state.
    state : AreaState
        The state.
    """

    tables: dict[str, Any]
    heirs: dict[str, str]
    numbers: dict[str, int]
    locked: frozenset[str]
    origin: str
    state: AreaState


def redraw(
    plan: Plan,
    numbers: Mapping[str, int],
    locked: frozenset[str],
    come: set[str],
    seed: int,
    fresh: Callable[[], str],
    changed: Collection[str] = (),
) -> Redrawn:
    """Mend the grids of an area around what is locked.

    Parameters
    ----------
    plan : Plan
        Its tables with the new households, :data:`geo_grid.edit.GROUND_TABLES`; bands may be broken.
    numbers : mapping of str to int
        Highest number ever given under each parent.
    locked : frozenset of str
        Codes of grids whose households stay together, and alone.
    come : set of str
        Ids of households that were not there before: no code goes on with them.
    seed : int
        Seed.
    fresh : callable
        Returns an id that no unit of the area has.
    changed : collection of str, optional
        Buildings that other households are in than they were cut for.

    Returns
    -------
    Redrawn
        The area.

    Raises
    ------
    GeoGridError
        If its tables do not fit together, or a parent has no numbers left.
    """
    ground = read_ground(plan, changed=changed)
    return redrawn_on(ground, replace(ground.shown, locked=locked), numbers, come, seed, fresh)


def redrawn_on(
    ground: Ground,
    before: AreaState,
    numbers: Mapping[str, int],
    come: set[str],
    seed: int,
    fresh: Callable[[], str],
    *,
    unknown: NDArray[np.bool_] | None = None,
) -> Redrawn:
    """Mend the grids of an area on a ground around what is locked.

    Parameters
    ----------
    ground : Ground
        The ground.
    before : AreaState
        Grids that stood there; bands may be broken.
    numbers : mapping of str to int
        Highest number ever given under each parent.
    come : set of str
        Ids of households that were not there before: no code goes on with them.
    seed : int
        Seed.
    fresh : callable
        Returns an id that no unit of the area has.
    unknown : ndarray of bool, shape (n,), optional
        Atoms that need not stay in the grid they are said to be in.

    Returns
    -------
    Redrawn
        The area.
    """
    locked = before.locked
    view = view_of(ground, before)
    free = np.zeros(ground.atoms.n, dtype=bool) if unknown is None else unknown
    fixed = np.zeros(ground.atoms.n, dtype=bool)
    for code in locked:
        for level, codes in enumerate(view.codes):
            if code in codes:
                fixed |= (view.labels[level] == codes.index(code)) & ~free
    atoms, old = _touching(ground.atoms), np.where(free, -1, view.labels)
    found = rezone_area(atoms, ground.policy, old, locked=fixed, min_contact=ground.min_contact, seed=seed)
    zoning = found.zoning
    ground = replace(ground, given=zoning.given[0], memo={})
    draft = Draft(_of_those_who_stay(ground, come), before)
    stood = [{int(new): was for was, new in enumerate(row) if new >= 0} for row in found.became]
    for level, row in enumerate(zoning.labels):
        label = np.array([stood[level].get(zone, -1) for zone in range(int(row.max()) + 1)], dtype=np.int64)
        for zone in np.flatnonzero(label < 0).tolist():
            label[zone] = draft.new(level)
        draft.labels[level] = label[row]
    coded = recode(draft, numbers, chosen=False)
    ground = replace(ground, groups=_groups(ground, coded.leaf) if ground.given else {}, memo={})
    names = {coded.heirs[code]: name for code, name in before.names.items() if code in coded.heirs}
    state = state_of(
        coded.leaf,
        names={code: name for code, name in names.items() if name != ground.default_name(code)},
        locked=frozenset(coded.heirs[code] for code in locked if code in coded.heirs),
        reasons={coded.heirs[code]: text for code, text in before.reasons.items() if code in coded.heirs},
        marks=before.marks,
    )
    proofs = _proofs(zoning, draft, coded.labels)
    state = replace(state, built=Built(_unit_ids(ground, state, fresh), proofs))
    ground = replace(ground, base=state, memo={})
    return Redrawn(area_tables(ground, state), coded.heirs, coded.numbers, state.locked, state.to_text(), state)


def _of_those_who_stay(ground: Ground, come: set[str]) -> Ground:
    """Return the ground as those know it who were there before: nobody else counts when codes are given."""
    weight = ground.atoms.weight.copy()
    new = [at for at, name in enumerate(ground.household_ids.tolist()) if name in come]
    weight[new] = 0
    return replace(ground, atoms=replace(ground.atoms, weight=weight), memo={})


def _unit_ids(ground: Ground, state: AreaState, fresh: Callable[[], str]) -> dict[int, str]:
    """Return the id of each unit by its first atom: its own, or a new one where it begins at another household."""
    known = ground.built.ids
    # ids that edits made of the place of a household say another place now
    return {
        atom: known[atom] if atom in known and not _MADE_OF_PLACE.search(known[atom]) else fresh()
        for atom in starts_of(runs_of(ground, state)).tolist()
    }


def _touching(atoms: AtomGraph) -> AtomGraph:
    """Leave out contacts too short to hold a grid together, as editing does."""
    keep = atoms.length >= LEAST_CONTACT
    edges = {name: getattr(atoms, name)[keep] for name in ("edge_u", "edge_v", "length", "barrier")}
    return replace(atoms, **edges)


def _groups(ground: Ground, leaf: NDArray[np.object_]) -> dict[str, str]:
    """Return the villager group of each given grid."""
    lived = np.flatnonzero(ground.atoms.group >= 0)
    names = ground.stacks.group_names
    codes = {code: ground.ancestors(code)[0] for code in set(leaf[lived])}
    return {codes[leaf[at]]: names[ground.atoms.group[at]] for at in lived.tolist()}


def _proofs(zoning: AreaZoning, draft: Draft, codes: Mapping[tuple[int, int], str]) -> dict[str, list[Any]]:
    """Return what the solver proved of grids out of band, by their code."""
    out: dict[str, list[Any]] = {}
    for item in zoning.exceptions:
        at = int(np.flatnonzero(zoning.labels[item.level - 1] == item.zone)[0])
        code = codes[item.level - 1, int(draft.labels[item.level - 1][at])]
        proof = json.loads(json.dumps(item.proof))
        out[code] = [item.reason, int(item.violation), int(item.smallest_violation), proof]
    return out


def different_rows(old: pd.DataFrame, new: pd.DataFrame, key: str) -> tuple[pd.DataFrame, list[str]]:
    """Compare rows of an area's table.

    Parameters
    ----------
    old, new : DataFrame
        The rows, as stored and as they will be.
    key : str
        The column they are known by.

    Returns
    -------
    rows : DataFrame
        New rows that are not stored already, to the last digit.
    gone : list of str
        Keys of rows that are no more.
    """
    place = pd.Index(old[key]).get_indexer(new[key])
    known = np.flatnonzero(place >= 0)
    same = np.zeros(len(new), dtype=bool)
    equal = np.ones(len(known), dtype=bool)
    for name in new.columns:
        if name != "geom":
            said = zip(_plain(old[name].iloc[place[known]]), _plain(new[name].iloc[known]), strict=True)
            equal &= np.array([a == b for a, b in said], dtype=bool)
    if "geom" in new.columns:
        some = np.flatnonzero(equal)
        shapes = [np.asarray(frame["geom"], dtype=object) for frame in (old, new)]
        one, other = shapes[0][place[known[some]]], shapes[1][known[some]]
        alike = shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), 0)
        equal[some] = alike
    same[known] = equal
    gone = sorted(set(old[key]) - set(new[key]))
    return new[~same], gone


def _plain(values: pd.Series) -> list[Any]:
    return [None if value is pd.NA or value != value else value for value in values.tolist()]  # noqa: PLR0124  NaN
