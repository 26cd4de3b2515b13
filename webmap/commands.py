"""The commands of the map: serve and map, added to ``geo-grid`` by entry point."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from geo_grid.cli.parser import add_command, output_path
from geo_grid.errors import UsageError
from webmap.accounts.commands import register as register_accounts
from webmap.board.commands import public_address
from webmap.board.commands import register as register_board

if TYPE_CHECKING:
    import argparse

    from geo_grid.cli.parser import Subparsers
    from webmap.settings import BaseMap

STORE_HELP = "PLAN.gpkg or postgresql://…"

#: Environment variable with the office's Tianditu key: a command line can be read by everybody on the machine.
KEY = "GEO_GRID_TIANDITU_KEY"


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
    serve_command.add_argument(
        "--base-map",
        metavar="URL",
        help=f"draw picture tiles of another host below: https://…/{{z}}/{{x}}/{{y}}.png, or 'tianditu' with a key in {KEY}",
    )
    serve_command.add_argument(
        "--base-map-datum", choices=("WGS84", "GCJ02"), default="WGS84", help="datum of the tiles"
    )
    serve_command.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name under which browsers ask for this service, beside addresses in numbers and localhost; may be repeated",
    )
    serve_command.add_argument(
        "--behind-proxy",
        metavar="ADDRESS",
        help="a web server in front of this one, whose X-Forwarded-… headers are believed (for https)",
    )
    serve_command.add_argument(
        "--tiles", metavar="DIR", help="directory of the tile archives (PLAN.tiles beside a GeoPackage by default)"
    )
    serve_command.add_argument(
        "--photos",
        metavar="DIR",
        help="folder of the photos of inspections (PLAN.photos beside a GeoPackage by default)",
    )
    serve_command.add_argument(
        "--public-url",
        metavar="URL",
        type=public_address,
        help="address of the service as phones reach it, for the QR codes of notice boards",
    )
    register_accounts(subparsers)
    register_board(subparsers)

    map_command = add_command(subparsers, "map", _map, "write the map as one self-contained offline HTML file")
    map_command.add_argument("store", help=STORE_HELP)
    map_command.add_argument("--area", metavar="CODE", help="one area (the whole plan by default)")
    map_command.add_argument("-o", "--out", type=output_path(".html", ".htm"), required=True, metavar="MAP.html")
    map_command.add_argument("--lang", choices=("zh", "en"), default="zh")
    map_command.add_argument(
        "--exact", action="store_true", help="tell counts of households below 10 too: for staff, not to be published"
    )


def _serve(options: argparse.Namespace) -> None:
    from webmap import Settings, serve

    base_map = _base_map(options.base_map, options.base_map_datum)
    settings = Settings(
        base_map=base_map,
        hosts=tuple(options.allow_host),
        tiles=options.tiles,
        photos=options.photos,
        public_url=options.public_url or "",
    )
    serve(options.store, options.host, options.port, settings=settings, proxy=options.behind_proxy)


def _base_map(asked: str | None, datum: Literal["WGS84", "GCJ02"]) -> BaseMap | None:
    """Return the base map that was asked for; none by default, and then no page asks another host for anything."""
    from webmap import BaseMap

    if asked is None:
        return None
    if asked != "tianditu":
        return BaseMap((asked,), attribution=urlsplit(asked).hostname or "", datum=datum)
    key = os.environ.get(KEY, "")
    if not key:
        raise UsageError("--base-map tianditu needs a key", mend=f"Set {KEY} to the key of your office")
    return BaseMap.tianditu(key)


def _map(options: argparse.Namespace) -> None:
    from webmap.single_file import write_map

    write_map(options.store, options.area, options.out, lang=options.lang, exact=options.exact)
    print(f"written {options.out} ({options.out.stat().st_size / 1e6:.1f} MB)")
