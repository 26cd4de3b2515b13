"""KML: grids with names and household counts, coloured by their state."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_grid.exchange import layers
from geo_grid.exchange.geojson import DECIMALS
from geo_grid.exchange.vector_file import has_driver, write_layer
from geo_grid.exchange.words import heading, status_text, word
from geo_grid.report.words import band_text

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from geo_grid.model import Plan

#: OGR style by state, the colours of the store's own: blue is in order, orange and red are not.
_STYLES = {
    "in_band": "BRUSH(fc:#569CD63C);PEN(c:#28508CFF,w:1.5px)",
    "given": "BRUSH(fc:#9696963C);PEN(c:#28508CFF,w:1.5px)",
    "open": "BRUSH(fc:#D2321E96);PEN(c:#8C1E0AFF,w:2px)",
    "exception": "BRUSH(fc:#E68C1E82);PEN(c:#A0500AFF,w:2px)",
}


def write_kml(plan: Plan, path: Path, *, lang: str, level: int | None) -> None:
    """Write the grids of a plan as KML, a folder a level.

    Parameters
    ----------
    plan : Plan
        With the tables ``areas``, ``grids`` and ``exceptions``.
    path : Path
        A file that does not exist yet.
    lang : str
        "zh" or "en".
    level : int or None
        The only level wanted.
    """
    styled = has_driver("LIBKML")
    for i, number in enumerate(layers.levels_of(plan, level) or [1]):  # no file is made without a layer
        frame = _placemarks(plan, number, lang)
        if not styled:
            frame = frame.drop(columns="OGR_STYLE")
        folder = word("grids_of", lang, n=number)
        write_layer(frame, path, "LIBKML" if styled else "KML", folder, geometry_type="Unknown", append=i > 0)


def _placemarks(plan: Plan, level: int, lang: str) -> gpd.GeoDataFrame:
    grids = layers.grids_of(plan, level)
    return gpd.GeoDataFrame(
        {
            "Name": pd.Series([_plain(name) for name in grids["name"]], dtype="str"),
            "description": pd.Series([_description(row, lang) for row in grids.to_dict("records")], dtype="str"),
            "OGR_STYLE": pd.Series([_STYLES.get(status) for status in grids["status"]], dtype="str"),
            "code": pd.Series([_plain(code) for code in grids["code"]], dtype="str"),
            "households": grids["households"],
            "status": grids["status"],
        },
        geometry=shapely.transform(layers.in_degrees(grids["geom"].to_numpy(), plan.crs, "WGS84"), _rounded),
        crs="EPSG:4326",
    )


def _rounded(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to a centimetre: more digits only make the file longer."""
    return np.round(places, DECIMALS)


def _description(row: dict[str, Any], lang: str) -> str:
    """Say in HTML, which is what viewers show, what a grid is."""
    low, high = (None if pd.isna(row[end]) else int(row[end]) for end in ("low", "high"))
    lines = [
        (heading("code", lang), row["code"]),
        (heading("area_name", lang), row["area_name"]),
        (heading("role", lang), row["role"]),
        (heading("households", lang), str(row["households"])),
        (word("band", lang), word("no_band", lang) if low is None else band_text(low, high)),
        (heading("status", lang), status_text(row["status"], lang)),
        (heading("reason", lang), layers.reason_words(row["reason"], lang)),
    ]
    return "<br/>".join(f"{name}: {escape(_plain(text))}" for name, text in lines if isinstance(text, str) and text)


def _plain(text: str) -> str:
    """Drop signs that XML cannot hold, and the end mark of the sections GDAL wraps text in."""
    kept = "".join(
        c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
    )
    return kept.replace("]]>", "]] >")
