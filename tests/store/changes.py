"""Small changes of the tiny plan, for the tests of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely
from plans import URBAN_1, tiny_plan

from geo_grid.store.ledger import Audit, Delta, NewRevision

if TYPE_CHECKING:
    from geo_grid.store.ledger import Ledger

NOTHING = Delta({}, {}, None)
NO_LINEAGE = pd.DataFrame()


def audit(what: str = "rename", author: str = "anna", why: str | None = None) -> Audit:
    return Audit(author, what, {"op": what, "name": "名"}, {"renamed": 1}, why)


def rows(table: str, area: str = URBAN_1) -> Any:
    """Rows of an area in the tiny plan."""
    frame = tiny_plan()[table]
    return frame.loc[frame["area_code"] == area].copy()


def renamed(name: str, area: str = URBAN_1) -> Delta:
    """All grids of an area get the same name."""
    return Delta({"grids": rows("grids", area).assign(name=name)}, {}, None)


def names(store: Any, area: str = URBAN_1, version: Any = None) -> set[str]:
    return set(store.area_plan(area, ["grids"], version)["grids"]["name"])


def edit(ledger: Ledger, expected: int, name: str, area: str = URBAN_1, **options: Any) -> int:
    """Give all grids of an area a name."""
    return ledger.commit(
        area, expected, NewRevision(f"state {name}", "{}"), renamed(name, area), audit(), {}, **options
    )


def publish(ledger: Ledger, *areas: str, name: str = "v", **options: Any) -> int:
    given = {"settled": {}, "lineage": NO_LINEAGE, "note": "", "author": "chief", "expected": {}, **options}
    return ledger.publish(areas, given.pop("settled"), given.pop("lineage"), name=name, **given)


def merged() -> Delta:
    """The second level-3 grid of the first level-2 grid goes into the first; its units and households follow."""
    grids, units = rows("grids"), rows("units")
    keep, gone = f"{URBAN_1}0010101", f"{URBAN_1}0010102"
    pair = grids.loc[grids["code"].isin([keep, gone])]
    first = pair.loc[pair["code"] == keep].copy()
    first["households"] = [pair["households"].sum()]
    first["geom"] = [shapely.MultiPolygon([shapely.union_all(pair["geom"].to_numpy())])]
    moved = units.loc[units["grid_code_l3"] == gone].assign(grid_code_l3=keep)
    return Delta({"grids": first, "units": moved}, {"grids": [(gone,)]}, None)
