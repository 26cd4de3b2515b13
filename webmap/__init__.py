"""The map service: Flask, folium and Leaflet over a stored plan.

``create_app`` is the WSGI application, ``serve`` runs it, and ``webmap.single_file.write_map`` writes a map as one file.
"""

from typing import TYPE_CHECKING, Any

from webmap.settings import BaseMap, Settings

if TYPE_CHECKING:
    from webmap.app import create_app
    from webmap.server import serve
    from webmap.single_file import write_map

__all__ = ["BaseMap", "Settings", "create_app", "serve", "write_map"]

_HOMES = {"create_app": "webmap.app", "serve": "webmap.server", "write_map": "webmap.single_file"}


def __getattr__(name: str) -> Any:
    """Import Flask and folium (a second) only when they are asked for."""
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(name)
