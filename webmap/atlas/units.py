"""Units of an area; homes are one piece of land to the public."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from webmap.atlas.buildings import without_homes
from webmap.atlas.cards import optional_text
from webmap.atlas.geo import features

if TYPE_CHECKING:
    from webmap.atlas.geo import Projector
    from webmap.atlas.source import PublicPlan


def units_answer(plan: PublicPlan, projector: Projector, code: str, names_from: int) -> str:
    """Return the units of an area.

    Parameters
    ----------
    plan : PublicPlan
        The plan.
    projector : Projector
        For their borders.
    code : str
        Code of the area.
    names_from : int
        Households a building needs before it is named.

    Returns
    -------
    str
        GeoJSON FeatureCollection.
    """
    part = plan.units.iloc[plan.units_of_area.get(code, [])]
    if plan.least_count:
        part = without_homes(part, names_from)
    stacks = part.groupby("stack_id")["households"].transform("sum")
    named = (stacks >= names_from).to_numpy()
    floors = part[["floor_from", "floor_to"]].itertuples(index=False)
    rows = (
        {
            "households": int(unit.households) if unit.households >= plan.least_count else None,
            "grid": unit.grid_code_l1 if pd.isna(unit.grid_code_l2) else unit.grid_code_l2,
            "building": optional_text(unit.building) if show else None,
            "floors": None if not show or pd.isna(low) or pd.isna(high) else [int(low), int(high)],
        }
        for unit, (low, high), show in zip(
            part[["households", "grid_code_l1", "grid_code_l2", "building"]].itertuples(index=False),
            floors,
            named.tolist(),
            strict=True,
        )
    )
    return features(projector.geometry(part["geom"].to_numpy()), rows)
