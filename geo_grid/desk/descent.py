"""What became of the grids of the last version in a plan that was built anew since: told by the households."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_grid.edit.compare import kind_of
from geo_grid.edit.recode import heirs_of
from geo_grid.store.ancestry import read_ancestry
from geo_grid.store.drafted import chains_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from geo_grid.store.ledger import Ledger

    Ints = NDArray[np.int64]

_LEVELS = (1, 2, 3)


def lineage_across(ledger: Ledger, standing: Collection[str] = ()) -> pd.DataFrame | None:
    """Say what became of each grid of the version that was published before the plan was built anew, or rebuilt.

    Parameters
    ----------
    ledger : Ledger
        The ledger of a store of which areas were not published since they were built.
    standing : collection of str
        Areas that are as they were published, but for edits: they are left out.

    Returns
    -------
    DataFrame or None
        As :func:`geo_grid.edit.lineage_of`, for all other areas; households that are no more, or new, are in no row.
        None where the ledger does not know.
    """
    kept = ledger.ancestry()
    if kept is None:
        return None
    version, states = kept
    old, new = (
        grids[~grids["area_code"].isin(set(standing))]
        for grids in (ledger.published_grid_list(version), ledger.grid_list())
    )
    people = ledger.household_grids(sorted(new["area_code"].unique()))
    was = _former(people, states)
    chains = chains_of(old)
    frames = []
    for level in _LEVELS:
        before, after = (set(grids.loc[grids["level"] == level, "code"]) for grids in (old, new))
        leaf = pd.Series(was).map({code: chain.get(level) for code, chain in chains.items()})
        pair = pd.DataFrame({"old": leaf.to_numpy(), "new": people[f"grid_code_l{level}"].to_numpy()})
        frames.append(_lineage(pair.dropna(), before, after, level))
    frame = pd.concat(frames, ignore_index=True)
    return frame.astype({"level": "int64", "old_code": "str", "new_code": "str", "households": "int64", "kind": "str"})


def _former(people: pd.DataFrame, states: dict[str, str]) -> NDArray[np.object_]:
    """Return the finest former grid of each household; those of an area stand by their ids."""
    out = np.full(len(people), None, dtype=object)
    ids = people["id"].to_numpy(dtype=object)
    for area, rows in people.groupby("area_code").indices.items():
        text = states.get(str(area))
        was = read_ancestry(text) if text is not None else np.empty(0, dtype=object)
        if len(was) == len(rows):
            out[rows[np.argsort(ids[rows].astype(str), kind="stable")]] = was
    return out


def _lineage(pair: pd.DataFrame, before: set[str], after: set[str], level: int) -> pd.DataFrame:
    """Say what became of the grids of one level."""
    olds, news = sorted(before), sorted(after)
    a, b = (pd.Index(names).get_indexer(pair[side]) for names, side in ((olds, "old"), (news, "new")))
    good = (a >= 0) & (b >= 0)
    a, b = a[good].astype(np.int64), b[good].astype(np.int64)
    place = {code: at for at, code in enumerate(olds)}
    rows: list[tuple[int, str | None, str | None, int, str]] = []
    if len(a):
        of_new = np.unique(b, return_inverse=True)[1].reshape(-1)
        same = np.array([place.get(news[at], -1) for at in np.unique(b)], dtype=np.int64)
        of_old = np.unique(a, return_inverse=True)
        at_old = {int(code): at for at, code in enumerate(of_old[0].tolist())}
        liked = np.array([at_old.get(int(at), -1) for at in same], dtype=np.int64)
        goes_on = heirs_of(of_old[1].reshape(-1), of_new, np.ones(len(a), dtype=np.int64), liked)
        present = np.unique(b)
        heirs = {olds[int(of_old[0][was])]: news[int(present[now])] for now, was in goes_on.items()}
        pairs, count = np.unique(a * len(news) + b, return_counts=True)
        for key, size in zip(pairs.tolist(), count.tolist(), strict=True):
            one, other = olds[key // len(news)], news[key % len(news)]
            rows.append((level, one, other, size, kind_of(one, other, heirs, before, after)))
    told = {code for _, one, other, _, _ in rows for code in (one, other)}
    still = (before & after) - {one for _, one, _, _, _ in rows}
    rows += [(level, code, code, 0, "kept") for code in sorted(still)]
    rows += [(level, None, code, 0, "new") for code in sorted(after - before - told)]
    rows += [(level, code, None, 0, "retired") for code in sorted(before - after - told)]
    return pd.DataFrame(rows, columns=["level", "old_code", "new_code", "households", "kind"])
