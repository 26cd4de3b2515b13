"""The commands of published versions: publish and versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geo_grid.cli.parser import FAULTS_FOUND, STORE_HELP, add_command

if TYPE_CHECKING:
    import argparse

    from geo_grid.cli.parser import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the commands of versions.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add them.
    """
    publish = add_command(subparsers, "publish", _publish, "publish the draft as a version that never changes")
    publish.add_argument("store", help=STORE_HELP)
    publish.add_argument("--name", required=True, help="name of the version, such as 2026年第一版")
    publish.add_argument("--note", help="what a reader should know")
    publish.add_argument("--area", action="append", metavar="CODE", help="only this area (may be given several times)")
    publish.add_argument(
        "--tiles", metavar="DIR", help="directory of the tile archives (PLAN.tiles beside a GeoPackage by default)"
    )
    publish.add_argument("--dry-run", action="store_true", help="only say what keeps the draft from it; status 1 if so")

    versions = add_command(subparsers, "versions", _versions, "list the published versions")
    versions.add_argument("store", help=STORE_HELP)
    versions.add_argument("--json", action="store_true", help="print JSON")


def _publish(options: argparse.Namespace) -> int:
    from geo_grid.desk import Desk
    from geo_grid.store import open_store

    with open_store(options.store) as store:
        store.meta()  # a plan must be there
        desk = Desk(store)
        try:
            problems = desk.publisher.problems(options.area)
            for problem in problems:
                print(_line(problem))
            if problems or options.dry_run:
                print(f"problems: {len(problems)}" if problems else "nothing keeps the draft from being published")
                return FAULTS_FOUND if problems else 0
            number = desk.publisher.publish(options.area, name=options.name, note=options.note, author=_who())
            print(f"published version {number}")
            _write_tiles(options, number)
            return 0
        finally:
            desk.close()


def _write_tiles(options: argparse.Namespace, number: int) -> None:
    """Write the map's tiles; what is published is published, so a folder that cannot be written to is a remark."""
    from geo_grid.cli.progress import progress_bar
    from geo_grid.errors import GeoGridError
    from geo_grid.tiles.stored import KEPT, prune_versions, tiles_folder, write_version

    folder = options.tiles or tiles_folder(options.store)
    if folder is None:  # a database has no place of its own; the service makes them
        return
    try:
        with progress_bar() as progress:
            path = write_version(options.store, number, folder, progress=progress)
    except GeoGridError as error:
        print(f"without tiles, which the service will make: {error.line()}")
    else:
        print(f"written {path} ({path.stat().st_size / 1e6:.1f} MB)")
        prune_versions(folder, KEPT, number)


def _line(problem: Any) -> str:
    fault = problem.fault
    band = f", its band is {fault.low}–{fault.high}" if fault.low is not None else ""
    what = fault.kind.replace("_", " ")
    return f"area {problem.area}: grid {fault.grid} is {what}: {fault.households} households{band}"


def _who() -> str:
    """Return who works on this machine, for the audit."""
    import getpass

    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError):
        return "command line"


def _versions(options: argparse.Namespace) -> None:
    from geo_grid.store import open_store
    from geo_grid.telling import time_told

    with open_store(options.store) as store:
        store.meta()
        with store.ledger() as ledger:
            rows = ledger.versions()
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        print(f"{row['number']:>4}  {time_told(row['made_at'])}  {row['name']}  ({row['author']})")
    if not rows:
        print(f"nothing was published yet; publish the draft with: geo-grid publish {store.label} --name NAME")
