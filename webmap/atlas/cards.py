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
        ``code, short, name, role, level, parent, area, households, low, high, state, exceptional``.
    """
    column = plan.grid_columns
    code = column["code"][row]
    return {
        "code": code,
        "short": plan.label(code),
        "name": column["name"][row],
        "role": column["role"][row],
        "level": column["level"][row],
        "parent": column["parent_code"][row],
        "area": column["area_code"][row],
        "households": column["households"][row],
        "low": column["low"][row],
        "high": column["high"][row],
        "state": column["state"][row],
        "exceptional": column["exceptional"][row],
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
    shares = plan.shares_of_grid.get(code, np.empty(0, dtype=int))
    boxes = projector.boxes(np.concatenate([plan.grid_boxes[[row]], plan.share_boxes[shares]]))
    parent = plan.grid_row.get(card["parent"] or "")
    area = plan.area_row[card["area"]]
    return card | {
        "area_name": plan.area_names[area],
        "kind": plan.area_kinds[area],
        "parent_grid": None if parent is None else grid_brief(plan, parent),
        "children": [grid_brief(plan, child) for child in plan.children.get(code, ())],
        "elements": _elements(plan, shares, boxes[1:]),
        "exception": _exception(plan, code),
        "buildings": [
            building
            for building in plan.shared_buildings(card["area"], card["level"]).get(code, ())
            if building["households"] >= names_from
        ],
        "bounds": boxes[0],
    }


def _elements(plan: PublicPlan, shares: Any, boxes: list[list[float] | None]) -> list[dict[str, Any]]:
    share, element = plan.share_columns, plan.element_columns
    order = {name: place for place, name in enumerate(ELEMENT_CLASSES)}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row, box in zip(shares.tolist(), boxes, strict=True):
        at = plan.element_row[share["element_id"][row]]
        groups.setdefault((element["class"][at], element["measure_unit"][at]), []).append(
            {"name": element["name"][at], "measure": share["measure"][row], "held": share["held"][row], "bounds": box}
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
