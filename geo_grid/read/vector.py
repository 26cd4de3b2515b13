"""GeoPackage, Shapefile, GeoJSON and GeoParquet."""

from __future__ import annotations

import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_grid.errors import InputError
from geo_grid.gdal import guarded_pyogrio
from geo_grid.read.archive import unpacked_shapefile
from geo_grid.read.dbf import text_encoding
from geo_grid.read.table import Table, column_map
from geo_grid.read.text import TRIALS, decodes
from geo_grid.texts import one_array

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo_grid.config import Source


def load_vector(source: Source, path: Path) -> Table:
    """Read a GeoPackage, a Shapefile (zipped or not) or a GeoJSON file.

    Parameters
    ----------
    source : Source
        The source.
    path : Path
        Its file, with a suffix that is allowed.

    Returns
    -------
    Table
        Attributes and two-dimensional geometries.

    Raises
    ------
    InputError
        The file is damaged, not what its suffix says, or has several layers of which none is named.
    """
    suffix = path.suffix.lower()
    with ExitStack() as stack:
        if suffix == ".zip":
            path = stack.enter_context(unpacked_shapefile(source, path))
        if suffix in (".zip", ".shp"):
            _require_head(source, path, (b"\x00\x00\x27\x0a",), "Shapefile")
            _require_whole(source, path)
            encoding, notes = text_encoding(source, path)
            return _read(source, path, None, encoding, notes)
        if suffix == ".gpkg":
            _require_head(source, path, (b"SQLite format 3\x00",), "GeoPackage")
            return _read(source, path, _layer(source, path), None, [])
        return _read_geojson(source, path)


def load_parquet(source: Source, path: Path) -> Table:
    """Read GeoParquet, or plain Parquet with coordinate columns.

    Parameters
    ----------
    source : Source
        The source.
    path : Path
        Its file.

    Returns
    -------
    Table
        Attributes, and geometries where the file has them.

    Raises
    ------
    InputError
        The file is damaged or no Parquet.
    """
    import geopandas as gpd

    _require_head(source, path, (b"PAR1",), "Parquet file")
    try:
        frame = _readable(pd.read_parquet(path) if not _is_geoparquet(path) else gpd.read_parquet(path))
    except Exception as error:  # noqa: BLE001 - faults of a file come through as Arrow, GEOS or Python meet them
        raise _damaged(source, error) from None
    return _table(source, frame, None, [])


def parquet_rows(source: Source, path: Path) -> int:
    """Return how many rows a Parquet file has.

    Parameters
    ----------
    source : Source
        The source.
    path : Path
        Its file.

    Returns
    -------
    int
        Its rows; 0 where it cannot be read by batches: it has geometries, or is damaged.
    """
    from pyarrow import parquet

    del source
    try:
        return 0 if _is_geoparquet(path) else int(parquet.read_metadata(path).num_rows)
    except Exception:  # noqa: BLE001  whoever loads it says what is wrong
        return 0


