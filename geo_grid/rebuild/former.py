"""What a store knows of the plan that is about to be replaced: who lived in which grid, as drafted and as published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.store.ancestry import read_ancestry
from geo_grid.store.drafted import chains_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.store.base import Store
    from geo_grid.store.ledger import Ledger

#: Columns with the grids of a household, coarsest first.
LEVEL_COLUMNS = ("grid_code_l1", "grid_code_l2", "grid_code_l3")


@dataclass(frozen=True, slots=True)
class Former:
    """The plan before.

    Parameters
    ----------
    crs : str
        Its coordinate system.
    people : DataFrame
        What :meth:`geo_grid.store.drafted.Drafted.housed` returned.
    grids : DataFrame
        What :meth:`geo_grid.store.drafted.Drafted.grid_list` returned.
    numbers : dict of str to int
        Highest number ever given under each parent.
    version : int or None
        The latest published version.
    published : ndarray of str or None
        Code of the finest grid of that version each of ``people`` was in, None for none; None where there is no version.
    """

    crs: str
    people: pd.DataFrame
    grids: pd.DataFrame
    numbers: dict[str, int]
    version: int | None
    published: NDArray[np.object_] | None


def read_former(store: Store) -> Former:
    """Read what a new plan has to know of the present one.

    Parameters
    ----------
    store : Store
        A store with a plan.

    Returns
    -------
    Former
        Its grids and households.
    """
    crs, version = str(store.meta()["crs"]), store.latest_version()
    with store.ledger() as ledger:
        people, grids, numbers = ledger.housed(), ledger.grid_list(), ledger.all_numbers()
        if version is None:
            return Former(crs, people, grids, numbers, None, None)
        published = published_grids(store, ledger, people, leaf_codes(people))
        assert published is not None  # noqa: S101  there is a version
        people, grids = _as_public(ledger, version, people, grids, published)
    return Former(crs, people, grids, numbers, version, published)


def _as_public(
    ledger: Ledger, version: int, people: pd.DataFrame, grids: pd.DataFrame, published: NDArray[np.object_]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let codes go on from what the public knows, where the draft holds changes that are about to be given up."""
    heads, shown = ledger.heads(), ledger.published_heads()
    given_up = {area for area, number in shown.items() if (heads[area].number if area in heads else 0) != number}
    if not given_up:
        return people, grids
    known = ledger.published_grid_list(version)
    known = known[known["area_code"].isin(given_up)]
    chains = chains_of(known)
    mine = people["area_code"].isin(given_up).to_numpy()
    people = people.copy()
    for level, name in enumerate(LEVEL_COLUMNS, start=1):
        codes = [chains.get(leaf, {}).get(level) for leaf in published[mine]]
        people[name] = people[name].astype(object)
        people.loc[mine, name] = np.array(codes, dtype=object)
    return people, pd.concat((grids[~grids["area_code"].isin(given_up)], known), ignore_index=True)


def leaf_codes(people: pd.DataFrame) -> NDArray[np.object_]:
    """Return the finest grid of each household.

    Parameters
    ----------
    people : DataFrame
        With the columns :data:`LEVEL_COLUMNS`.

    Returns
    -------
    ndarray of str
        Codes.
    """
    one, two, three = (people[name].astype(object) for name in LEVEL_COLUMNS)
    leaf = three.where(three.notna(), two.where(two.notna(), one))
    return np.array(leaf, dtype=object)


def published_grids(
    store: Store, ledger: Ledger, people: pd.DataFrame, leaves: NDArray[np.object_]
) -> NDArray[np.object_] | None:
    """Return the grids of the latest version that the households of the draft are in.

    Parameters
    ----------
    store : Store
        The store.
    ledger : Ledger
        Its ledger.
    people : DataFrame
        Households of the draft.
    leaves : ndarray of str
        The finest grid of each, in the draft.

    Returns
    -------
    ndarray of str or None
        Code of the finest grid of each, None for none; None where nothing was published.
    """
    if store.latest_version() is None:
        return None
    heads, shown = ledger.heads(), ledger.published_heads()
    kept = ledger.ancestry()
    rows = {str(area): np.sort(at) for area, at in people.groupby("area_code").indices.items()}
    out, none = leaves.copy(), np.empty(0, dtype=object)
    for area in rows.keys() - shown.keys():  # not published since it was built: it knows where its households come from
        out[rows[area]] = None
        was = read_ancestry(kept[1][area]) if kept and area in kept[1] else none
        if len(was) == len(rows[area]):
            out[by_id(people, rows[area])] = was
    for area, number in shown.items():
        if (heads[area].number if area in heads else 0) != number and area in rows:
            out[rows[area]] = _as_published(store, ledger, area, number, people["id"].to_numpy()[rows[area]])
    return out


def by_id(people: pd.DataFrame, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort rows by the ids of their households.

    Parameters
    ----------
    people : DataFrame
        Households.
    rows : ndarray of int64
        Positions of some of them.

    Returns
    -------
    ndarray of int64
        The same positions: the order in which former grids are kept.
    """
    return np.asarray(rows[np.argsort(people["id"].to_numpy(dtype=object)[rows].astype(str), kind="stable")])


def _as_published(store: Store, ledger: Ledger, area: str, number: int, ids: NDArray[Any]) -> NDArray[np.object_]:
    """Return the grids that households of an area had in another revision than the draft shows."""
    from geo_grid.edit import GROUND_TABLES, AreaState, read_ground

    ground = read_ground(store.area_plan(area, GROUND_TABLES), ledger.origin(area))
    state = AreaState.from_text(ledger.state(area, number), ground) if number else ground.base
    codes = np.array(state.codes, dtype=object)[state.leaf[: ground.stacks.n]]
    return np.asarray(pd.Series(codes, index=ground.household_ids).reindex(ids).to_numpy(dtype=object))
