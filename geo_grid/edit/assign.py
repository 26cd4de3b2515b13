"""Grids that were drawn elsewhere: taken over household by household."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.edit.draft import Draft
from geo_grid.edit.errors import RefusedError
from geo_grid.edit.outcome import Outcome, settled
from geo_grid.edit.view import absent, runs_of, starts_of, unit_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState

    Ints = NDArray[np.int64]

#: Households named in a refusal.
_NAMED = 3


def state_from_assignment(
    ground: Ground,
    grids: Mapping[str, str],
    parents: Mapping[str, str],
    names: Mapping[str, str],
    numbers: Mapping[str, int],
    *,
    state: AreaState | None = None,
) -> Outcome:
    """Make a state of a table that says the grid of each household.

    Parameters
    ----------
    ground : Ground
        The area.
    grids : mapping of str to str
        Key of the finest grid of each household, by its id, and of units by theirs; what a household says goes before
        what its unit says. Units without households may be missing: they join a neighbour, exclaves their host.
    parents : mapping of str to str
        Key of the parent of a grid's key. Without it, the parent its code says, else the present parent of most of its
        households.
    names : mapping of str to str
        Names of grids, by key.
    numbers : mapping of str to int
        Highest number given under each parent.
    state : AreaState, optional
        What is replaced; ``ground.shown`` by default.

    Returns
    -------
    Outcome
        What it leads to. A key that is a code, as the code profile makes them, stays the code. Grids in pieces and out of
        band are faults, not refused.

    Raises
    ------
    RefusedError
        If households have no grid, a locked grid or a given group changes, or nothing changes.
    """
    draft = Draft(ground, ground.shown if state is None else state)
    keys = _keys(draft, grids)
    _join_empty(draft, keys)
    depth = ground.depth
    wanted: dict[tuple[int, int], str] = {}
    row_keys = keys
    for level in range(depth - 1, -1, -1):
        if level < depth - 1:
            row_keys = _parents(draft, level, row_keys, parents)
        _write(draft, level, row_keys, names, wanted)
    if ground.given:
        draft.labels[0] = draft.view.labels[0]
    _nest(draft)
    return settled(draft, numbers, wanted, strict=False)


def _keys(draft: Draft, grids: Mapping[str, str]) -> NDArray[np.object_]:
    """Return the key of each atom's grid, None for cells without households that are not in the table."""
    ground = draft.ground
    runs = runs_of(ground, draft.state)
    of_unit = np.array([grids.get(name) for name in unit_ids(ground, starts_of(runs))], dtype=object)
    keys = of_unit[runs]
    ids = ground.household_ids
    for at, name in enumerate(ids):
        key = grids.get(name)
        if key is not None:
            keys[at] = key
    bare = [str(ids[at]) for at in np.flatnonzero(absent(keys[: ground.stacks.n]))]
    if bare:
        more = f" and {len(bare) - _NAMED} more" if len(bare) > _NAMED else ""
        raise RefusedError(
            f"households without a grid: {', '.join(bare[:_NAMED])}{more}",
            reason="leaves_unassigned",
            mend="Give every household of the area a grid.",
        )
    return keys


def _join_empty(draft: Draft, keys: NDArray[np.object_]) -> None:
    """Let cells without households keep their grid where it is still beside them, else join the longest border."""
    ground = draft.ground
    links, host = ground.links, ground.atoms.host
    free = absent(keys) & (host < 0)
    old = draft.view.labels[-1]
    while free.any():
        ready = (free[links.u] & ~free[links.v]) | (free[links.v] & ~free[links.u])
        if not ready.any():
            # apart from all households: no table can say anything for it
            names = np.array(draft.view.codes[-1], dtype=object)
            keys[free] = names[old[free]]
            break
        inner = np.where(free[links.u], links.u, links.v)[ready]
        outer = np.where(free[links.u], links.v, links.u)[ready]
        # a neighbour of the same old grid goes before any longer border
        worth = links.length[ready] + np.where(old[inner] == old[outer], 1e9, 0.0)
        values, number = np.unique(keys[outer].astype(str), return_inverse=True)
        pair, at = np.unique(inner * len(values) + number.reshape(-1), return_inverse=True)
        total = np.bincount(at.reshape(-1), worth)
        order = np.lexsort((-total, pair // len(values)))
        atoms, first = np.unique((pair // len(values))[order], return_index=True)
        keys[atoms] = values[(pair % len(values))[order][first]]
        free[atoms] = False
    away = np.flatnonzero(host >= 0)
    keys[away] = keys[host[away]]


def _parents(draft: Draft, level: int, keys: NDArray[np.object_], parents: Mapping[str, str]) -> NDArray[np.object_]:
    """Return the key of each atom's parent at a level, from the keys one level below."""
    ground = draft.ground
    present = np.array(draft.view.codes[level], dtype=object)
    out = np.empty(len(keys), dtype=object)
    weight = ground.atoms.weight + 1e-6
    for key in dict.fromkeys(keys):
        mine = keys == key
        said = parents.get(key)
        if said is None and ground.level_of(key) == level + 2:
            said = ground.profile.parent(key, ground.kind, level + 2)
        if said is None or (ground.given and level == 0):
            said = str(present[int(np.argmax(np.bincount(draft.view.labels[level][mine], weight[mine])))])
        out[mine] = said
    return out


def _write(
    draft: Draft,
    level: int,
    keys: NDArray[np.object_],
    names: Mapping[str, str],
    wanted: dict[tuple[int, int], str],
) -> None:
    """Write the grids of a level into the draft."""
    ground, codes = draft.ground, draft.view.codes[level]
    present = {code: at for at, code in enumerate(codes)}
    for key in dict.fromkeys(keys):
        label = present[key] if key in present else draft.new(level)
        draft.labels[level][keys == key] = label
        if ground.level_of(key) == level + 1:
            wanted[level, label] = key
        if names.get(key):
            draft.names[level, label] = names[key]


def _nest(draft: Draft) -> None:
    """Cut grids that reach over two parents along their parents' border."""
    for level in range(1, len(draft.labels)):
        row, above = draft.labels[level], draft.labels[level - 1]
        pairs = np.unique(np.column_stack((row, above)), axis=0)
        twice = pairs[1:][pairs[1:, 0] == pairs[:-1, 0]]
        for label, parent in twice.tolist():
            row[(row == label) & (above == parent)] = draft.new(level)