def batches_of_parquet(source: Source, path: Path, size: int, only: str | None = None) -> Iterator[Table]:
    """Read plain Parquet some rows at a time.

    Parameters
    ----------
    source : Source
        The source.
    path : Path
        Its file.
    size : int
        Rows of a batch.
    only : str, optional
        The project's word for the only column wanted.

    Yields
    ------
    Table
        Attributes; rows are counted through.

    Raises
    ------
    InputError
        The file is damaged.
    """
    from pyarrow import parquet

    first = 1
    try:
        with parquet.ParquetFile(path) as file:
            names = list(file.schema_arrow.names)
            columns = column_map(source, names) if only else {}
            wanted = [columns[only]] if only in columns else ([] if only else names)
            for batch in file.iter_batches(size, columns=wanted):
                table = _table(source, _readable(batch.to_pandas()), None, [])
                table.rows = np.arange(first, first + len(batch), dtype=np.int64)
                first += len(batch)
                yield table
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - faults of a file come through as Arrow, GEOS or Python meet them
        raise _damaged(source, error) from None


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame, unless a text in it is no UTF-8: nothing else would find that before the text is wanted."""
    for name in frame.columns[[dtype == "str" for dtype in frame.dtypes]]:
        one_array(frame[name]).validate(full=True)
    return frame


def _is_geoparquet(path: Path) -> bool:
    from pyarrow import parquet

    return b"geo" in (parquet.read_schema(path).metadata or {})


def _require_head(source: Source, path: Path, heads: tuple[bytes, ...], what: str) -> None:
    """Refuse a file that is not what its suffix says: GDAL goes by content, and some formats open other files."""
    with path.open("rb") as file:
        head = file.read(16)
    if not head.startswith(heads):
        message = "the file is empty" if not head else f"the file is no {what}"
        raise InputError(message, file=source.label, mend="Export or download it again")


def _layer(source: Source, path: Path) -> str:
    pyogrio = guarded_pyogrio()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            listed = pyogrio.list_layers(path)
    except Exception as error:  # noqa: BLE001 - as below
        raise _damaged(source, error) from None
    names = [str(name) for name, _ in listed]
    if source.layer:
        if source.layer not in names:
            raise InputError(f"no layer {source.layer!r}", file=source.label, mend=f"It has: {', '.join(names)}")
        return source.layer
    spatial = [str(name) for name, kind in listed if kind is not None] or names
    spatial = [name for name in spatial if name != "layer_styles"]
    if len(spatial) != 1:
        message = "the file has several layers" if spatial else "the file has no layer"
        raise InputError(
            message, file=source.label, mend=f"Name one with layer: {', '.join(spatial)}" if spatial else None
        )
    return spatial[0]


def _read_geojson(source: Source, path: Path) -> Table:
    data = path.read_bytes().lstrip(b"\xef\xbb\xbf \t\r\n")
    if not data.startswith(b"{") or b"gdal_streamed_alg" in data:
        raise InputError("the file is no GeoJSON", file=source.label, mend="Export or download it again")
    encoding, notes = "utf-8", []
    for name in [source.encoding] if source.encoding else TRIALS:
        if decodes([data], name):
            encoding = name
            break
    else:
        raise InputError("the text is neither UTF-8 nor GB18030", file=source.label, mend="Save it as UTF-8")
    if encoding != "utf-8":
        data = data.decode(encoding).encode()
        notes = [f"{source.label}: text read as {encoding.upper()}"]
    table = _read(source, data, None, None, notes)
    table.encoding = encoding
    return table


def _read(source: Source, data: Path | bytes, layer: str | None, encoding: str | None, notes: list[str]) -> Table:
    pyogrio = guarded_pyogrio()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks on details of a format; what matters is checked here
            try:
                frame = pyogrio.read_dataframe(data, layer=layer, encoding=encoding, on_invalid="ignore")
            except UnicodeDecodeError:
                if encoding is None:
                    raise
                frame = _decoded(pyogrio.read_dataframe(data, encoding="ISO-8859-1", on_invalid="ignore"), encoding)
    except Exception as error:  # noqa: BLE001 - faults of a file come through as GDAL, GEOS or Python meet them
        raise _damaged(source, error) from None
    return _table(source, frame, encoding, notes)


def _decoded(frame: pd.DataFrame, encoding: str) -> pd.DataFrame:
    """Decode text that was read byte by byte, dropping the last character of a cell where its end is cut off."""

    def decode(value: object) -> object:
        return value.encode("iso-8859-1").decode(encoding, "ignore") if isinstance(value, str) else value

    frame = frame.rename(columns=decode)
    for name in frame.columns:
        if frame[name].dtype in ("str", "object"):
            frame[name] = pd.Series([decode(value) for value in frame[name]], dtype=object, index=frame.index)
    return frame


def _require_whole(source: Source, shapefile: Path) -> None:
    """Refuse a Shapefile that is shorter than its header says: rows beyond its end would lose their geometry."""
    with shapefile.open("rb") as file:
        words = int.from_bytes(file.read(28)[24:28], "big")
    if shapefile.stat().st_size < 2 * words:
        raise _damaged(source, EOFError())


def _damaged(source: Source, error: Exception) -> InputError:
    del error  # GDAL's words name paths and drivers, and help nobody
    return InputError("the file is damaged or incomplete", file=source.label, mend="Export or download it again")


def _table(source: Source, frame: pd.DataFrame, encoding: str | None, notes: list[str]) -> Table:
    import geopandas as gpd

    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return Table(source, pd.DataFrame(frame).reset_index(drop=True), encoding=encoding, notes=notes)
    geometry = shapely.force_2d(np.asarray(frame.geometry.array, dtype=object))
    attributes = pd.DataFrame(frame.drop(columns=frame.active_geometry_name)).reset_index(drop=True)
    return Table(source, attributes, geometry, frame.crs, encoding=encoding, notes=notes)
