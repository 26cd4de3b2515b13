"""Where the parts of a city and of its plan lie while a build runs: in memory, or in a folder.

There the city is GeoParquet, of which some areas can be asked for, and what was made of it are Arrow's own files: they
cost less than half as much to write and to read, and are read once.
"""

from __future__ import annotations

import os
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.store.frames import FRAMES, conform
from geo_grid.store.rows import frame_of_rows, rows_of_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import geopandas as gpd
    import pyarrow as pa

    from geo_grid.store.rows import Part

#: Rows a store takes at once; in between the engine gets its next tasks.
SLICE_ROWS = 20_000
#: What is read once or twice, and soon, need not be small.
_COMPRESSION = "lz4"
#: Columns of the input that may be empty although they hold whole numbers.
_WHOLE = frozenset({"floor", "residents"})


class Room(ABC):
    """Keeps what tasks hand to each other.

    Parameters
    ----------
    crs : str
        Coordinate system of the plan.
    """

    def __init__(self, crs: str = "") -> None:
        self.crs = crs

    def put_input(self, name: str, layer: str, frame: gpd.GeoDataFrame) -> None:
        """Add rows to a layer of a part of the city.

        Parameters
        ----------
        name : str
            Name of the part.
        layer : str
            One of "areas", "households", "groups" and "elements".
        frame : GeoDataFrame
            The rows.
        """
        self._put_input(name, layer, frame)

    def seal(self) -> None:
        """Say that the input is whole."""
        self._seal()

    def input(self, name: str, layer: str, codes: Iterable[str] | None = None) -> gpd.GeoDataFrame | None:
        """Return a layer of a part of the city.

        Parameters
        ----------
        name : str
            Name of the part.
        layer : str
            One of "areas", "households", "groups" and "elements".
        codes : iterable of str, optional
            Codes of the areas wanted.

        Returns
        -------
        GeoDataFrame or None
            Rows in the order they came; None where there never were any.
        """
        return self._input(name, layer, codes)

    def put(self, name: str, tables: Mapping[str, pd.DataFrame]) -> None:
        """Keep a part of the plan.

        Parameters
        ----------
        name : str
            Its name.
        tables : mapping of str to DataFrame
            Rows by table.
        """
        for table, frame in tables.items():
            self._put(name, table, conform(FRAMES[table], frame, self.crs))

    def get(self, name: str, table: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Return a table of a part of the plan.

        Parameters
        ----------
        name : str
            Its name.
        table : str
            Name of the table.
        columns : list of str, optional
            Columns wanted, all by default; without ``geom`` no geometry.

        Returns
        -------
        DataFrame
            Its rows.
        """
        return self._get(name, table, columns)

    def slices(self, name: str) -> Iterator[Part]:
        """Return a part of the plan, some rows at a time.

        Parameters
        ----------
        name : str
            Its name.

        Yields
        ------
        mapping of str to DataFrame or Table
            Rows by table.
        """
        yield from self._slices(name)

    @abstractmethod
    def _put_input(self, name: str, layer: str, frame: gpd.GeoDataFrame) -> None: ...

    @abstractmethod
    def _seal(self) -> None: ...

    @abstractmethod
    def _input(self, name: str, layer: str, codes: Iterable[str] | None) -> gpd.GeoDataFrame | None: ...

    @abstractmethod
    def _put(self, name: str, table: str, frame: pd.DataFrame) -> None: ...

    @abstractmethod
    def _get(self, name: str, table: str, columns: list[str] | None) -> pd.DataFrame: ...

    @abstractmethod
    def _slices(self, name: str) -> Iterator[Part]: ...


class MemoryRoom(Room):
    """A room in this process.

    Parameters
    ----------
    crs : str
        Coordinate system of the plan.
    """

    def __init__(self, crs: str = "") -> None:
        super().__init__(crs)
        self._inputs: dict[tuple[str, str], list[gpd.GeoDataFrame]] = {}
        self._made: dict[str, dict[str, pd.DataFrame]] = {}

    def _put_input(self, name: str, layer: str, frame: gpd.GeoDataFrame) -> None:
        self._inputs.setdefault((name, layer), []).append(frame)

    def _seal(self) -> None:
        for frames in self._inputs.values():
            if len(frames) > 1:
                frames[:] = [pd.concat(frames, ignore_index=True)]

    def _input(self, name: str, layer: str, codes: Iterable[str] | None) -> gpd.GeoDataFrame | None:
        frames = self._inputs.get((name, layer))
        return frames and _of_areas(frames[0], layer, codes)

    def _put(self, name: str, table: str, frame: pd.DataFrame) -> None:
        self._made.setdefault(name, {})[table] = frame

    def _get(self, name: str, table: str, columns: list[str] | None) -> pd.DataFrame:
        frame = self._made[name][table]
        return frame[columns] if columns else frame

    def _slices(self, name: str) -> Iterator[Part]:
        yield self._made[name]


class FolderRoom(Room):
    """A room in a folder; for Dask, on storage that all machines see. What lies in it tells of households.

    Parameters
    ----------
    folder : Path
        The folder.
    crs : str
        Coordinate system of the plan.
    """

    def __init__(self, folder: Path, crs: str = "") -> None:
        super().__init__(crs)
        self.folder = folder
        self._writers: dict[tuple[str, str], Any] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return FolderRoom, (self.folder, self.crs)

    def _put_input(self, name: str, layer: str, frame: gpd.GeoDataFrame) -> None:
        from pyarrow import parquet

        rows = _write(frame)
        writer = self._writers.get((name, layer))
        if writer is None:
            path = self._path("city", name, layer)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            writer = self._writers[name, layer] = parquet.ParquetWriter(path, rows.schema, compression=_COMPRESSION)
        writer.write_table(rows.cast(writer.schema))

    def _seal(self) -> None:
        """Close all files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _input(self, name: str, layer: str, codes: Iterable[str] | None) -> gpd.GeoDataFrame | None:
        from pyarrow import parquet

        path = self._path("city", name, layer)
        if not path.exists():
            return None
        wanted = [(_code_column(layer), "in", list(codes))] if codes is not None and layer != "elements" else None
        return _read(parquet.read_table(path, filters=wanted))

    def _put(self, name: str, table: str, frame: pd.DataFrame) -> None:
        from pyarrow import ipc

        path = self._path("plan", name, table)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".new")
        os.close(handle)
        rows = rows_of_frame(FRAMES[table], frame)
        with ipc.new_file(draft, rows.schema, options=ipc.IpcWriteOptions(compression=_COMPRESSION)) as file:
            file.write_table(rows, max_chunksize=SLICE_ROWS)
        Path(draft).replace(path)  # another process may be writing the same

    def _get(self, name: str, table: str, columns: list[str] | None) -> pd.DataFrame:
        from pyarrow import ipc

        path = self._path("plan", name, table)
        with ipc.open_file(path) as file:
            wanted = None if columns is None else [file.schema.get_field_index(column) for column in columns]
        with ipc.open_file(path, options=ipc.IpcReadOptions(included_fields=wanted)) as file:
            rows = file.read_all()
        if columns is None or "geom" in columns:
            return frame_of_rows(FRAMES[table], rows, self.crs)
        return rows.to_pandas(integer_object_nulls=True)

    def _slices(self, name: str) -> Iterator[Part]:
        import pyarrow as pa
        from pyarrow import ipc

        for table in FRAMES:
            path = self._path("plan", name, table)
            if not path.exists():
                continue
            with ipc.open_file(path) as file:
                if not file.num_record_batches:  # a table without rows is a table
                    yield {table: file.schema.empty_table()}
                for batch in range(file.num_record_batches):
                    yield {table: pa.Table.from_batches([file.get_batch(batch)])}

    def _path(self, sort: str, name: str, layer: str) -> Path:
        return self.folder / sort / name / f"{layer}.{'parquet' if sort == 'city' else 'arrow'}"


