"""What the tests of editing share: ops drawn at random, deltas put into a plan, and the check of what came out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.check import check_plan
from geo_grid.edit import Ground, area_tables
from geo_grid.edit.state import AreaState
from geo_grid.edit.view import runs_of, starts_of, unit_ids, view_of
from geo_grid.model import Plan
from geo_grid.schema import TABLES

#: Faults of a draft's grids that are out of band and not proved to be so, by the check's own names.
OPEN = {"out_of_band", "status_wrong"}
DECIDED = {"exception_reason", "smallest_violation"}
#: What is settled elsewhere: shares of elements, seams between areas, the account of a city of which this is one area.
SETTLED = ("share", "element", "areas_no_coverage", "rows_", "outside")


def area_of(plan: Plan, code: str) -> Plan:
    """Return the plan of one area, as a store gives it."""
    grids = plan["grids"][plan["grids"]["area_code"] == code]
    parts = {
        "areas": plan["areas"][plan["areas"]["code"] == code],
        "units": plan["units"][plan["units"]["area_code"] == code],
        "grids": grids,
        "exceptions": plan["exceptions"][plan["exceptions"]["grid_code"].isin(grids["code"])],
        "households": plan["households"][plan["households"]["area_code"] == code],
        "elements": plan["elements"],
        "element_shares": plan["element_shares"].iloc[:0],
        "quarantine": plan["quarantine"].iloc[:0],
    }
    return Plan(plan.crs, {name: frame.reset_index(drop=True) for name, frame in parts.items()}, plan.meta)


def with_delta(plan: Plan, delta: Any) -> Plan:
    """Return a plan into which a delta was put, as a store does it."""
    tables = dict(plan.tables)
    for name in {*delta.upserts, *delta.deletes}:
        frame, key = tables[name], TABLES[name].key[0]
        gone = {values[0] for values in delta.deletes.get(name, [])}
        rows = delta.upserts.get(name)
        fresh = set() if rows is None else set(rows[key])
        assert gone <= set(frame[key])
        assert not gone & fresh
        kept = frame[~frame[key].isin(gone | fresh)]
        tables[name] = kept if rows is None else pd.concat([kept, rows], ignore_index=True)
    if delta.households is not None:
        people = tables["households"].copy()
        unit = dict(zip(delta.households["id"], delta.households["unit_id"], strict=True))
        people["unit_id"] = [unit.get(i, u) for i, u in zip(people["id"], people["unit_id"], strict=True)]
        tables["households"] = people
    return Plan(plan.crs, tables, plan.meta)


def faults_in(plan: Plan) -> list[str]:
    """Return what the check finds that no draft may have."""
    grids, exceptions = plan["grids"], plan["exceptions"]
    idle = set(grids["code"][grids["status"] == "open"])
    decided = set(exceptions["grid_code"][exceptions["reason"] == "decided"])
    return [
        str(fault)
        for fault in check_plan(plan)
        if not any(word in fault.code for word in SETTLED)
        and not (fault.code in OPEN and fault.object in idle)
        and not (fault.code in DECIDED and fault.object in decided)
    ]


def same_tables(plan: Plan, tables: dict[str, Any]) -> None:
    """Insist that the tables of an area say the same, whatever the order of their rows."""
    for name in ("areas", "units", "grids", "exceptions"):
        key = TABLES[name].key[0]
        a, b = (frame.sort_values(key).reset_index(drop=True) for frame in (plan[name], tables[name]))
        assert list(a[key]) == list(b[key]), name
        for column in TABLES[name].column_names:
            if column == "geom":
                here, there = (shapely.normalize(_lone(frame["geom"])) for frame in (a, b))
                same = shapely.equals_exact(here, there, 0)
                assert same.all(), (name, list(a[key][~same])[:5], shapely.area(here ^ there)[~same][:5])
            else:
                one, other = (frame[column].astype(object).where(frame[column].notna(), None) for frame in (a, b))
                assert one.tolist() == other.tolist(), f"{name}.{column}"
    unit = dict(zip(tables["households"]["id"], tables["households"]["unit_id"], strict=True))
    assert unit == dict(zip(plan["households"]["id"], plan["households"]["unit_id"], strict=True))


def _lone(values: Any) -> Any:
    return np.array([g.geoms[0] if g.geom_type == "MultiPolygon" and len(g.geoms) == 1 else g for g in values], object)


def random_op(rng: np.random.Generator, ground: Ground, state: AreaState) -> dict[str, Any]:
    """Draw an op that makes sense now and then."""
    view = view_of(ground, state)
    level = int(rng.integers(ground.depth))
    codes = view.codes[level]
    code = str(rng.choice(codes))
    ids = unit_ids(ground, starts_of(runs_of(ground, state)))
    kind = rng.choice(
        ["move", "move", "move", "move_new", "line", "split", "merge", "merge", "lock", "rename", "excuse", "cut", "cut"]
        + ["resolve", "mend", "mend_some"]
    )
    labels = view.labels[level]
    match kind:
        case "move" | "move_new":
            links = ground.links
            out = np.flatnonzero(labels[links.u] != labels[links.v])
            runs = runs_of(ground, state)
            if len(out) and rng.random() < 0.8:
                edge = out[rng.integers(len(out))]
                unit, to = ids[runs[links.u[edge]]], codes[labels[links.v[edge]]]
            else:
                unit, to = str(rng.choice(ids)), code
            return {"op": "move", "units": [unit], "to": None if kind == "move_new" else to, "level": level + 1}
        case "line":
            mine = labels == codes.index(code)
            x, y = ground.atoms.x[mine].mean(), ground.atoms.y[mine].mean()
            angle = rng.random() * np.pi
            way = np.array([np.cos(angle), np.sin(angle)]) * rng.choice([1.0, 5000.0])
            return {"op": "split_line", "grid": code, "line": [[x - way[0], y - way[1]], [x + way[0], y + way[1]]]}
        case "split":
            return {"op": "split", "grid": code, "parts": rng.choice([None, 2, 3])}
        case "merge":
            links = ground.links
            out = np.flatnonzero(labels[links.u] != labels[links.v])
            if not len(out):
                return {"op": "merge", "grids": [code, str(rng.choice(codes))], "into": None}
            edge = out[rng.integers(len(out))]
            return {"op": "merge", "grids": [codes[labels[links.u[edge]]], codes[labels[links.v[edge]]]], "into": None}
        case "lock":
            return {"op": "lock", "grids": [code], "locked": bool(rng.random() < 0.5)}
        case "rename":
            return {"op": "rename", "grid": code, "name": rng.choice(["", "东区", "西区"])}
        case "excuse":
            return {"op": "excuse", "grid": code, "reason": rng.choice([None, "两户相邻"])}
        case "cut":
            return {"op": "cut", "unit": str(rng.choice(ids)), "after": int(rng.integers(1, 4))}
        case "resolve":
            return {"op": "resolve", "grids": rng.choice([None, 1]) and [code], "seed": int(rng.integers(9))}
        case "mend":
            return {"op": "mend", "grids": None, "seed": 0}
    return {"op": "mend", "grids": [code], "seed": 0}


def tables_agree(ground: Ground, state: AreaState, plan: Plan) -> None:
    """Insist that a plan holds exactly the tables of a state."""
    same_tables(plan, area_tables(ground, state))
