"""Zoning: arrays in, labels out. Numbers only, no geometry and no files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo_grid.zoning.area import zone_area

__all__ = ["zone_area"]


def __getattr__(name: str) -> Any:
    """Import the zoning of areas, and numba with it, where it is first asked for."""
    if name == "zone_area":
        from geo_grid.zoning.area import zone_area

        return zone_area
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
