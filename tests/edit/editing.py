"""What the tests of editing share: ops drawn at random, deltas put into a plan, and the check of what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.check import check_plan
from geo_grid.edit import faults_of
from geo_grid.edit.view import runs_of, starts_of, unit_ids, view_of
from geo_grid.model import Plan
from geo_grid.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection

    from geo_grid.edit import AreaState, Ground

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


def faults_in(plan: Plan, torn: Collection[str] = ()) -> list[str]:
    """Return what the check finds that no draft may have; grids taken over in pieces are ``torn``."""
    grids, exceptions = plan["grids"], plan["exceptions"]
    idle = set(grids["code"][grids["status"] == "open"])
    decided = set(exceptions["grid_code"][exceptions["reason"] == "decided"])
    return [
        str(fault)
        for fault in check_plan(plan)
        if not any(word in fault.code for word in SETTLED)
        and not (fault.code in OPEN and fault.object in idle)
        and not (fault.code == "grid_not_connected" and fault.object in torn)
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


class Dice:
    """Draws ops on a state that make sense now and then."""

    def __init__(self, rng: np.random.Generator, ground: Ground, state: AreaState) -> None:
        self.rng, self.ground, self.state = rng, ground, state
        self.view = view_of(ground, state)
        self.level = int(rng.integers(ground.depth))
        self.codes = self.view.codes[self.level]
        self.labels = self.view.labels[self.level]
        self.code = str(rng.choice(self.codes))
        self.runs = runs_of(ground, state)
        self.ids = unit_ids(ground, starts_of(self.runs))

    def throw(self) -> dict[str, Any]:
        """Draw one op."""
        kinds = (
            *(self.move, self.move, self.move, self.new, self.merge, self.merge, self.cut, self.cut),
            *(self.line, self.split, self.lock, self.rename, self.excuse, self.resolve, self.mend, self.assign),
        )
        return kinds[self.rng.integers(len(kinds))]()

    def border(self) -> tuple[int, int] | None:
        """Draw two atoms on both sides of a border."""
        links = self.ground.links
        out = np.flatnonzero(self.labels[links.u] != self.labels[links.v])
        if not len(out):
            return None
        edge = out[self.rng.integers(len(out))]
        ends = [int(links.u[edge]), int(links.v[edge])]
        self.rng.shuffle(ends)
        return ends[0], ends[1]

    def move(self) -> dict[str, Any]:
        unit, to = str(self.rng.choice(self.ids)), self.code
        if (ends := self.border()) and self.rng.random() < 0.8:
            unit, to = self.ids[self.runs[ends[0]]], self.codes[self.labels[ends[1]]]
        return {"op": "move", "units": [unit], "to": to, "level": self.level + 1}

    def new(self) -> dict[str, Any]:
        return {**self.move(), "to": None}

    def merge(self) -> dict[str, Any]:
        ends = self.border() or (0, 0)
        pair = [self.codes[self.labels[end]] for end in ends]
        return {"op": "merge", "grids": pair if pair[0] != pair[1] else [self.code, "?"]}

    def line(self) -> dict[str, Any]:
        mine = self.labels == self.codes.index(self.code)
        x, y = (float(values[mine].mean()) for values in (self.ground.atoms.x, self.ground.atoms.y))
        angle, reach = self.rng.random() * np.pi, self.rng.choice([1.0, 5000.0])
        dx, dy = float(np.cos(angle) * reach), float(np.sin(angle) * reach)
        return {"op": "split_line", "grid": self.code, "line": [[x - dx, y - dy], [x + dx, y + dy]]}

    def split(self) -> dict[str, Any]:
        return {"op": "split", "grid": self.code, "parts": [None, 2, 3][self.rng.integers(3)]}

    def lock(self) -> dict[str, Any]:
        return {"op": "lock", "grids": [self.code], "locked": bool(self.rng.random() < 0.7)}

    def rename(self) -> dict[str, Any]:
        return {"op": "rename", "grid": self.code, "name": ["", "东区", "西区"][self.rng.integers(3)]}

    def excuse(self) -> dict[str, Any]:
        faults = [fault.grid for fault in faults_of(self.ground, self.state)]
        return {
            "op": "excuse",
            "grid": faults[0] if faults else self.code,
            "reason": [None, "两户相邻"][self.rng.integers(2)],
        }

    def cut(self) -> dict[str, Any]:
        return {"op": "cut", "unit": str(self.rng.choice(self.ids)), "after": int(self.rng.integers(1, 4))}

    def resolve(self) -> dict[str, Any]:
        return {"op": "resolve", "grids": [None, [self.code]][self.rng.integers(2)], "seed": int(self.rng.integers(9))}

    def mend(self) -> dict[str, Any]:
        return {**self.resolve(), "op": "mend"}

    def assign(self) -> dict[str, Any]:
        """Take the grids over as they are, but for one household that goes where its neighbour is."""
        names = np.array(self.view.codes[-1], dtype=object)[self.view.labels[-1]]
        ids = self.ground.household_ids
        if not len(ids):
            return self.rename()
        grids = {str(name): str(code) for name, code in zip(ids, names, strict=False)}
        one, other = self.rng.integers(len(ids), size=2)
        grids[str(ids[one])] = [str(names[other]), "甲"][self.rng.integers(2)]
        return {"op": "assign", "grids": grids}
