"""Exceptions whose numbers merely changed: what arithmetic proves of them is said anew, and nothing is drawn."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from geo_grid.rebuild.local import contacts
from geo_grid.schema import TABLES
from geo_grid.store.frames import conform
from geo_grid.zoning.certificates import smallest_violation
from geo_grid.zoning.exceptions import INHERITED
from geo_grid.zoning.parts import connected_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from geo_grid.rebuild.changed import Unit
    from geo_grid.rebuild.judging import Grid, Judge
    from geo_grid.rebuild.renewing import Renewed

    Ints = NDArray[np.int64]


class _Land(NamedTuple):
    """The units inside a grid, or an area, that are no exclaves: with their connected piece."""

    units: list[Unit]
    households: Ints
    atoms: Ints
    piece: Ints


def proved_anew(
    judge: Judge, area: str, deltas: Mapping[str, int], units_in: Callable[[str], tuple[list[Unit], Any]]
) -> list[dict[str, Any]] | None:
    """Say anew of the exceptions of an area what can be proved of them.

    Parameters
    ----------
    judge : Judge
        The grids of the draft.
    area : str
        Code of the area.
    deltas : mapping of str to int
        What each touched grid wins or loses.
    units_in : callable
        Takes a grid, or the area, returns its units as they will be, and their shapes.

    Returns
    -------
    list of dict or None
        Rows of the table ``exceptions``; None where one of them needs more than arithmetic, or is none any more.
    """
    lands: dict[str, _Land] = {}
    rows: list[dict[str, Any]] = []
    reasons: dict[str, str] = {}
    for grid in judge.odd(area):
        given = grid.low is None
        if not judge.concerns(grid, deltas):
            continue
        inside = grid.code if given else grid.parent
        if inside not in lands:
            lands[inside] = _land(*units_in(inside))
        said = _given(lands[inside]) if given else _counted(judge, grid, deltas, lands[inside], reasons)
        if said is None:
            return None
        reason, violation, smallest, proof = said
        reasons[grid.code] = reason
        rows.append(
            {
                "grid_code": grid.code,
                "level": grid.level,
                "reason": reason,
                "violation": violation,
                "smallest_violation": smallest,
                "proof": json.dumps(proof),
            }
        )
    return rows


def _land(units: list[Unit], shapes: Any) -> _Land:
    home = [at for at, unit in enumerate(units) if not unit.exclave]
    units = [units[at] for at in home]
    households = np.array([unit.households for unit in units], dtype=np.int64)
    u, v, _, _ = contacts(shapes[home], None)
    piece = connected_parts(len(units), u, v, np.zeros(len(units), dtype=np.int64))
    return _Land(units, households, np.maximum(households, 1), piece)


def _given(land: _Land) -> tuple[str, int, int, dict[str, Any]] | None:
    """Say in how many pieces a villager group lies."""
    local = np.unique(land.piece, return_inverse=True)[1].reshape(-1)
    sizes, atoms = (np.bincount(local, values).astype(np.int64).tolist() for values in (land.households, land.atoms))
    if len(sizes) < 2:
        return None
    return "given_group", 0, 0, {"pieces": len(sizes), "pieces_households": sizes, "pieces_atoms": atoms}


def _counted(
    judge: Judge, grid: Grid, deltas: Mapping[str, int], land: _Land, reasons: Mapping[str, str]
) -> tuple[str, int, int, dict[str, Any]] | None:
    """Say what the count of its piece forces of a grid, as the build says it."""
    at = grid.level - 1
    mine = land.piece == next(p for p, unit in zip(land.piece, land.units, strict=True) if unit.grids[at] == grid.code)
    inside = [judge.grids[str(code)] for code in {land.units[row].grids[at] for row in np.flatnonzero(mine)}]
    assert grid.low is not None  # noqa: S101  it was not given
    assert grid.high is not None  # noqa: S101
    households, low, high = int(land.households[mine].sum()), grid.low, grid.high
    off = {one.code: abs(one.outside(one.households + deltas.get(one.code, 0))) for one in inside}
    least, _ = smallest_violation(households, low, high)
    if not households or not off[grid.code] or sum(off.values()) != least:
        return None
    fewer = max(1, households // high)
    proof = {
        "piece_households": households,
        "piece_atoms": int(land.atoms[mine].sum()),
        "low": low,
        "high": high,
        "zones": len(inside),
        "by_zones": {str(k): max(k * low - households, households - k * high) for k in (fewer, fewer + 1)},
    }
    above = reasons.get(grid.parent)
    if above in INHERITED and households < low:
        return str(above), off[grid.code], least, proof
    if not mine.all():
        return "disconnected_part", off[grid.code], least, proof
    return ("too_few_households" if households < low else "count_gap"), off[grid.code], least, proof


def exception_rows(done: Renewed, crs: str) -> Any:
    """Return rows of exceptions that have other numbers, of areas that were not drawn anew.

    Parameters
    ----------
    done : Renewed
        What changes.
    crs : str
        Coordinate system.

    Returns
    -------
    DataFrame
        Rows of the table ``exceptions``.
    """
    table = TABLES["exceptions"]
    return conform(table, pd.DataFrame(done.proofs, columns=table.column_names), crs)
