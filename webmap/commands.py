"""The commands of the map: serve and map, added to ``geo-grid`` by entry point."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geo_grid.cli.parser import add_command

if TYPE_CHECKING:
    import argparse

    from geo_grid.cli.parser import Subparsers

STORE_HELP = "PLAN.gpkg or postgresql://…"


def register(subparsers: Subparsers) -> None:
    """Add the commands of the map.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add them.
    """
    serve_command = add_command(subparsers, "serve", _serve, "serve the map of a stored plan")
    serve_command.add_argument("store", help=STORE_HELP)
    serve_command.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (this machine only by default)"
    )
    serve_command.add_argument("--port", type=int, default=8000)

    map_command = add_command(subparsers, "map", _map, "write the map as one self-contained offline HTML file")
    map_command.add_argument("store", help=STORE_HELP)
    map_command.add_argument("--area", metavar="CODE", help="one area (the whole plan by default)")
    map_command.add_argument("-o", "--out", type=Path, required=True, metavar="MAP.html")
    map_command.add_argument("--lang", choices=("zh", "en"), default="zh")


def _serve(options: argparse.Namespace) -> None:
    from webmap import serve

    serve(options.store, options.host, options.port)


def _map(options: argparse.Namespace) -> None:
    from webmap.single_file import write_map

    write_map(options.store, options.area, options.out, lang=options.lang)
    print(f"written {options.out} ({options.out.stat().st_size / 1e6:.1f} MB)")
