"""Columns of texts of a whole city: none becomes an object of Python's before somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]

_BYTES = 32  # from each end of a text
_PRIME = np.uint64(0x100000001B3)


class Texts:
    """Texts by their position.

    Parameters
    ----------
    values : Series or pyarrow.Array
        Texts, missing ones among them.
    """

    def __init__(self, values: Any) -> None:
        self.array = one_array(values)
        valid, ends, data = self.array.buffers()
        self._first = self.array.offset
        self._valid = memoryview(valid) if valid is not None and self.array.null_count else None
        self._ends, self._data = memoryview(ends or b"").cast("q"), memoryview(data or b"")

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int | np.integer[Any]) -> Any: ...

    @overload
    def __getitem__(self, at: Any) -> NDArray[Any]: ...

    def __getitem__(self, at: Any) -> Any:
        """Return one text, or an array of several; None for what is missing."""
        if isinstance(at, (int, np.integer)):
            row = self._first + int(at)
            if not self._first <= row < self._first + len(self.array):
                raise IndexError(at)
            if self._valid is not None and not self._valid[row >> 3] >> (row & 7) & 1:
                return None
            return str(self._data[self._ends[row] : self._ends[row + 1]], "utf-8")  # a third of the time of Arrow's own
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


def one_array(values: Any) -> pa.Array:
    """Return texts in one piece.

    Parameters
    ----------
    values : pyarrow.ChunkedArray, pyarrow.Array or Series
        Texts.

    Returns
    -------
    pyarrow.Array
        The same, of the type ``large_string``.
    """
    found = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values, from_pandas=True)
    if isinstance(found, pa.ChunkedArray):
        found = found.chunk(0) if found.num_chunks == 1 else pa.concat_arrays([pa.array([], found.type), *found.chunks])
    return found if found.type == pa.large_string() else found.cast(pa.large_string())


def trimmed(texts: pa.Array) -> pa.Array:
    """Return texts without space around them, as :meth:`str.strip` does; nothing is left where there is no other sign.

    Parameters
    ----------
    texts : pyarrow.Array
        Texts.

    Returns
    -------
    pyarrow.Array
        The same, null for what is empty.
    """
    bare = pc.utf8_trim_whitespace(texts)
    empty = pc.equal(pc.binary_length(bare), 0)
    return pc.if_else(empty, pa.scalar(None, bare.type), bare) if pc.any(empty).as_py() else bare


def numbers_of(texts: pa.Array) -> NDArray[np.uint64]:
    """Return a number of each text, the same for equal ones, and seldom the same for others.

    Parameters
    ----------
    texts : pyarrow.Array
        Texts, of the type ``large_string``; what is missing is left out.

    Returns
    -------
    ndarray of uint64
        Of the length of each, and its first and last bytes.
    """
    texts = texts.drop_null()
    if not len(texts):
        return np.empty(0, dtype=np.uint64)
    ends = np.frombuffer(texts.buffers()[1], dtype="<i8")[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)
    length = np.diff(ends)
    out = length.astype(np.uint64)
    for step in range(min(_BYTES, int(length.max()))):
        rows: Any = slice(None) if step < length.min() else np.flatnonzero(length > step)
        for at in (ends[:-1][rows] + step, ends[1:][rows] - 1 - step):
            out[rows] = (out[rows] ^ data[at]) * _PRIME
    return out
