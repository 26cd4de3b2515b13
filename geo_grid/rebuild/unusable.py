"""Rows of the new data that could not be used, and households of the plan that are missing only because of that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from geo_grid.errors import GeoGridError

if TYPE_CHECKING:
    from geo_grid.config import Source
    from geo_grid.rebuild.renewing import Renewed

_COLUMNS = ("source", "row", "reason", "was_in")


def unusable_rows(done: Renewed, quarantine: pd.DataFrame, source: Source) -> pd.DataFrame:
    """List the rows that could not be used.

    Parameters
    ----------
    done : Renewed
        What changes.
    quarantine : DataFrame
        Rows of that table.
    source : Source
        Where households are read from, which says what column the id is.

    Returns
    -------
    DataFrame
        ``source, row, reason``, and ``was_in``: the grid of the household of the plan that has the id of the row and is
        not in the new data otherwise.
    """
    missing = _missing(done) if len(quarantine) else {}
    rows = []
    for file, row, reason, raw in quarantine[["source", "row", "reason", "raw"]].itertuples(index=False, name=None):
        name = _id_of(raw, source) if missing else None
        rows.append((file, int(row), reason, missing.pop(name, None) if name is not None else None))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _missing(done: Renewed) -> dict[str, str | None]:
    """Return the finest grid of each household of the plan that is nowhere in the new data, by its id."""
    diff, standing = done.diff, done.standing
    found = set(diff.match[diff.match >= 0].tolist())
    out = {}
    for row in diff.gone.tolist():
        if row not in found:
            unit = standing.unit_of[row]
            codes = [column[unit] for column in standing.grids if column[unit] is not None]
            out[str(diff.old_ids[row])] = codes[-1] if codes else None
    return out


def _id_of(raw: str, source: Source) -> str | None:
    from geo_grid.read.table import column_map

    try:
        record = json.loads(raw)
        column = column_map(source, list(record)).get("id")
    except (ValueError, TypeError, GeoGridError):  # the row could not even be taken apart
        return None
    value = record.get(column) if column else None
    return None if value is None else str(value)
