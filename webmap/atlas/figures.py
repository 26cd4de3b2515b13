"""Figures of areas and of the whole plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.schema import ELEMENT_CLASSES

if TYPE_CHECKING:
    from webmap.atlas.source import PublicPlan

#: What a grid is coloured by, in the order of the legend.
STATES = ("in_band", "below", "above", "exception", "given")


def level_figures(grids: Any) -> list[dict[str, Any]]:
    """Count grids by level.

    Parameters
    ----------
    grids : DataFrame
        Rows of the table of grids with ``state`` and ``exceptional``.

    Returns
    -------
    list of dict
        ``level, grids, banded, in_band, exceptions, states`` a level.
    """
    rows = []
    for level, part in grids.groupby("level", sort=True):
        banded = part["low"].notna()
        states = part["state"].value_counts()
        rows.append(
            {
                "level": int(level),
                "grids": len(part),
                "banded": int(banded.sum()),
                "in_band": int((part["state"] == "in_band").sum()),
                "exceptions": int(part["exceptional"].sum()),
                "states": {state: int(states[state]) for state in STATES if state in states},
            }
        )
    return rows


def area_figures(plan: PublicPlan) -> list[dict[str, Any]]:
    """Return the figures of each area.

    Parameters
    ----------
    plan : PublicPlan
        The plan.

    Returns
    -------
    list of dict
        One an area, in order of code: names, households, grids by level, grids with a band and in it, exceptions.
    """
    grids = plan.grids
    flags = pd.DataFrame(
        {
            "area_code": grids["area_code"],
            "banded": grids["low"].notna(),
            "in_band": grids["state"] == "in_band",
            "exceptions": grids["exceptional"],
        }
    )
    counted = flags.groupby("area_code").sum()
    sums = {code: [int(value) for value in values] for code, *values in counted.itertuples(name=None)}
    table = plan.areas[["code", "name", "kind", "parent_code", "households"]]
    return [
        {
            "code": area.code,
            "name": area.name,
            "kind": area.kind,
            "group": group_of(area.code, area.parent_code),
            "households": plan.count(int(area.households)),
            "grids": {str(level): len(plan.grids_of_area[area.code, level]) for level in plan.levels(area.code)},
            **dict(zip(counted.columns, sums.get(area.code, [0, 0, 0]), strict=True)),
        }
        for area in table.itertuples(index=False)
    ]


def group_of(code: str, parent: object) -> str:
    """Return what an area is rolled up to: its parent, else the township its code names.

    Parameters
    ----------
    code : str
        Code of the area.
    parent : object
        ``parent_code`` of the area, or a missing value.

    Returns
    -------
    str
        The parent's code, the first nine digits of a twelve-digit code, or "" where neither says anything.
    """
    if isinstance(parent, str) and parent:
        return parent
    return code[:9] if len(code) == 12 and code.isdigit() else ""


def element_figures(plan: PublicPlan) -> list[dict[str, Any]]:
    """Return amounts of elements by class, in the order classes are listed.

    Parameters
    ----------
    plan : PublicPlan
        The plan.

    Returns
    -------
    list of dict
        ``class, unit, count, measure, outside`` for each class and unit at hand.
    """
    table = plan.elements.groupby(["class", "measure_unit"], sort=True).agg(
        count=("id", "size"), measure=("measure", "sum"), outside=("outside", "sum")
    )
    order = {name: place for place, name in enumerate(ELEMENT_CLASSES)}
    rows = [
        {
            "class": name,
            "unit": unit,
            "count": int(row["count"]),
            "measure": float(row["measure"]),
            "outside": float(row["outside"]),
        }
        for (name, unit), row in table.iterrows()
    ]
    return sorted(rows, key=lambda row: order.get(row["class"], len(order)))
