"""The tiny plan spread over two counties and three townships, so that there is something to go down to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plans import EMPTY, URBAN_1, URBAN_2, VILLAGE, tiny_plan

if TYPE_CHECKING:
    from geo_grid.model import Plan

LISHI, LIULIN = "141102", "141125"
TOWN, TOWNSHIP, OTHER = "141102001", "141125103", "141125104"
CODES = {
    URBAN_1: f"{TOWN}001",
    URBAN_2: f"{TOWN}002",
    VILLAGE: f"{TOWNSHIP}201",
    EMPTY: f"{OTHER}202",
}
NAMES = {LISHI: "离石区", LIULIN: "柳林县", TOWN: "滨河街道", TOWNSHIP: "庄上镇", OTHER: "孟门镇"}


def placed_plan() -> Plan:
    """Return the plan."""
    plan = tiny_plan()
    pattern = "|".join(CODES)
    for name, frame in plan.tables.items():
        changed = {
            column: frame[column].str.replace(rf"^({pattern})", lambda found: CODES[found[1]], regex=True)
            for column in frame.columns
            if "code" in column
        }
        plan.tables[name] = frame.assign(**changed)
    plan.tables["areas"] = plan["areas"].assign(parent_code=plan["areas"]["code"].str[:9])
    plan.meta["place_names"] = NAMES
    return plan
