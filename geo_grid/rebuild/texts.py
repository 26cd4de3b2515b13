"""A column of texts of a whole city: each becomes an object of Python's only when somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo_grid.store.columns import one_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]


class Texts:
    """Texts by their position.

    Parameters
    ----------
    values : Series or pyarrow.Array
        Texts, missing ones among them.
    """

    def __init__(self, values: Any) -> None:
        self.array = one_array(values)

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int | np.integer[Any]) -> Any: ...

    @overload
    def __getitem__(self, at: Any) -> NDArray[Any]: ...

    def __getitem__(self, at: Any) -> Any:
        """Return one text, or an array of several; None for what is missing."""
        if isinstance(at, (int, np.integer)):
            return self.array[int(at)].as_py()
        rows = np.arange(len(self))[at] if isinstance(at, slice) else np.asarray(at)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        return objects(self.array.take(pa.array(rows)))


def objects(texts: pa.Array) -> NDArray[Any]:
    """Return texts as objects of Python's; of equal ones there is one.

    Parameters
    ----------
    texts : pyarrow.Array
        Texts.

    Returns
    -------
    ndarray of object
        The same, None for what is missing.
    """
    coded = texts.dictionary_encode()
    words = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    return words[coded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)]


def same_values(one: pa.Array, other: pa.Array) -> Bools:
    """Tell where two columns say the same, or both nothing.

    Parameters
    ----------
    one, other : pyarrow.Array
        Values of one type.

    Returns
    -------
    ndarray of bool
        One a row.
    """
    equal = pc.fill_null(pc.equal(one, other), fill_value=False)
    return np.asarray(pc.or_(equal, pc.and_(one.is_null(), other.is_null())).to_numpy(zero_copy_only=False), dtype=bool)
