"""From the tables of a plan to numbers by place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.figures.places import county_and_township

if TYPE_CHECKING:
    from collections.abc import Collection

    from geo_grid.model import Plan

#: Tables the numbers are counted in; all are public.
FIGURE_TABLES = ("areas", "grids", "exceptions", "elements", "element_shares")

LEVELS = (1, 2, 3)
#: What is counted of the grids of each level.
COUNTED = ("grids", "banded", "in_band", "exceptions", "vacant")


@dataclass(frozen=True, slots=True)
class CityFigures:
    """Numbers of the city, its counties, townships and areas.

    Parameters
    ----------
    meta : dict of str to Any
        What the plan says of itself.
    places : DataFrame
        One row a place, the city first, then counties, townships and areas, each by code: ``kind`` ("city", "county",
        "township" or "area"), ``code`` ("" of the city), ``name`` (or missing), ``parent`` (code of the place above),
        ``area_kind`` (of an area), ``areas, urban, rural, households, finest`` (grids without finer ones), and for each
        level ``grids_1, banded_1, in_band_1, exceptions_1, vacant_1``.
    elements : DataFrame
        ``kind, code, class, unit, elements, measure`` of what grids look after in each place; what several places share
        is counted as an element by each, and its measure once.
    vacancies : bool
        Whether anybody knows which grids are vacant.
    outside : dict of tuple to float
        By class and unit what lies outside all areas, and is nobody's; of the whole only, empty of a part.
    """

    meta: dict[str, Any]
    places: pd.DataFrame
    elements: pd.DataFrame
    vacancies: bool
    outside: dict[tuple[str, str], float]


def city_figures(plan: Plan, vacant: Collection[str] | None = None, *, prefix: str = "") -> CityFigures:
    """Count everything.

    Parameters
    ----------
    plan : Plan
        With the tables of :data:`FIGURE_TABLES`.
    vacant : collection of str, optional
        Codes of the grids nobody is in charge of; by default nobody knows.
    prefix : str
        Only areas whose code begins so.

    Returns
    -------
    CityFigures
        Of all places.
    """
    areas = _areas(plan, prefix)
    counted = _grids(plan, vacant or ())
    table = areas.merge(counted, how="left", left_on="code", right_index=True).fillna(dict.fromkeys(counted.columns, 0))
    table[list(counted.columns)] = table[list(counted.columns)].astype("int64")
    names = dict(plan.meta.get("place_names") or {})
    sums = ["areas", "urban", "rural", "households", *counted.columns]
    places = [
        pd.DataFrame([{"kind": "city", "code": "", "name": plan.meta.get("name"), **table[sums].sum().to_dict()}]),
        _rolled(table, "county", sums, names).assign(parent=""),
        _rolled(table, "township", sums, names),
        table.assign(kind="area", parent=table["township"].fillna("").astype("str")),
    ]
    kept = ["kind", "code", "name", "parent", "area_kind", *sums]
    return CityFigures(
        meta=dict(plan.meta),
        places=pd.concat(places, ignore_index=True)[kept],
        elements=_elements(plan, areas),
        vacancies=vacant is not None,
        outside={} if prefix else _outside(plan["elements"]),
    )


def _outside(elements: pd.DataFrame) -> dict[tuple[str, str], float]:
    sums = elements.groupby(["class", "measure_unit"])["outside"].sum()
    return {(str(name), str(unit)): float(sum_) for (name, unit), sum_ in sums.items() if sum_ > 0}


def _areas(plan: Plan, prefix: str) -> pd.DataFrame:
    table = plan["areas"]
    areas = pd.DataFrame(table[["code", "name", "kind", "parent_code", "households"]])
    areas = areas[areas["code"].str.startswith(prefix)].sort_values("code", kind="stable", ignore_index=True)
    county, township = county_and_township(areas)
    return areas.rename(columns={"kind": "area_kind"}).assign(
        county=county,
        township=township,
        areas=1,
        urban=areas["kind"].eq("urban").astype("int64"),
        rural=areas["kind"].eq("rural").astype("int64"),
    )


def _grids(plan: Plan, vacant: Collection[str]) -> pd.DataFrame:
    """Count the grids of each area: one row an area."""
    grids = plan["grids"]
    inside = grids["households"].ge(grids["low"]) & grids["households"].le(grids["high"])
    flags = pd.DataFrame(
        {
            "area": grids["area_code"],
            "level": grids["level"],
            "grids": 1,
            "banded": grids["low"].notna(),
            "in_band": inside.fillna(value=False).astype(bool),
            "exceptions": grids["code"].isin(plan["exceptions"]["grid_code"]),
            "vacant": grids["code"].isin(list(vacant)),
        }
    )
    by_level = flags.groupby(["area", "level"])[list(COUNTED)].sum().unstack("level", fill_value=0)  # noqa: PD010
    out = pd.DataFrame(
        {
            f"{name}_{level}": by_level[name, level] if (name, level) in by_level.columns else 0
            for name in COUNTED
            for level in LEVELS
        },
        index=by_level.index,
    )
    finest = ~grids["code"].isin(grids["parent_code"].dropna())
    return out.assign(finest=finest.groupby(grids["area_code"]).sum().reindex(out.index))


def _rolled(table: pd.DataFrame, key: str, sums: list[str], names: dict[str, str]) -> pd.DataFrame:
    """Add areas up to counties or townships."""
    groups = table.dropna(subset=[key]).groupby(key)
    out = groups[sums].sum().reset_index(names="code")
    out = out.assign(kind=key, name=out["code"].map(names))
    if key == "township":
        out = out.assign(parent=out["code"].map(groups["county"].first()).fillna("").astype("str"))
    return out


def _elements(plan: Plan, areas: pd.DataFrame) -> pd.DataFrame:
    """Return what each place looks after: read off its grids of level 1, which tile it."""
    shares = pd.DataFrame(plan["element_shares"][["element_id", "grid_code", "level", "measure"]])
    shares = shares[shares["level"] == 1]
    known = plan["elements"].set_index("id")
    area_of = plan["grids"].set_index("code")["area_code"]
    shares = shares.assign(
        area=shares["grid_code"].map(area_of),
        **{"class": shares["element_id"].map(known["class"]), "unit": shares["element_id"].map(known["measure_unit"])},
    ).merge(areas[["code", "county", "township"]], left_on="area", right_on="code")
    found = []
    for kind, key in (("city", None), ("county", "county"), ("township", "township"), ("area", "area")):
        by = shares.assign(place="" if key is None else shares[key])
        sums = by.groupby(["place", "class", "unit"], as_index=False).agg(
            elements=("element_id", "nunique"), measure=("measure", "sum")
        )
        found.append(sums.rename(columns={"place": "code"}).assign(kind=kind))
    return pd.concat(found, ignore_index=True)
