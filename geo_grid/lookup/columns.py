"""Columns of a plan's tables as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


def texts(frame: pd.DataFrame, name: str) -> NDArray[Any]:
    """Return a column as text.

    Parameters
    ----------
    frame : DataFrame
        A table.
    name : str
        Its column.

    Returns
    -------
    ndarray of object, shape (n,)
        Text, or None where there is none.
    """
    column = frame[name]
    return column.astype(object).where(column.notna(), None).to_numpy(dtype=object)


def rows_of(codes: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.int64]:
    """Return where codes stand in a list of unique ones.

    Parameters
    ----------
    codes : ndarray of object, shape (n,)
        Unique codes.
    wanted : ndarray of object, shape (k,)
        Codes, or None.

    Returns
    -------
    ndarray of int64, shape (k,)
        Positions; -1 where there is none.
    """
    return np.asarray(pd.Index(codes, dtype=object).get_indexer(pd.Index(wanted, dtype=object)), dtype=np.int64)
