"""Layers written by GDAL, its complaints turned into ours."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def write_layer(frame: pd.DataFrame, path: Path, driver: str, layer: str, **options: Any) -> None:
    """Write one layer, or a table without geometry, to a new or existing file.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Its rows.
    path : Path
        The file.
    driver : str
        Name of GDAL's driver.
    layer : str
        Name of the layer.
    **options : Any
        Passed on to pyogrio.

    Raises
    ------
    OSError
        The layer cannot be written.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on widths of columns and the like
            pyogrio.write_dataframe(frame, path, layer=layer, driver=driver, **options)
    except (DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError) as error:
        raise OSError(None, str(error)) from None


def has_driver(name: str) -> bool:
    """Tell whether GDAL can write with a driver.

    Parameters
    ----------
    name : str
        Name of the driver.

    Returns
    -------
    bool
        Whether it is there and writes.
    """
    import pyogrio

    return "w" in pyogrio.list_drivers().get(name, "")
