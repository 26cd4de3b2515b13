"""What a lookup cannot answer."""

from __future__ import annotations

from geo_grid.errors import GeoGridError


class UnknownCodeError(GeoGridError):
    """No area or grid has the code asked for."""
