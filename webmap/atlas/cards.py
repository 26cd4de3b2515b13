"""All that is said of one grid: its card."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.schema import ELEMENT_CLASSES
from webmap.atlas.figures import group_of

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
        "households": plan.count(column["households"][row]),
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
        "group": group_of(card["area"], plan.areas["parent_code"].iloc[area]),
        "parent_grid": None if parent is None else grid_brief(plan, parent),
        "children": [grid_brief(plan, child) for child in plan.children.get(code, ())],
        "elements": _elements(plan, shares, boxes[1:]),
        "exception": _exception(plan, code),
        "buildings": [
            told_building(plan, building)
            for building in plan.shared_buildings(card["area"], card["level"]).get(code, ())
            if building["households"] >= names_from
        ],
        "bounds": boxes[0],
    }


def told_building(plan: PublicPlan, building: dict[str, Any]) -> dict[str, Any]:
    """Return a shared building with its counts as they may be told.

    Parameters
    ----------
    plan : PublicPlan
        The plan.
    building : dict
        As :func:`webmap.atlas.buildings.shared_buildings` lists it.

    Returns
    -------
    dict
        The same, of its own.
    """
    parts = [part | {"households": plan.count(part["households"])} for part in building["parts"]]
    return building | {"households": plan.count(building["households"]), "parts": parts}


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
        ``reason, violation, smallest_violation, proof``; the public is told of the violations of a grid only where it
        is told its households, and of the proof only such counts.
    """
    item = plan.exceptions.iloc[row]
    try:
        proof = json.loads(item["proof"]) if item["proof"] else None
    except ValueError:
        proof = item["proof"]
    told = {
        "reason": item["reason"],
        "violation": int(item["violation"]),
        "smallest_violation": int(item["smallest_violation"]),
        "proof": proof,
    }
    if plan.least_count == 0:
        return told
    if hidden(plan, item["grid_code"]):  # how far it is from its band would give its households away
        told["violation"] = told["smallest_violation"] = None
    told["proof"] = _public_proof(plan, proof)
    return told


def hidden(plan: PublicPlan, code: str) -> bool:
    """Return whether the count of a grid's households is not told.

    Parameters
    ----------
    plan : PublicPlan
        The plan.
    code : str
        Code of the grid.

    Returns
    -------
    bool
        True for fewer than the least count.
    """
    return bool(plan.grid_columns["households"][plan.grid_row[code]] < plan.least_count)


def _public_proof(plan: PublicPlan, proof: Any) -> dict[str, Any] | None:
    """Keep what tells of no few households, and none of a planner's own words, which may name somebody."""
    if not isinstance(proof, dict):
        return None
    told = {name: proof[name] for name in ("low", "high", "zones") if isinstance(proof.get(name), int)}
    if isinstance(proof.get("piece_households"), int):
        told["piece_households"] = plan.count(proof["piece_households"])
    pieces = proof.get("pieces_households")
    if isinstance(pieces, list) and all(isinstance(each, int) for each in pieces):
        told["pieces_households"] = [plan.count(each) for each in pieces]
    return told or None


def _exception(plan: PublicPlan, code: str) -> dict[str, Any] | None:
    row = plan.exception_row.get(code)
    return None if row is None else exception_of(plan, row)
