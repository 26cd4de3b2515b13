"""What a rebuild does not take: other rules, other areas, other elements than those of the plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.errors import UsageError

if TYPE_CHECKING:
    from geo_grid.model import CityInput
    from geo_grid.store.base import Store

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
