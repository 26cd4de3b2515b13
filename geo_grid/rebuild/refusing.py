"""What a rebuild does not take: other rules, areas or elements than those of the plan, and households of another place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.errors import UsageError

if TYPE_CHECKING:
    from geo_grid.config import CityConfig
    from geo_grid.model import CityInput
    from geo_grid.rebuild.diff import Difference
    from geo_grid.store.base import Store

#: Households of which that many may be gone, in whatever small a plan.
MANY_GONE = 100
#: Share of a plan's households of which no year takes more: rather the file is another one.
SHARE_GONE = 0.2
_BUILD = "Use `geo-grid build` instead: codes go on there too, but grids are drawn anew."


def refuse_other_rules(was: dict[str, Any], now: dict[str, Any], label: str) -> None:
    """Refuse a configuration by which all grids would have to be drawn anew.

    Parameters
    ----------
    was, now : dict
        What the plan says of itself, and what the configuration makes of it.
    label : str
        Where the plan is.

    Raises
    ------
    UsageError
        If bands, roles, codes, barriers or the coordinate system differ.
    """
    for key in ("crs", "policy", "code_profile", "barriers", "min_contact"):
        if json.dumps(was.get(key), sort_keys=True) != json.dumps(now.get(key), sort_keys=True):
            raise UsageError(
                f"{key} is not in the configuration what it was when the plan was built", file=label, mend=_BUILD
            )


def refuse_other_ground(store: Store, city: CityInput) -> None:
    """Refuse areas or elements that are not those of the plan.

    Parameters
    ----------
    store : Store
        The store.
    city : CityInput
        What was read.

    Raises
    ------
    UsageError
        If there are.
    """
    import shapely

    stored = store.read(("areas",))["areas"]
    place = pd.Index(stored["code"]).get_indexer(city.areas["code"])
    if len(stored) != len(city.areas) or (place < 0).any():
        raise UsageError("the areas are not those of the plan", file=store.label, mend=_BUILD)
    mine = stored.iloc[place]
    old, new = np.asarray(mine["geom"], dtype=object), city.areas.geometry.to_numpy()
    far = np.abs(shapely.bounds(old) - shapely.bounds(new)).max(axis=1, initial=0.0) > 2e-3
    far |= np.abs(shapely.area(old) - shapely.area(new)) > 1e-6 * shapely.area(new) + 1e-3 * shapely.length(new)
    far |= (mine["name"].to_numpy() != city.areas["name"].to_numpy()) | (
        mine["kind"].to_numpy() != city.areas["kind"].to_numpy()
    )
    if far.any():
        code = city.areas["code"].iloc[int(np.argmax(far))]
        raise UsageError(f"area {code} is not what it was", file=store.label, mend=_BUILD)
    elements = store.read(("elements",))["elements"]
    same = len(elements) == len(city.elements) and set(elements["id"]) == set(city.elements["id"])
    if same and len(elements):
        shapes = elements.set_index("id")["geom"].reindex(city.elements["id"])
        one, other = np.asarray(shapes, dtype=object), city.elements.geometry.to_numpy()
        same = bool(shapely.equals_exact(shapely.force_2d(one), shapely.force_2d(other), 1e-6).all())
    if not same:
        raise UsageError("the elements are not those of the plan", file=store.label, mend=_BUILD)


def refuse_many_gone(diff: Difference, city: CityInput, config: CityConfig) -> None:
    """Refuse households that look like those of another place, or like a part of the file.

    Parameters
    ----------
    diff : Difference
        The new data beside the old.
    city : CityInput
        What was read.
    config : CityConfig
        What was to be read.

    Raises
    ------
    UsageError
        If more than :data:`SHARE_GONE` of the plan's households are not where they were.
    """
    gone, before, source = len(diff.gone), len(diff.old), config.inputs.households.label
    if gone <= max(MANY_GONE, SHARE_GONE * before):
        return
    rows = city.quarantine[city.quarantine["source"] == source]
    unused = "" if rows.empty else f"; {len(rows)} of its rows could not be used, the first: {rows.iloc[0]['reason']}"
    raise UsageError(
        f"{gone} of the {before} households of the plan are not in it, or not where they were{unused}",
        file=source,
        mend="See what was understood: geo-grid inspect. If it is right: --many-gone",
    )
