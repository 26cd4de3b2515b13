"""Reading the grids an office has today, in a worker process: the files are others', and may be anything."""

from __future__ import annotations

from typing import Any


def read_grids(desk: Any, area: str, base: int, kind: str, file: str, label: str, asked: dict[str, Any]) -> Any:
    """Read a file of grids and work out what they change, in a worker process.

    Parameters
    ----------
    desk : Desk
        The process's own.
    area : str
        Code of the area.
    base : int
        The revision the change is based on.
    kind : {"assignment", "polygons"}
        What the file holds.
    file : str
        Where it is.
    label : str
        What its sender calls it.
    asked : dict
        Level, datum and what becomes of overlaps.

    Returns
    -------
    account : dict
        What was understood.
    done : Computed
        What the service stores.
    """
    from geo_grid.exchange.drawings import read_polygons
    from geo_grid.exchange.lists import read_assignment
    from geo_grid.exchange.present import TABLES

    plan = desk.store.area_plan(area, TABLES)
    if kind == "assignment":
        found = read_assignment(plan, file, label=label, level=asked["level"])
    else:
        found = read_polygons(plan, [file], labels=[label], **asked)
    return found.to_dict(), desk.compute(area, base, found.to_op())
