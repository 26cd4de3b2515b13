"""Files of a city, written county by county, so that no more than one county is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
from pyarrow import parquet

from _city.territory import CRS

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    import geopandas as gpd
    from numpy.typing import NDArray

    from _city.communities import Flats
    from _city.villages import Homes

    Ints = NDArray[np.int64]
    Texts = NDArray[np.object_]

HOUSEHOLDS = "households.parquet"
AREAS = "areas.gpkg"
ELEMENTS = "elements.gpkg"

_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("id", "area_code", "building", "entrance")]
    + [("floor", pa.int32())]
    + [(name, pa.string()) for name in ("group", "address")]
    + [("residents", pa.int32()), ("x", pa.float64()), ("y", pa.float64())]
)


class Writer:
    """The open files of one city.

    Parameters
    ----------
    folder : Path
        Where to; made, and emptied of an earlier city's files.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._clear()
        self.layers: set[str] = set()
        self.households = 0
        self._parquet = parquet.ParquetWriter(folder / HOUSEHOLDS, _SCHEMA, compression="zstd")
        # the same seed shall give the same bytes, so no file may hold the hour it was written
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2025-01-01T00:00:00.000Z"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._parquet.close()
        if kind is not None:  # half a city is none
            self._clear()

    def _clear(self) -> None:
        for name in (AREAS, ELEMENTS, HOUSEHOLDS):
            (self.folder / name).unlink(missing_ok=True)

    def areas(self, frame: gpd.GeoDataFrame) -> None:
        """Write some areas."""
        self._append(AREAS, "areas", frame, "MultiPolygon")

    def elements(self, frames: dict[str, gpd.GeoDataFrame]) -> None:
        """Write some elements, a layer a class."""
        for name, frame in frames.items():
            self._append(ELEMENTS, name, frame, "Unknown" if name in ("mine", "forest") else None)

    def _append(self, file: str, layer: str, frame: gpd.GeoDataFrame, kind: str | None) -> None:
        path = self.folder / file
        pyogrio.write_dataframe(
            frame,
            path,
            layer=layer,
            append=layer in self.layers,
            geometry_type=kind,
            promote_to_multi=kind == "MultiPolygon",
            layer_options=None if layer in self.layers else {"GEOMETRY_NAME": "geom"},
        )
        self.layers.add(layer)

    def flats(self, flats: Flats, codes: Texts, prefix: Texts, rng: np.random.Generator) -> None:
        """Write dwellings of communities; codes and prefix are of all areas of the city."""
        entrance = pc.binary_join_element_wise(_text(flats.entrance), "单元", "")
        building = pa.array(flats.building, pa.string())
        address = pc.binary_join_element_wise(
            pa.array(prefix[flats.area], pa.string()), building, entrance, _text(flats.door), "室", ""
        )
        n = len(flats.area)
        none = pa.nulls(n, pa.string())
        self._rows(
            codes[flats.area], building, entrance, pa.array(flats.floor, pa.int32()), none, address, flats.xy, rng
        )

    def homes(self, homes: Homes, codes: Texts, prefix: Texts, rng: np.random.Generator) -> None:
        """Write households of villages."""
        n = len(homes.area)
        labelled = pa.array(homes.group > 0)
        number = _text(homes.group)
        group = pc.if_else(labelled, pc.binary_join_element_wise("第", number, "村民小组", ""), None)
        part = pc.if_else(labelled, pc.binary_join_element_wise(number, "组", ""), "")
        address = pc.binary_join_element_wise(
            pa.array(prefix[homes.area], pa.string()), part, _text(homes.house), "号", ""
        )
        none = pa.nulls(n, pa.string())
        self._rows(codes[homes.area], none, none, pa.nulls(n, pa.int32()), group, address, homes.xy, rng)

    def _rows(
        self,
        code: Texts,
        building: pa.Array,
        entrance: pa.Array,
        floor: pa.Array,
        group: pa.Array,
        address: pa.Array,
        xy: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> None:
        n = len(code)
        serial = pc.utf8_lpad(_text(np.arange(self.households + 1, self.households + n + 1)), 8, "0")
        ids = pc.binary_join_element_wise("H", serial, "")
        residents = pa.array(np.minimum(1 + rng.poisson(1.7, n), 8), pa.int32())
        x, y = (pa.array(np.round(xy[:, axis], 2)) for axis in (0, 1))
        columns = [ids, pa.array(code, pa.string()), building, entrance, floor, group, address, residents, x, y]
        self._parquet.write_table(pa.Table.from_arrays(columns, schema=_SCHEMA))
        self.households += n


def _text(numbers: Ints) -> pa.Array:
    return pc.cast(pa.array(numbers), pa.string())


def city_toml(name: str, layers: list[str], place_names: dict[str, str], about: list[str]) -> str:
    """Return the text of ``city.toml``.

    Parameters
    ----------
    name : str
        Name of the city.
    layers : list of str
        Classes of elements that were written.
    place_names : dict of str to str
        Counties and townships by code.
    about : list of str
        Lines for its head.

    Returns
    -------
    str
        TOML.
    """
    lines = [f"# {line}" for line in about]
    lines += ["[city]", f'name = "{name}"', "sample = true", f'crs = "{CRS}"', ""]
    lines += ["[inputs.areas]", f'path = "{AREAS}"', ""]
    lines += ["[inputs.households]", f'path = "{HOUSEHOLDS}"', 'lon = "x"', 'lat = "y"', f'crs = "{CRS}"', ""]
    for layer in layers:
        lines += ["[[inputs.elements]]", f'class = "{layer}"', f'path = "{ELEMENTS}"', f'layer = "{layer}"', ""]
    lines += ["# 1: crossed only if nothing else satisfies the bands; 0: no barrier"]
    lines += ["[barriers]", "river = 1.0", "gully = 0.5", "road = 0.3", ""]
    lines += ["[place_names]", *(f'"{code}" = "{text}"' for code, text in place_names.items()), ""]
    return "\n".join(lines)