def _code_column(layer: str) -> str:
    return "code" if layer == "areas" else "area_code"


def _of_areas(frame: Any, layer: str, codes: Iterable[str] | None) -> Any:
    if codes is None or layer == "elements":
        return frame
    return frame[frame[_code_column(layer)].isin(set(codes))].reset_index(drop=True)


def _write(frame: gpd.GeoDataFrame) -> pa.Table:
    """Write rows of the input as GeoParquet has them."""
    import json

    import pyarrow as pa

    arrays, names = [], []
    for name in frame.columns:
        if name == frame.geometry.name:
            arrays.append(pa.array(shapely.to_wkb(frame.geometry.to_numpy(), byte_order=1), pa.large_binary()))
        elif frame[name].dtype == object or frame[name].dtype == "str":
            arrays.append(pa.array(frame[name].to_numpy(dtype=object), pa.string(), from_pandas=True))
        else:
            arrays.append(pa.array(frame[name], from_pandas=True))
        names.append(name)
    column = {"encoding": "WKB", "geometry_types": [], "crs": frame.crs.to_json_dict()}
    about = {"version": "1.0.0", "primary_column": frame.geometry.name, "columns": {frame.geometry.name: column}}
    about["crs"] = frame.crs.to_string()
    return pa.table(arrays, names=names).replace_schema_metadata({b"geo": json.dumps(about).encode()})


def _read(rows: pa.Table) -> gpd.GeoDataFrame:
    """Read back what :func:`_write` wrote: text as objects, nothing as None."""
    import json

    import geopandas as gpd

    about = json.loads(rows.schema.metadata[b"geo"])
    columns: dict[str, Any] = {}
    for name in rows.column_names:
        if name == about["primary_column"]:
            columns[name] = shapely.from_wkb(rows[name].to_numpy())
        elif name in _WHOLE:
            columns[name] = pd.array(rows[name].to_pandas(integer_object_nulls=True), dtype="Int64")
        elif str(rows[name].type) == "string":
            columns[name] = pd.Series(np.array(rows[name].to_pylist(), dtype=object), dtype=object)
        else:
            columns[name] = rows[name].to_numpy()
    return gpd.GeoDataFrame(columns, geometry=about["primary_column"], crs=about["crs"])
