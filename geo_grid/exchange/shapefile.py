"""Shapefiles in one archive: short ASCII names of columns, UTF-8 text, and tables that say what was shortened."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.exchange import layers
from geo_grid.exchange.vector_file import write_layer
from geo_grid.exchange.words import COLUMNS, heading

if TYPE_CHECKING:
    from geo_grid.model import Plan

#: Bytes a text of a DBF may have.
TEXT_BYTES = 254
_TYPES = {"elements_areas": "MultiPolygon", "elements_lines": "MultiLineString", "elements_points": "MultiPoint"}
#: Columns whose words differ from those of grids.
_OTHER_WORDS = {
    "areas": {"code": "area_code", "name": "area_name", "parent_code": "parent_area_code"},
    "elements": {"name": "element_name"},
}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same plan gives the same archive


def write_shapefiles(
    plan: Plan, path: Path, *, datum: str | None, level: int | None, version: int | str | None
) -> None:
    """Write a plan as zipped Shapefiles.

    Parameters
    ----------
    plan : Plan
        With the public tables.
    path : Path
        An archive that does not exist yet.
    datum : {"WGS84", "CGCS2000"} or None
        Degrees wanted; None for the plan's own system.
    level : int or None
        The only level wanted.
    version : int, str or None
        What is exported, for ``about.csv``.
    """
    levels = layers.levels_of(plan, level)
    fields: list[tuple[str, ...]] = []
    shortened: list[tuple[str, ...]] = []
    with TemporaryDirectory(prefix=".geo-grid-", dir=path.parent) as folder:
        for name, frame, kind in _layers(plan, levels, datum):
            short = _short_frame(name, frame, fields, shortened)
            options = {"geometry_type": kind} if kind else {}
            _write(short, Path(folder), name, options)
        _pack(Path(folder), path, fields, shortened, layers.facts_of(plan, version))


def _layers(plan: Plan, levels: list[int], datum: str | None) -> list[tuple[str, pd.DataFrame, str | None]]:
    areas = plan["areas"][[*layers.AREA_COLUMNS, "geom"]]
    found: list[tuple[str, pd.DataFrame, str | None]] = [("areas", areas, "MultiPolygon")]
    found += [(f"grids_l{number}", layers.grids_of(plan, number), "MultiPolygon") for number in levels]
    found += [(name, frame, _TYPES[name]) for name, frame in layers.elements_by_kind(plan).items()]
    found = [(name, layers.in_system(frame, plan.crs, datum), kind) for name, frame, kind in found]
    shares = pd.DataFrame(layers.shares_of(plan, levels).drop(columns="geom"))
    return [*found, ("shares", shares, None)]  # of mixed geometry, which no Shapefile holds


def _short_frame(layer: str, frame: Any, fields: list[tuple[str, ...]], shortened: list[tuple[str, ...]]) -> Any:
    """Give the columns names and texts a DBF can hold, and note what was done."""
    words = _OTHER_WORDS.get(layer.partition("_")[0], {})
    names: dict[str, str] = {}
    out = frame.copy()
    for column in frame.columns:
        if column == "geom":
            continue
        key = words.get(column, column)
        names[column] = COLUMNS[column if column in COLUMNS else key][0]
        fields.append((layer, names[column], column, heading(key, "zh"), heading(key, "en")))
        if not pd.api.types.is_numeric_dtype(frame[column].dtype):
            out[column] = _short_texts(layer, names[column], frame[column], shortened)
    return out.rename(columns=names)


def _short_texts(layer: str, field: str, texts: pd.Series, shortened: list[tuple[str, ...]]) -> pd.Series:
    long = [i for i, text in enumerate(texts) if isinstance(text, str) and len(text.encode()) > TEXT_BYTES]
    out = texts.astype(object)
    for i in long:
        cut = texts.iloc[i].encode()[:TEXT_BYTES].decode("utf-8", "ignore")
        shortened.append((layer, str(i + 1), field, texts.iloc[i]))
        out.iloc[i] = cut
    return out.where(texts.notna(), None)


def _write(frame: Any, folder: Path, name: str, options: dict[str, Any]) -> None:
    path = folder / (f"{name}.shp" if options else f"{name}.dbf")
    layer_options = {"2GB_LIMIT": "YES"} if options else {}
    write_layer(frame, path, "ESRI Shapefile", name, encoding="UTF-8", layer_options=layer_options, **options)
    (folder / f"{name}.cpg").write_text("UTF-8", encoding="ascii")


def _pack(
    folder: Path, path: Path, fields: list[tuple[str, ...]], shortened: list[tuple[str, ...]], facts: dict[str, str]
) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for part in sorted(folder.iterdir()):
            info = zipfile.ZipInfo(part.name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with part.open("rb") as plain, archive.open(info, "w") as packed:
                while chunk := plain.read(1 << 20):
                    packed.write(chunk)
        head = ("file", "field", "column", "中文名称", "English name")
        _table(archive, "fields.csv", head, fields)
        _table(archive, "about.csv", ("key", "value"), list(facts.items()))
        if shortened:
            _table(archive, "shortened.csv", ("file", "row", "field", "text"), shortened)


def _table(archive: zipfile.ZipFile, name: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([head, *([plain_cell(cell) for cell in row] for row in rows)])
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, text.getvalue().encode("utf-8-sig"))


def plain_cell(text: str) -> str:
    """Return a cell of a CSV file that no spreadsheet program takes for a formula.

    Parameters
    ----------
    text : str
        The cell.

    Returns
    -------
    str
        With an apostrophe before it where it would begin a formula.
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
