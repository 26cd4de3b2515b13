"""Measures of a plan's grids, in tables that add up from areas to townships, counties and the city."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.report.summary import LevelFigures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from geo_grid.model import Plan

    Floats = NDArray[np.float64]
    Geometries = NDArray[Any]

#: Metres of a barrier inside a grid from which on the barrier counts as crossed; less is drawing inaccuracy.
LEAST_CROSSING = 1.0
_ON_BORDER = 1e-3  # metres, as the shares of elements are made

_ADD = (
    "grids",
    "households",
    "banded",
    "in_band",
    "given",
    "exceptions",
    "compactness",
    "cut",
    "crossing_grids",
    "crossing",
    "split",
    "unavoidable",
    "holdings",
)
_AGGREGATE = {**dict.fromkeys(_ADD, "sum"), "smallest": "min", "largest": "max", "least": "min"}


def level_table(plan: Plan) -> pd.DataFrame:
    """Measure the grids of every level of every area.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    DataFrame
        One row an area and level: ``area_code, kind, level`` and columns that add up (or have a least or largest).
    """
    areas = plan["areas"].set_index("code")
    grids = _grid_table(plan)
    grids["kind"] = grids["area_code"].map(areas["kind"])
    table = grids.groupby(["area_code", "kind", "level"], as_index=False).agg(
        grids=("code", "size"),
        households=("households", "sum"),
        smallest=("households", "min"),
        largest=("households", "max"),
        banded=("banded", "sum"),
        in_band=("in_band", "sum"),
        given=("is_given", "sum"),
        exceptions=("is_exception", "sum"),
        compactness=("compactness", "sum"),
        least=("compactness", "min"),
        cut=("perimeter", "sum"),
        crossing_grids=("crossed", "sum"),
        crossing=("crossing", "sum"),
        holdings=("holdings", "sum"),
    )
    around = pd.Series(shapely.length(areas["geom"].to_numpy()), index=areas.index)
    # Each border inside an area is part of two grids' perimeters, the area's own border of one.
    table["cut"] = ((table["cut"] - table["area_code"].map(around)) / 2).clip(lower=0.0)
    splits = (
        split_buildings(plan)
        .groupby(["area_code", "level"])
        .agg(split=("stack_id", "size"), unavoidable=("unavoidable", "sum"))
    )
    return table.merge(splits, how="left", on=["area_code", "level"]).fillna({"split": 0, "unavoidable": 0})


def _grid_table(plan: Plan) -> pd.DataFrame:
    grids = plan["grids"]
    geometry = grids["geom"].to_numpy()
    table = pd.DataFrame(grids[["code", "area_code", "level", "households"]])
    perimeter = shapely.length(geometry)
    table["perimeter"] = perimeter
    round_ = 4 * np.pi * shapely.area(geometry)
    table["compactness"] = np.divide(round_, perimeter**2, out=np.zeros_like(perimeter), where=perimeter > 0)
    table["banded"] = grids["low"].notna()
    inside = grids["households"].ge(grids["low"]) & grids["households"].le(grids["high"])
    table["in_band"] = inside.fillna(value=False).astype(bool)
    table["is_given"] = grids["status"].eq("given")
    table["is_exception"] = grids["code"].isin(plan["exceptions"]["grid_code"])
    crossing = barrier_crossings(plan).groupby("grid_code")["metres"].sum()
    table["crossing"] = table["code"].map(crossing).fillna(0.0)
    table["crossed"] = table["crossing"] > 0
    table["holdings"] = table["code"].map(plan["element_shares"]["grid_code"].value_counts()).fillna(0)
    return table


def level_figures(table: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[Any, ...], LevelFigures]]:
    """Add up the rows of :func:`level_table`.

    Parameters
    ----------
    table : DataFrame
        Rows of areas and levels, with the columns to group by.
    by : sequence of str
        Columns besides ``level`` that make a group; ``kind`` among them is also told in the figures.

    Yields
    ------
    tuple of tuple and LevelFigures
        Values of ``by``, and the figures of one level.
    """
    for row in table.groupby([*by, "level"], as_index=False).agg(_AGGREGATE).to_dict("records"):
        count = int(row["grids"])
        yield (
            tuple(row[name] for name in by),
            LevelFigures(
                level=int(row["level"]),
                kind=row.get("kind"),
                grids=count,
                households=int(row["households"]),
                mean=row["households"] / count,
                smallest=int(row["smallest"]),
                largest=int(row["largest"]),
                banded=int(row["banded"]),
                in_band=int(row["in_band"]),
                given=int(row["given"]),
                exceptions=int(row["exceptions"]),
                compactness_mean=float(row["compactness"]) / count,
                compactness_least=float(row["least"]),
                cut_km=float(row["cut"]) / 1000,
                crossing_grids=int(row["crossing_grids"]),
                crossing_km=float(row["crossing"]) / 1000,
                buildings_split=int(row["split"]),
                splits_unavoidable=int(row["unavoidable"]),
                elements_per_grid=float(row["holdings"]) / count,
            ),
        )


def split_buildings(plan: Plan) -> pd.DataFrame:
    """Find the buildings that lie in more than one grid of a level.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    DataFrame
        ``area_code, stack_id, level, households, unavoidable``: unavoidable where the building alone holds more
        households than a grid of the level may, or where given villager groups, which have no band, divide it.
    """
    units = pd.DataFrame(plan["units"].drop(columns="geom"))
    units = units[units["households"] > 0]
    high = plan["grids"].set_index("code")["high"]
    found = []
    for level in (1, 2, 3):
        codes = units[f"grid_code_l{level}"]
        part = units.assign(code=codes, high=codes.map(high))[codes.notna()]
        stacks = part.groupby(["area_code", "stack_id"], as_index=False).agg(
            grids=("code", "nunique"), households=("households", "sum"), high=("high", "max")
        )
        found.append(stacks[stacks["grids"] > 1].assign(level=level))
    table = pd.concat(found, ignore_index=True)
    beyond = table["households"].gt(table["high"]) | table["high"].isna()
    table["unavoidable"] = beyond.fillna(value=True).astype(bool)
    return table[["area_code", "stack_id", "level", "households", "unavoidable"]]


def barrier_crossings(plan: Plan) -> pd.DataFrame:
    """Find the grids that a barrier runs through, rather than along.

    A line counts for two grids where it is their common border: what a grid counts less than it looks after tells how
    much of it that is. Only on the city's own rim, where there is no second grid, is the geometry asked.

    Parameters
    ----------
    plan : Plan
        The plan; ``meta["barriers"]`` has the strength of each class.

    Returns
    -------
    DataFrame
        ``element_id, class, strength, grid_code, level, metres``, the barrier being a line and at least
        :data:`LEAST_CROSSING` of it inside the grid.
    """
    strengths = {name: value for name, value in plan.meta.get("barriers", {}).items() if value > 0}
    elements = plan["elements"].set_index("id")
    shares = plan["element_shares"]
    class_ = shares["element_id"].map(elements["class"])
    lines = shares["element_id"].map(elements["measure_unit"]).eq("m") & class_.isin(list(strengths))
    part = shares[lines].assign(**{"class": class_[lines]})
    part["metres"] = (2 * part["measure"] - part["held"]).clip(lower=0.0)
    part = part[part["metres"] >= LEAST_CROSSING]
    part["metres"] -= _on_rim(part["geom"].to_numpy(), plan["areas"]["geom"].to_numpy())
    part = part[part["metres"] >= LEAST_CROSSING]
    part["strength"] = part["class"].map(strengths).astype(float)
    return pd.DataFrame(part[["element_id", "class", "strength", "grid_code", "level", "metres"]])


def _on_rim(lines: Geometries, areas: Geometries) -> Floats:
    """Return how many metres of each line run along the outer border of all areas."""
    out = np.zeros(len(lines))
    if not len(lines):
        return out
    rim = shapely.boundary(shapely.union_all(areas))
    shapely.prepare(rim)
    for i in np.flatnonzero(shapely.dwithin(lines, rim, _ON_BORDER)):
        low_x, low_y, high_x, high_y = shapely.bounds(lines[i])
        near = shapely.clip_by_rect(rim, low_x - 1, low_y - 1, high_x + 1, high_y + 1)
        along = shapely.intersection(lines[i], shapely.buffer(near, _ON_BORDER, cap_style="flat"))
        # A line that crosses the rim is beside it for a few millimetres.
        out[i] = along.length if along.length >= LEAST_CROSSING else 0.0
    return out
