"""One source as it was read: attributes, geometry, coordinate system, and what was decided about its text."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geo_grid.errors import InputError
from geo_grid.read.words import COLUMNS, fold
from geo_grid.texts import objects, one_array, trimmed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

    from geo_grid.config import Source

    Geometries = NDArray[np.object_]


@dataclass(slots=True)
class Table:
    """A source as it was read, before anything is made of it.

    Parameters
    ----------
    source : Source
        Where it came from.
    frame : DataFrame
        Attributes under the names the file gives them; index 0..n-1.
    geometry : ndarray of geometry, shape (n,), or None
        Two-dimensional geometries in the source's own coordinates; None without such a column.
    crs : CRS or None
        What the file says of its coordinate system.
    rows : ndarray of int, shape (n,)
        Input row of each row, counted from 1.
    encoding : str or None
        Encoding of the text, where the format leaves it open.
    broken : DataFrame
        ``row, reason, raw`` of rows that could not be taken apart into columns.
    notes : list of str
        What was decided while reading.
    header : int
        Rows of the file or worksheet down to the end of the header; rows are counted from there.
    """

    source: Source
    frame: pd.DataFrame
    geometry: Geometries | None = None
    crs: CRS | None = None
    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    encoding: str | None = None
    broken: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"row": [], "reason": [], "raw": []}))
    notes: list[str] = field(default_factory=list)
    header: int = 1
    _texts: dict[str, NDArray[np.object_]] = field(default_factory=dict, init=False, repr=False)
    _words: dict[str, pa.Array] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Count the rows from 1, where nobody has."""
        if len(self.rows) != len(self.frame):
            self.rows = np.arange(1, len(self.frame) + 1, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, index: NDArray[Any]) -> Table:
        """Return a table of some of the rows.

        Parameters
        ----------
        index : ndarray of int or bool
            Which rows.

        Returns
        -------
        Table
            Shares source, notes and broken rows with this one.
        """
        return Table(
            self.source,
            self.frame[index].reset_index(drop=True)
            if index.dtype == bool
            else self.frame.take(index).reset_index(drop=True),
            None if self.geometry is None else self.geometry[index],
            self.crs,
            self.rows[index],
            self.encoding,
            self.broken,
            self.notes,
        )

    def text(self, column: str) -> NDArray[np.object_]:
        """Return a column as text, see :func:`text_of`; it is worked out once.

        Parameters
        ----------
        column : str
            Name of the column in the file.

        Returns
        -------
        ndarray of object, shape (n,)
            Text or None; not to be changed.
        """
        if column not in self._texts:
            arrow = self.frame[column].dtype == "str"
            self._texts[column] = objects(self.words(column)) if arrow else text_of(self.frame[column])
        return self._texts[column]

    def words(self, column: str) -> pa.Array:
        """Return a column as text, as :meth:`text` does, but in Arrow's memory.

        Parameters
        ----------
        column : str
            Name of the column in the file.

        Returns
        -------
        pyarrow.Array
            Texts, null for none.
        """
        if column not in self._words:
            series = self.frame[column]
            arrow = series.dtype == "str"
            self._words[column] = (
                trimmed(one_array(series)) if arrow else pa.array(self.text(column), pa.large_string())
            )
        return self._words[column]

    def coded(self, column: str) -> tuple[NDArray[np.int64], list[str]]:
        """Return the different texts of a column, and which of them each row has.

        Parameters
        ----------
        column : str
            Name of the column in the file.

        Returns
        -------
        codes : ndarray of int, shape (n,)
            Position among the texts; -1 for none.
        texts : list of str
            Each once.
        """
        if self.frame[column].dtype == "str":
            found = self.words(column).dictionary_encode()
            codes = found.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            return codes.astype(np.int64), found.dictionary.to_pylist()
        codes, texts = pd.factorize(self.text(column))
        return codes, list(texts)

    def raw(self, index: NDArray[Any]) -> list[str]:
        """Return some rows as JSON, for the quarantine.

        Parameters
        ----------
        index : ndarray of int or bool
            Which rows.

        Returns
        -------
        list of str
            One JSON object a row, with the geometry as WKT under "geometry".
        """
        part = self.take(index)
        records = part.frame.astype(object).where(part.frame.notna(), None).to_dict("records")
        if part.geometry is not None:
            for record, wkt in zip(records, shapely.to_wkt(part.geometry, rounding_precision=9), strict=True):
                record["geometry"] = wkt if wkt is None or len(wkt) <= 1000 else wkt[:1000] + "…"
        return [json.dumps(record, ensure_ascii=False, default=str) for record in records]


