"""The assignment list 住户归属表: each household's grid codes, as CSV. It holds household ids and is never public."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd

from geo_grid.errors import StoreError
from geo_grid.exchange.shapefile import plain_cell
from geo_grid.exchange.words import heading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from geo_grid.model import Plan

_LEVELS = ("l1", "l2", "l3")


@contextmanager
def assignment_writer(path: Path, *, lang: str) -> Iterator[Callable[[Plan], None]]:
    """Open an assignment list, to be written area by area.

    Parameters
    ----------
    path : Path
        A file that does not exist yet.
    lang : str
        Language of the headings, "zh" or "en".

    Yields
    ------
    callable
        Takes a plan with the tables ``units`` and ``households`` and appends its rows.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([heading(name, lang) for name in ("household_id", "area_code", *_LEVELS)])

        def add(plan: Plan) -> None:
            frame = assignment_frame(plan)
            rows.writerows(
                [plain_cell(cell) if isinstance(cell, str) else "" for cell in row]
                for row in frame.itertuples(index=False)
            )

        yield add


def assignment_frame(plan: Plan) -> pd.DataFrame:
    """Return the grid of every household at every level.

    Parameters
    ----------
    plan : Plan
        With the tables ``units`` and ``households``.

    Returns
    -------
    DataFrame
        ``household_id, area_code, l1, l2, l3``; ``l3`` is missing where an area has two levels.

    Raises
    ------
    StoreError
        Households and units are not of one state: a building was cut after the version was published.
    """
    units, households = plan["units"], plan["households"]
    position = pd.Index(units["id"]).get_indexer(households["unit_id"])
    counts = pd.Series(position).value_counts().reindex(range(len(units)), fill_value=0)
    if (position < 0).any() or (counts.to_numpy() != units["households"].to_numpy()).any():
        raise StoreError(
            "the households no longer stand in the units of this version: a building was cut since",
            mend="Export the draft, or a later version.",
        )
    codes = units[["grid_code_l1", "grid_code_l2", "grid_code_l3"]].take(position)
    return pd.DataFrame(
        {
            "household_id": households["id"].to_numpy(dtype=object),
            "area_code": households["area_code"].to_numpy(dtype=object),
            **{level: codes[f"grid_code_{level}"].to_numpy(dtype=object) for level in _LEVELS},
        }
    )
