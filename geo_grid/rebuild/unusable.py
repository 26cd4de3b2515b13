"""Rows of the new data that could not be used, and households of the plan that are missing only because of that."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pandas as pd

from geo_grid.errors import GeoGridError

if TYPE_CHECKING:
    from geo_grid.config import Source
    from geo_grid.rebuild.renewing import Renewed

_COLUMNS = ("source", "row", "reason", "was_in")
# Reasons with something of the row in them that a reader wants to know; of others the kind alone is translated.
_WITH_DETAILS = (
    (re.compile(r"no coordinate in column ['\"](.*)['\"]"), "“{}”列没有坐标"),
    (re.compile(r"the id ['\"](.*)['\"] was given in row (\d+) already"), "编号 {} 在第 {} 行已经出现"),
    (re.compile(r"outside all areas: ([\d.,]+) km from (.+), the nearest"), "在所有行政区之外，距最近的 {1} {0} 公里"),
    (re.compile(r"outside all areas: ([\d.,]+) m from (.+), the nearest"), "在所有行政区之外，距最近的 {1} {0} 米"),
)


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


def reason_in_words(reason: str, lang: str) -> str:
    """Say in a language why a row could not be used.

    Parameters
    ----------
    reason : str
        As in the table ``quarantine``.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        In the words of ``geo-grid report``, with what concerns the row; as it is where there is no other wording.
    """
    from geo_grid.report.summarise import cause
    from geo_grid.report.words import cause_text

    if lang == "en":
        return reason
    for pattern, text in _WITH_DETAILS:
        if found := pattern.fullmatch(reason):
            return text.format(*found.groups())
    kind = cause(reason)
    said = cause_text(kind, lang)
    return said if said != kind else reason


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
