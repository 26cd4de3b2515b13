"""All that is said of one grid: its card."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.schema import ELEMENT_CLASSES

if TYPE_CHECKING:
    from webmap.atlas.geo import Projector
    from webmap.atlas.source import PublicPlan


def optional_int(value: Any) -> int | None:
    """Return a nullable number as JSON writes it.

    Parameters
    ----------
    value : Any
        An integer or a missing value.

    Returns
    -------
    int or None
        The integer, or None.
    """
    return None if pd.isna(value) else int(value)


def optional_text(value: Any) -> str | None:
    """Return a nullable text as JSON writes it.

    Parameters
    ----------
    value : Any
        Text or a missing value.

    Returns
    -------
    str or None
        The text, or None.
    """
    return None if pd.isna(value) else str(value)


def grid_brief(plan: PublicPlan, row: int) -> dict[str, Any]:
    """Return what a list or the map says of a grid.

    Parameters
    ----------
    plan : PublicPlan
        The plan.
    row : int
        Position of the grid.

    Returns
    -------
    dict
        ``code, short, name, level, parent, area, households, low, high, state, exceptional``.
    """
    grid = plan.grids.iloc[row]
    parent = optional_text(grid["parent_code"])
    return {
        "code": grid["code"],
        "short": plan.number(grid["code"]),
        "name": grid["name"],
        "role": grid["role"],
        "level": int(grid["level"]),
        "parent": parent,
        "area": grid["area_code"],
        "households": int(grid["households"]),
        "low": optional_int(grid["low"]),
        "high": optional_int(grid["high"]),
        "state": grid["state"],
        "exceptional": bool(grid["exceptional"]),
    }


def grid_card(plan: PublicPlan, projector: Projector, code: str, names_from: int) -> dict[str, Any] | None:
    """Return the card of a grid.

    Parameters
    ----------
    plan : PublicPlan
        The plan.
    projector : Projector
        For the box around the grid and its elements.
    code : str
        Code of the grid.
    names_from : int
        Households a building needs before it is named.

    Returns
    -------
    dict or None
        The card, or None if there is no such grid.
    """
    row = plan.grid_row.get(code)
    if row is None:
        return None
    card = grid_brief(plan, row)
    parent, area = plan.grid_row.get(card["parent"] or ""), plan.areas.iloc[plan.area_row[card["area"]]]
    return card | {
        "area_name": area["name"],
        "kind": area["kind"],
        "parent_grid": None if parent is None else grid_brief(plan, parent),
        "children": [grid_brief(plan, child) for child in plan.children.get(code, ())],
        "elements": _elements(plan, projector, code),
        "exception": _exception(plan, code),
        "buildings": _shared_buildings(plan, card, names_from),
        "bounds": projector.bounds(plan.grids["geom"].iloc[[row]].to_numpy()),
    }


def _elements(plan: PublicPlan, projector: Projector, code: str) -> list[dict[str, Any]]:
    rows = plan.shares_of_grid.get(code)
    if rows is None:
        return []
    shares = plan.shares.iloc[rows]
    found = plan.elements.iloc[[plan.element_row[key] for key in shares["element_id"]]]
    order = {name: place for place, name in enumerate(ELEMENT_CLASSES)}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for (_, share), (_, element) in zip(shares.iterrows(), found.iterrows(), strict=True):
        groups.setdefault((element["class"], element["measure_unit"]), []).append(
            {
                "name": optional_text(element["name"]),
                "measure": float(share["measure"]),
                "held": float(share["held"]),
                "bounds": projector.bounds(np.array([share["geom"]], dtype=object)) if share["geom"] else None,
            }
        )
    return [
        {
            "class": name,
            "unit": unit,
            "held": sum(item["held"] for item in items),
            "items": sorted(items, key=lambda item: -item["held"]),
        }
        for (name, unit), items in sorted(groups.items(), key=lambda pair: order.get(pair[0][0], len(order)))
    ]


def exception_of(plan: PublicPlan, row: int) -> dict[str, Any]:
    """Return one exception.

    Parameters
    ----------
    plan : PublicPlan
        The plan.
    row : int
        Position of the exception.

    Returns
    -------
    dict
        ``reason, violation, smallest_violation, proof``.
    """
    item = plan.exceptions.iloc[row]
    try:
        proof = json.loads(item["proof"]) if item["proof"] else None
    except ValueError:
        proof = item["proof"]
    return {
        "reason": item["reason"],
        "violation": int(item["violation"]),
        "smallest_violation": int(item["smallest_violation"]),
        "proof": proof,
    }


def _exception(plan: PublicPlan, code: str) -> dict[str, Any] | None:
    row = plan.exception_row.get(code)
    return None if row is None else exception_of(plan, row)


def floors_text(part: Any) -> list[int] | None:
    """Return the floors that units of one building cover.

    Parameters
    ----------
    part : DataFrame
        Units of one building.

    Returns
    -------
    list of int or None
        First and last floor, or None where floors are not known.
    """
    low, high = part["floor_from"].min(), part["floor_to"].max()
    return None if pd.isna(low) or pd.isna(high) else [int(low), int(high)]


def _shared_buildings(plan: PublicPlan, card: dict[str, Any], names_from: int) -> list[dict[str, Any]]:
    """List the buildings this grid shares with others of its level, with everyone's floors."""
    units = plan.units.iloc[plan.units_of_area.get(card["area"], [])]
    column = f"grid_code_l{card['level']}"
    mine = units.loc[units[column] == card["code"], "stack_id"].unique()
    near = units[units["stack_id"].isin(mine)]
    shared = near.groupby("stack_id")[column].nunique()
    rows = []
    for stack in shared.index[shared > 1]:
        stack_units = near[near["stack_id"] == stack]
        if stack_units["households"].sum() < names_from:
            continue
        parts = [
            {
                "grid": grid,
                "short": plan.number(grid),
                "floors": floors_text(part),
                "entrances": sorted({str(name) for name in part["entrance"].dropna()}),
                "households": int(part["households"].sum()),
            }
            for grid, part in stack_units.groupby(column, sort=True)
        ]
        parts.sort(key=lambda part: (part["floors"] or [0], part["grid"]))
        rows.append({"building": optional_text(stack_units["building"].iloc[0]), "parts": parts})
    return rows