def column_map(source: Source, names: list[str]) -> dict[str, str]:
    """Find out which column of a file is meant by which of the project's words.

    Parameters
    ----------
    source : Source
        The source; its explicit ``columns`` win over synonyms.
    names : list of str
        Column names of the file.

    Returns
    -------
    dict of str to str
        The project's word to the file's column; only what was found.

    Raises
    ------
    InputError
        A column the configuration names does not exist.
    """
    by_fold: dict[str, str] = {}
    for given in names:
        by_fold.setdefault(fold(given), given)
    found: dict[str, str] = {}
    for word, wanted in source.columns.items():
        exact = wanted if wanted in names else by_fold.get(fold(wanted))
        if exact is None:
            raise missing_column(source, wanted, names)
        found[word] = exact
    taken = set(found.values())
    for word, synonyms in COLUMNS[source.role].items():
        if word in found:
            continue
        for synonym in synonyms:
            name = by_fold.get(fold(synonym))
            if name is not None and name not in taken:
                found[word] = name
                taken.add(name)
                break
    return found


def missing_column(source: Source, wanted: str, names: list[str]) -> InputError:
    """Return the error about a column that is not there.

    Parameters
    ----------
    source : Source
        Where it is missing.
    wanted : str
        Its name.
    names : list of str
        What the file has instead.

    Returns
    -------
    InputError
        To be raised by the caller.
    """
    import difflib

    near = difflib.get_close_matches(wanted, names, n=1)
    listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    hint = f"did you mean {near[0]!r}? " if near else ""
    return InputError(
        "the file has no such column",
        file=source.label,
        column=wanted,
        mend=f"{hint[:1].upper()}{hint[1:]}The file has: {listed or 'no columns'}; name it under [inputs.{source.role}.columns]",
    )


def is_none(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which entries are None.

    Parameters
    ----------
    values : ndarray of object, shape (n,)
        Anything or None.

    Returns
    -------
    ndarray of bool, shape (n,)
        True for None.
    """
    none: Any = None
    return np.asarray(np.equal(values, none), dtype=bool)


def text_of(series: pd.Series) -> NDArray[np.object_]:
    """Return a column as text.

    Parameters
    ----------
    series : Series
        Any column; whole numbers held as floats lose their ".0".

    Returns
    -------
    ndarray of object, shape (n,)
        Stripped text, or None where there is none.
    """
    if series.dtype == "str":
        return objects(trimmed(one_array(series)))
    try:
        codes, unique = pd.factorize(series)
    except TypeError:  # lists and objects, as GeoJSON and Parquet may hold
        return np.array([None if _is_nothing(cell) else _cell_text(cell) for cell in series], dtype=object)
    cells = np.asarray(unique, dtype=object).tolist()  # walking over an array of Arrow's is slow
    if set(map(type, cells)) <= {str}:  # the usual case, several times faster
        texts: list[str | None] = [cell.strip() or None for cell in cells]
    else:
        texts = list(map(_cell_text, cells))
    return np.array([*texts, None], dtype=object)[codes]


def _is_nothing(cell: object) -> bool:
    return cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell))


def _number_text(value: float | np.floating[Any]) -> str | None:
    if not np.isfinite(value):
        return None
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _cell_text(value: object) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, (float, np.floating)):
        return _number_text(value)
    text = (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).strip()
    return text or None


def number_of(series: pd.Series) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a column as numbers.

    Parameters
    ----------
    series : Series
        Any column; full-width digits count as digits.

    Returns
    -------
    numbers : ndarray of float64, shape (n,)
        NaN where there is no number.
    given : ndarray of bool, shape (n,)
        Whether the cell has any content, number or not.
    """
    if pd.api.types.is_numeric_dtype(series.dtype):
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers, ~np.isnan(numbers)
    codes, unique = pd.factorize(text_of(series))
    numbers = np.array([*map(_number, unique), np.nan], dtype=np.float64)
    return numbers[codes], codes >= 0


def _number(text: str) -> float:
    """Return the nearest float, which pandas' own conversion misses by a bit."""
    try:
        return float(unicodedata.normalize("NFKC", text)) if "_" not in text else np.nan
    except ValueError:
        return np.nan
