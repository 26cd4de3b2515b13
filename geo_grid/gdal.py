"""GDAL, as this program lets it read: without drivers that reach beyond the file they are given."""

from __future__ import annotations

import os
from typing import Any

#: GDAL drivers that open further files, hosts or programs named inside a file.
SKIPPED_DRIVERS = ("OGR_VRT", "GDALG", "HTTP", "WFS", "OAPIF", "OGCAPI", "PLSCENES", "Elasticsearch", "Carto")


def guarded_pyogrio() -> Any:
    """Import pyogrio with those drivers switched off, where it is not loaded yet.

    Returns
    -------
    module
        To be imported so by whoever may be the first.
    """
    skipped = os.environ.get("OGR_SKIP", "").split(",")
    os.environ["OGR_SKIP"] = ",".join(dict.fromkeys([*filter(None, skipped), *SKIPPED_DRIVERS]))
    import pyogrio

    return pyogrio
