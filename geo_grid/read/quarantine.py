"""Rows that could not be placed: what, where, why, and the row itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo_grid.read.table import Table


class Quarantine:
    """Collects the rows of all sources that could not be placed."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def add(self, table: Table, index: NDArray[np.int64], reasons: Sequence[str] | NDArray[Any]) -> None:
        """Put rows of a source into quarantine.

        Parameters
        ----------
        table : Table
            The source.
        index : ndarray of int, shape (k,)
            Which of its rows.
        reasons : sequence of str, length k
            Why, row by row.
        """
        if len(index):
            part = {"row": table.rows[index], "reason": list(reasons), "raw": table.raw(index)}
            self._parts.append(pd.DataFrame({"source": table.source.label, **part}))

    def add_broken(self, table: Table) -> None:
        """Put the rows into quarantine that could not even be taken apart.

        Parameters
        ----------
        table : Table
            The source.
        """
        if len(table.broken):
            self._parts.append(table.broken.assign(source=table.source.label)[["source", "row", "reason", "raw"]])

    def frame(self) -> pd.DataFrame:
        """Return all rows in quarantine.

        Returns
        -------
        DataFrame
            ``source, row, reason, raw``, by source and row.
        """
        if not self._parts:
            empty = {"source": "object", "row": "int64", "reason": "object", "raw": "object"}
            return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in empty.items()})
        result = pd.concat(self._parts, ignore_index=True)
        result["row"] = result["row"].astype(np.int64)
        for name in ("source", "reason", "raw"):
            result[name] = result[name].astype(object)
        return result.sort_values(["source", "row"], kind="stable", ignore_index=True)


def nothing_placed(label: str, rows: int, quarantined: pd.DataFrame, mend: str) -> InputError:
    """Return the error about households of which not one could be placed: that is a slip in the configuration.

    Parameters
    ----------
    label : str
        The source.
    rows : int
        Rows read, at least one.
    quarantined : DataFrame
        Rows in quarantine, of whatever source, as :meth:`Quarantine.frame` returns them.
    mend : str
        What to do about it.

    Returns
    -------
    InputError
        To be raised, or told.
    """
    first = quarantined[quarantined["source"] == label].iloc[0]
    message = f"none of its {rows} rows could be placed; the first: {first['reason']}"
    return InputError(message, file=label, row=int(first["row"]), mend=mend)
