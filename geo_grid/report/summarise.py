"""From a plan to the figures of its report."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.errors import StoreError
from geo_grid.figures.places import county_and_township
from geo_grid.report.figures import barrier_crossings, level_figures, level_table
from geo_grid.report.summary import (
    BarrierFigures,
    ElementFigures,
    ExceptionFigures,
    GroupFigures,
    HouseholdFigures,
    QuarantineFigures,
    Summary,
)
from geo_grid.schema import ELEMENT_CLASSES, REASONS

if TYPE_CHECKING:
    from geo_grid.model import Plan
    from geo_grid.report.summary import LevelFigures

#: Kinds of reason for quarantine that are listed; further ones are counted together.
MOST_REASONS = 40
_NAMED = re.compile(r"""(?<!column )(["']).*\1""")
_CHECK = "Run `geo-grid check` on the store."


def summarise(plan: Plan) -> Summary:
    """Compute the figures of a plan.

    Parameters
    ----------
    plan : Plan
        The plan, fresh or read from a store.

    Returns
    -------
    Summary
        Figures of the city, its counties, townships and areas.

    Raises
    ------
    StoreError
        The tables contradict each other.
    """
    areas = pd.DataFrame(plan["areas"].drop(columns="geom"))
    areas["county"], areas["township"] = county_and_township(areas)
    table = level_table(plan)
    table = table.merge(areas.set_index("code")[["county", "township"]], left_on="area_code", right_index=True)
    kinds = areas["kind"].value_counts()
    by_kind = [figures for _, figures in level_figures(table, ["kind"])]
    by_kind.sort(key=lambda figures: (figures.kind != "urban", figures.level))
    both = [figures for _, figures in level_figures(table, [])] if len(kinds) > 1 else []
    holdings = _holdings(plan, areas)
    names = plan.meta.get("place_names", {}) | dict(zip(areas["code"], areas["name"], strict=True))
    return Summary(
        meta=dict(plan.meta),
        urban_areas=int(kinds.get("urban", 0)),
        rural_areas=int(kinds.get("rural", 0)),
        households=_households(plan),
        levels=[*by_kind, *both],
        exceptions=_exceptions(plan),
        barriers=_barriers(plan),
        elements=_elements(plan),
        counties=_groups(areas, table, holdings, "county", names),
        townships=_groups(areas, table, holdings, "township", names),
        areas=_groups(areas, table, holdings, "code", names),
        border_shift=float(areas["border_shift"].max()) if len(areas) else 0.0,
    )


def _groups(
    areas: pd.DataFrame, table: pd.DataFrame, holdings: pd.DataFrame, key: str, names: dict[str, str]
) -> list[GroupFigures]:
    """Add up by county, township or area (``key`` as a column of ``areas``)."""
    column = "area_code" if key == "code" else key
    levels: dict[str, list[LevelFigures]] = defaultdict(list)
    for (code,), figures in level_figures(table, [column]):
        levels[code].append(figures)
    elements: dict[str, list[ElementFigures]] = defaultdict(list)
    amounts = holdings.groupby([column, "class", "unit"], as_index=False).agg(
        elements=("element_id", "nunique"), measure=("measure", "sum")
    )
    for row in amounts.to_dict("records"):
        elements[row[column]].append(ElementFigures(row["class"], row["unit"], int(row["elements"]), row["measure"]))
    return [
        GroupFigures(
            code=str(code),
            name=names.get(str(code)),
            kind=part["kind"].iloc[0] if key == "code" else None,
            areas=len(part),
            households=int(part["households"].sum()),
            levels=levels[str(code)],
            elements=sorted(elements[str(code)], key=_class_order),
        )
        for code, part in areas.groupby(key)
    ]


def _holdings(plan: Plan, areas: pd.DataFrame) -> pd.DataFrame:
    """Return what each area counts of each element, read off its grids of level 1."""
    shares = pd.DataFrame(plan["element_shares"][["element_id", "grid_code", "level", "measure"]])
    shares = shares[shares["level"] == 1]
    elements = plan["elements"].set_index("id")
    grids = plan["grids"].set_index("code")
    shares["area_code"] = shares["grid_code"].map(grids["area_code"])
    shares["class"] = shares["element_id"].map(elements["class"])
    shares["unit"] = shares["element_id"].map(elements["measure_unit"])
    return shares.merge(areas.set_index("code")[["county", "township"]], left_on="area_code", right_index=True)


def _elements(plan: Plan) -> list[ElementFigures]:
    elements, shares = plan["elements"], plan["element_shares"]
    keys = ["class", "measure_unit"]
    kinds = elements.set_index("id")[keys]
    held = shares[["element_id", "grid_code", "level"]].merge(kinds, left_on="element_id", right_index=True)
    grids = held.groupby([*keys, "level"])["grid_code"].nunique()
    table = pd.DataFrame(elements.drop(columns="geom")).assign(beyond=elements["outside"] > 0)
    totals = table.groupby(keys, as_index=False).agg(
        elements=("id", "size"), measure=("measure", "sum"), outside=("outside", "sum"), beyond=("beyond", "sum")
    )
    found = [
        ElementFigures(
            element_class=row["class"],
            unit=row["measure_unit"],
            elements=int(row["elements"]),
            measure=float(row["measure"]),
            outside=float(row["outside"]),
            outside_elements=int(row["beyond"]),
            grids={level: int(grids.get((row["class"], row["measure_unit"], level), 0)) for level in (1, 2, 3)},
        )
        for row in totals.to_dict("records")
    ]
    return sorted(found, key=_class_order)


def _class_order(figures: ElementFigures) -> tuple[int, str, str]:
    known = list(ELEMENT_CLASSES)
    place = known.index(figures.element_class) if figures.element_class in known else len(known)
    return place, figures.element_class, figures.unit


def _barriers(plan: Plan) -> list[BarrierFigures]:
    table = barrier_crossings(plan).groupby(["class", "strength", "level"], as_index=False)
    rows = table.agg(grids=("grid_code", "nunique"), metres=("metres", "sum")).to_dict("records")
    found = {(row["class"], row["level"]): (int(row["grids"]), row["metres"] / 1000) for row in rows}
    levels = sorted(plan["grids"]["level"].unique())
    return [
        BarrierFigures(class_, float(strength), int(level), *found.get((class_, level), (0, 0.0)))
        for class_, strength in sorted(plan.meta.get("barriers", {}).items(), key=lambda item: (-item[1], item[0]))
        if strength > 0
        for level in levels
    ]


def _exceptions(plan: Plan) -> list[ExceptionFigures]:
    grids = pd.DataFrame(plan["grids"].drop(columns="geom")).set_index("code")
    names = plan["areas"].set_index("code")["name"]
    table = pd.DataFrame(plan["exceptions"])
    unknown = table.loc[~table["grid_code"].isin(grids.index), "grid_code"]
    if len(unknown):
        raise StoreError(f"there is an exception for a grid {unknown.iloc[0]!r}, but no such grid", mend=_CHECK)
    table = table.join(grids.drop(columns="level"), on="grid_code")
    found = [
        ExceptionFigures(
            code=row["grid_code"],
            name=row["name"],
            area_code=row["area_code"],
            area_name=names[row["area_code"]],
            level=int(row["level"]),
            households=int(row["households"]),
            low=_whole(row["low"]),
            high=_whole(row["high"]),
            reason=row["reason"],
            violation=int(row["violation"]),
            smallest_violation=int(row["smallest_violation"]),
            proof=json.loads(row["proof"]) if row["proof"] else {},
        )
        for row in table.to_dict("records")
    ]
    order = {reason: i for i, reason in enumerate(REASONS)}
    return sorted(found, key=lambda item: (order.get(item.reason, len(order)), item.reason, item.code))


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def cause(reason: str) -> str:
    """Take from the reason of a quarantined row what does not concern that row alone, so that reasons can be counted.

    Parameters
    ----------
    reason : str
        As in the table ``quarantine``: "outside all areas: 5 m from …", "building '3号楼': no such building …; …".

    Returns
    -------
    str
        What stands before the colon; where that has something in quotation marks (save a column), the whole without
        it, without numbers, and without what follows a semicolon.
    """
    head, colon, tail = reason.partition(": ")
    named = _NAMED.search(head)
    if named is None:
        return head
    rest = head[named.end() :] + colon + tail.partition(";")[0]
    return f"{head[: named.start()]}…{re.sub('[0-9]+', '…', rest)}"


def _households(plan: Plan) -> HouseholdFigures:
    rows = plan.meta.get("household_rows", {})
    kind = plan["quarantine"]["reason"].map(cause)
    aside = plan["quarantine"].groupby(["source", kind]).size().sort_values(ascending=False, kind="stable")
    listed = [
        QuarantineFigures(source, reason, int(count)) for (source, reason), count in aside.iloc[:MOST_REASONS].items()
    ]
    rest = aside.iloc[MOST_REASONS:].groupby(level="source").sum()
    return HouseholdFigures(
        read=rows.get("read"),
        placed=rows.get("placed"),
        quarantined=rows.get("quarantined"),
        households=int(plan["areas"]["households"].sum()),
        reasons=[*listed, *(QuarantineFigures(source, "", int(count)) for source, count in rest.items())],
    )
