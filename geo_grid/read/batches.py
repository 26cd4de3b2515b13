"""Households of a large Parquet file, some rows at a time; whatever else they come in is read whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from geo_grid.read.formats import finish, load
from geo_grid.read.vector import batches_of_parquet, parquet_rows
from geo_grid.texts import numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_grid.config import Source
    from geo_grid.read.table import Table

#: Rows of a batch.
BATCH_ROWS = 250_000


def load_in_batches(source: Source) -> Iterator[Table]:
    """Read a source, some rows at a time where it is large and its format allows it.

    Parameters
    ----------
    source : Source
        File or database table.

    Yields
    ------
    Table
        Rows, in the order of the source; at least one table.

    Raises
    ------
    InputError
        As for :func:`geo_grid.read.formats.load`.
    """
    if not _is_large(source):
        yield load(source)
        return
    for table in batches_of_parquet(source, Path(source.path), BATCH_ROWS):
        yield finish(table)


def _is_large(source: Source) -> bool:
    if source.is_database or not source.path.lower().endswith((".parquet", ".geoparquet")):
        return False
    return parquet_rows(source, Path(source.path)) > BATCH_ROWS


class Ids:
    """The ids of all batches that may stand in two of them, and the row each stood in first.

    Parameters
    ----------
    source : Source
        The households; where they come in batches their ids are looked through beforehand, as numbers.
    """

    def __init__(self, source: Source) -> None:
        self.first: dict[str, int] = {}
        self._doubled: NDArray[np.uint64] | None = None
        self._looked = False
        if _is_large(source):
            self._doubled = self._look_through(source)

    def _look_through(self, source: Source) -> NDArray[np.uint64]:
        found: list[NDArray[np.uint64]] = []
        for table in batches_of_parquet(source, Path(source.path), BATCH_ROWS, only="id"):
            found += [numbers_of(table.words(name)) for name in table.frame.columns]  # one, or none
        self._looked = bool(found)
        numbers = np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.uint64)
        return np.unique(numbers[1:][numbers[1:] == numbers[:-1]])

    def suspects(self, ids: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Tell which ids may stand in another batch too.

        Parameters
        ----------
        ids : ndarray of str, shape (n,)
            Ids of one batch.

        Returns
        -------
        ndarray of bool, shape (n,)
            Those that have to be remembered.
        """
        if self._doubled is None or not len(self._doubled):
            return np.zeros(len(ids), dtype=np.bool_)
        return np.isin(numbers_of(pa.array(ids, pa.large_string())), self._doubled)

    @property
    def all_differ(self) -> bool:
        """Whether all were looked through, and none stands in two rows."""
        return self._looked and not self.doubled

    @property
    def doubled(self) -> bool:
        """Whether any id may stand in two batches."""
        return self._doubled is not None and len(self._doubled) > 0
