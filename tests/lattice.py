"""A plan of any size with crooked borders, for lookups and tiles: a lattice whose edges are noisy lines.

Cells are units, 1 × 3 of them a level-3 grid, 3 × 3 a level-2 grid, 12 × 12 a level-1 grid, 24 × 24 an area. Neighbours
share vertices exactly. Some pairs of cells that lie in different grids are one building.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_grid.model import Plan

CRS = "EPSG:4546"
ORIGIN = (511_000.0, 4_154_000.0)
CELL = 60.0  # metres
STEPS = 4  # vertices an edge
AREA, TOP, MIDDLE = 24, 12, 3


def lattice_plan(side: int, *, seed: int = 0) -> Plan:
    """Return a plan of side × side units; ``side`` is a multiple of 24."""
    assert side % AREA == 0
    edges = _edges(side, seed)
    row, column = (each.ravel() for each in np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
    units = _units(row, column, _blocks(edges, 1, 1))
    areas = _areas(side, _blocks(edges, AREA, AREA))
    grids = pd.concat([_grids(side, level, edges) for level in (1, 2, 3)], ignore_index=True)
    counts = [units.groupby(f"grid_code_l{level}")["households"].sum() for level in (1, 2, 3)]
    grids["households"] = pd.concat(counts).reindex(grids["code"]).to_numpy()
    areas["households"] = units.groupby("area_code")["households"].sum().reindex(areas["code"]).to_numpy()
    elements, shares = _elements(grids)
    frames = {"areas": areas, "units": units, "grids": grids, "elements": elements, "element_shares": shares}
    tables: dict[str, Any] = {name: gpd.GeoDataFrame(frame, geometry="geom", crs=CRS) for name, frame in frames.items()}
    return Plan(CRS, tables, {"name": "格子市"})


def _edges(side: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices of the edges to the east and to the north of each node, without their last ones."""
    noise = np.random.default_rng(seed)
    count = side + 1
    y, x = np.meshgrid(np.arange(count) * CELL, np.arange(count) * CELL, indexing="ij")
    nodes = np.stack([x, y], axis=2) + noise.uniform(-0.15, 0.15, (count, count, 2)) * CELL + ORIGIN
    share = np.arange(STEPS)[:, None] / STEPS

    def bent(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        line = start[:, :, None] * (1 - share) + end[:, :, None] * share
        line[:, :, 1:] += noise.uniform(-0.06, 0.06, line[:, :, 1:].shape) * CELL
        return line

    return bent(nodes[:, :-1], nodes[:, 1:]), bent(nodes[:-1], nodes[1:])


def _blocks(edges: tuple[np.ndarray, np.ndarray], rows: int, columns: int) -> np.ndarray:
    """Polygons of all blocks of so many cells, row by row."""
    east, north = edges
    side = len(north)
    i, j = (each.ravel() for each in np.meshgrid(np.arange(0, side, rows), np.arange(0, side, columns), indexing="ij"))
    across, up = np.arange(columns), np.arange(rows)

    def flat(line: np.ndarray) -> np.ndarray:
        return line.reshape(len(i), -1, 2)

    south = flat(east[i[:, None], j[:, None] + across])
    right = flat(north[i[:, None] + up, j[:, None] + columns])
    # lines run east and north: the ones that are walked back take their last vertex from the next
    top = flat(east[i[:, None] + rows, j[:, None] + across])
    left = flat(north[i[:, None] + up, j[:, None]])
    corner = _node(edges, i + rows, j + columns)
    back = np.concatenate([corner[:, None], top[:, :0:-1], top[:, :1], left[:, :0:-1]], axis=1)
    return shapely.polygons(np.concatenate([south, right, back], axis=1))


def _node(edges: tuple[np.ndarray, np.ndarray], i: np.ndarray, j: np.ndarray) -> np.ndarray:
    east, north = edges
    side = len(north)
    out = east[i, np.minimum(j, side - 1), 0]
    last = j == side
    out[last] = north[np.minimum(i[last], side - 1), j[last], 0]
    corner = last & (i == side)
    out[corner] = np.array(ORIGIN) + CELL * side  # the only node no edge starts at
    return out


def _codes(row: Any, column: Any, level: int) -> np.ndarray:
    per_area = AREA // TOP
    area = np.char.add("1411029", np.char.zfill(((row // AREA) * 100 + column // AREA).astype(str), 5))
    if level == 0:
        return area.astype(object)
    inner_row, inner_column = row % AREA, column % AREA
    code = np.char.add(area, np.char.zfill(((inner_row // TOP) * per_area + inner_column // TOP + 1).astype(str), 3))
    inner_row, inner_column = inner_row % TOP, inner_column % TOP
    if level > 1:
        middle = (inner_row // MIDDLE) * (TOP // MIDDLE) + inner_column // MIDDLE + 1
        code = np.char.add(code, np.char.zfill(middle.astype(str), 2))
    if level > 2:
        code = np.char.add(code, np.char.zfill((inner_row % MIDDLE + 1).astype(str), 2))
    return code.astype(object)


def _units(row: np.ndarray, column: np.ndarray, shapes: np.ndarray) -> pd.DataFrame:
    number = np.arange(len(row))
    # a cell at the end of a level-3 grid and the next one are a building, here and there
    first = (column % MIDDLE == MIDDLE - 1) & (column % AREA != AREA - 1) & (row % 4 == 1)
    second = np.zeros(len(row), dtype=bool)
    second[np.flatnonzero(first) + 1] = True
    stack = np.where(second, number - 1, number)
    area = _codes(row, column, 0)
    shared = first | second
    return pd.DataFrame(
        {
            "id": [f"u{i}" for i in number],
            "area_code": area,
            **{f"grid_code_l{level}": _codes(row, column, level) for level in (1, 2, 3)},
            "households": np.where(number % 17 == 0, 2, 5 + number % 3),
            "stack_id": [f"s{i}" for i in stack],
            "building": np.where(shared, [f"{i % 40 + 1}号楼" for i in stack], None),
            "entrance": None,
            "floor_from": pd.array(np.where(second, 4, 1), dtype="Int64"),
            "floor_to": pd.array(np.where(second, 6, 3), dtype="Int64"),
            "group": None,
            "exclave": 0,
            "geom": shapes,
        }
    )


def _areas(side: int, shapes: np.ndarray) -> pd.DataFrame:
    row, column = (
        each.ravel() for each in np.meshgrid(np.arange(0, side, AREA), np.arange(0, side, AREA), indexing="ij")
    )
    code = _codes(row, column, 0)
    return pd.DataFrame(
        {
            "code": code,
            "name": [f"{word}{i + 1}社区" for i, word in zip(range(len(code)), _words(), strict=False)],
            "kind": "urban",
            "parent_code": [each[:9] for each in code],
            "border_shift": 0.0,
            "geom": shapes,
        }
    )


def _words() -> list[str]:
    return [a + b for a in "凤柳东西南北山河长安" for b in "山林湾沟坡坪塬峁梁川桥庄村里园" for _ in range(20)]


def _grids(side: int, level: int, edges: tuple[np.ndarray, np.ndarray]) -> pd.DataFrame:
    rows, columns = {1: (TOP, TOP), 2: (MIDDLE, MIDDLE), 3: (1, MIDDLE)}[level]
    row, column = (
        each.ravel() for each in np.meshgrid(np.arange(0, side, rows), np.arange(0, side, columns), indexing="ij")
    )
    code = _codes(row, column, level)
    return pd.DataFrame(
        {
            "code": code,
            "level": level,
            "parent_code": _codes(row, column, level - 1) if level > 1 else None,
            "area_code": _codes(row, column, 0),
            "name": [f"第{each[12:]}网格" for each in code],
            "role": {1: "网格员", 2: "网格助理员", 3: "网格联络员"}[level],
            "low": {1: 300, 2: 50, 3: 10}[level],
            "high": {1: 500, 2: 100, 3: 20}[level],
            "status": "in_band",
            "geom": _blocks(edges, rows, columns),
        }
    )


def _elements(grids: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A river across everything, and what each level-1 grid looks after of it."""
    tops = grids[grids["level"] == 1]
    west, south, east, north = shapely.total_bounds(tops["geom"].to_numpy())
    along = np.linspace(0, 1, 200)
    sway = np.sin(along * 40) * (north - south) / 50
    river = shapely.linestrings(np.column_stack([west + along * (east - west), (south + north) / 2 + sway]))
    parts = shapely.intersection(tops["geom"].to_numpy(), river)
    held = shapely.length(parts)
    on = held > 0
    whole = float(shapely.length(river))
    elements = pd.DataFrame(
        {
            "id": ["river-1"],
            "class": ["river"],
            "name": ["三川河"],
            "measure": [whole],
            "measure_unit": ["m"],
            "outside": [whole - held.sum()],
            "source": ["rivers"],
            "source_row": [1],
            "geom": [river],
        }
    )
    shares = pd.DataFrame(
        {
            "element_id": "river-1",
            "grid_code": tops["code"].to_numpy()[on],
            "level": 1,
            "measure": held[on],
            "held": held[on],
            "geom": parts[on],
        }
    )
    return elements, shares
