"""One area of a plan, and what must hold of every import into it (``from areas_at_hand import area_of``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geo_grid.model import Plan

if TYPE_CHECKING:
    from geo_grid.exchange.assignment import Assignment


def area_of(plan: Plan, code: str) -> Plan:
    """Return what a store answers for one area."""
    tables = {}
    for name, frame in plan.tables.items():
        column = {"areas": "code", "units": "area_code", "grids": "area_code", "households": "area_code"}.get(name)
        if column is not None:
            tables[name] = frame[frame[column] == code].reset_index(drop=True)
    return Plan(plan.crs, tables, plan.meta)


def leaves(plan: Plan) -> dict[str, str]:
    """Return the finest grid of each household."""
    units = plan["units"].set_index("id")
    leaf = units["grid_code_l3"].fillna(units["grid_code_l2"])
    return dict(zip(plan["households"]["id"], leaf[plan["households"]["unit_id"]], strict=True))


def accounted(plan: Plan, found: Assignment) -> Assignment:
    """Hold an import to its promises: every row, every household, nothing twice."""
    households = plan["households"]["id"].tolist()
    assert found.placed + len(found.errors) == found.read
    assert not found.errors.duplicated(["file", "row"]).any()
    assert found.errors["reason"].str.len().min() > 0 or not len(found.errors)
    assert found.decided + len(found.filled) == len(households)
    assert set(found.filled["household"]) <= set(households)
    assert not found.filled["reason"].isna().any()
    assert found.filled["source"].isin(["building", "nearest", "present"]).all()
    empty = plan["units"].loc[plan["units"]["households"] == 0, "id"]
    assert set(households) <= set(found.labels) <= set(households) | set(empty)
    assert all(isinstance(key, str) and key for key in found.labels.values())
    for leaf in set(found.labels.values()):
        chain = [leaf]
        while chain[-1] in found.parents:  # parents lead upwards, never in a circle
            assert found.parents[chain[-1]] not in chain
            chain.append(found.parents[chain[-1]])
    op = found.to_op()
    assert op["grids"] == found.labels
    assert pd.Series(list(found.names.values()), dtype=object).map(lambda name: isinstance(name, str) and name).all()
    return found
