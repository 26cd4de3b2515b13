"""The commands of exchange: export and import."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_grid.cli.parser import STORE_HELP, add_command, version_word
from geo_grid.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from geo_grid.cli.parser import Subparsers
    from geo_grid.exchange.assignment import Assignment
    from geo_grid.model import Plan
    from geo_grid.store.base import Store

#: Exit status where a row of an import is no good; the others are taken over all the same.
FAULTS_FOUND = 1


def register(subparsers: Subparsers) -> None:
    """Add the commands.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add them.
    """
    _register_export(subparsers)
    _register_import(subparsers)


def _register_export(subparsers: Subparsers) -> None:
    from geo_grid.config import DATUMS
    from geo_grid.exchange.formats import FORMATS

    export = add_command(subparsers, "export", _export, "write a plan, or one area, to a file other programs read")
    export.add_argument("store", help=STORE_HELP)
    export.add_argument("--format", required=True, choices=tuple(FORMATS), help="kind of file")
    export.add_argument("-o", "--out", required=True, type=Path, metavar="FILE")
    export.add_argument("--area", metavar="CODE", help="only this area (the whole plan by default)")
    export.add_argument(
        "--version", type=version_word, metavar="V", help="published, or the number of a version (the draft by default)"
    )
    export.add_argument("--level", type=int, metavar="N", help="only the grids of this level")
    export.add_argument("--datum", choices=DATUMS, help="datum of coordinates in degrees")
    export.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of headings")
    export.add_argument("--overwrite", action="store_true", help="replace an earlier file (never a plan)")


def _export(options: argparse.Namespace) -> None:
    from geo_grid.exchange.exports import export_store
    from geo_grid.exchange.formats import FORMATS
    from geo_grid.exchange.replacing import refuse_plan
    from geo_grid.store import open_store

    chosen, out = FORMATS[options.format], options.out
    if out.suffix.lower() != chosen.suffix:
        raise UsageError("the file to write has another ending", file=out, mend=f"Use {chosen.suffix}")
    if out.is_dir() or not out.parent.is_dir():
        raise UsageError("there is no such folder, or a folder stands there", file=out, mend="Name a file")
    refuse_plan(out.resolve())
    if out.exists() and not options.overwrite:
        raise UsageError("the file exists", file=out, mend="Name another, or add --overwrite")
    with open_store(options.store) as store:
        export_store(
            store,
            chosen.name,
            out,
            area=options.area,
            version=options.version,
            lang=options.lang,
            datum=options.datum,
            level=options.level,
        )
    print(f"written {out}")
    if chosen.restricted:
        print("it holds household ids: not for publication (含户编号，不得公开)")


def _register_import(subparsers: Subparsers) -> None:
    from geo_grid.config import DATUMS

    summary = "take over the grids an office has today: a list of households, or polygons drawn by hand"
    take = add_command(subparsers, "import", _import, f"{summary}; status 1 if a row is no good")
    take.add_argument("store", help=STORE_HELP)
    take.add_argument("file", type=Path, nargs="+", metavar="FILE", help="several files of polygons for several levels")
    take.add_argument("--area", required=True, metavar="CODE", help="the area whose draft is changed")
    take.add_argument("--kind", required=True, choices=("assignment", "polygons"))
    take.add_argument("--dry-run", action="store_true", help="only say what would become of each row")
    take.add_argument("--level", type=int, metavar="N", help="level of the grids, where the file does not say it")
    take.add_argument("--layer", metavar="NAME", help="layer, worksheet, or Shapefile of an archive")
    take.add_argument("--encoding", metavar="NAME", help="encoding of text, where it is not found out")
    take.add_argument("--crs", metavar="EPSG:…", help="coordinate system of polygons, where the file does not say it")
    take.add_argument("--datum", choices=DATUMS, help="datum of polygons")
    take.add_argument(
        "--overlaps",
        choices=("report", "nearer"),
        default="report",
        help="a household in two grids is listed, or goes to the one whose centre is nearer",
    )
    take.add_argument("--author", metavar="NAME", help="who does it, for the record (your account by default)")
    take.add_argument("--why", metavar="TEXT", help="the reason, for the record")
    take.add_argument("--json", action="store_true", help="print JSON")


def _import(options: argparse.Namespace) -> int:
    from geo_grid.exchange.present import TABLES
    from geo_grid.store import open_store

    with open_store(options.store) as store:
        if options.dry_run:
            found = _read_grids(options, store.area_plan(options.area, TABLES))
            _say(options, found, {"stored": False, "revision": None, "faults": {}})
            return FAULTS_FOUND if len(found.errors) else 0
        found, done = _take_over(options, store)
    _say(options, found, done)
    return FAULTS_FOUND if len(found.errors) else 0


def _take_over(options: argparse.Namespace, store: Store) -> tuple[Assignment, dict[str, Any]]:
    """Read the file and change the draft; what is the draft already is no fault."""
    from geo_grid.desk import Desk
    from geo_grid.edit import RefusedError
    from geo_grid.exchange.present import TABLES

    desk = Desk(store)
    try:
        head = desk.ledger.head(options.area)  # before the tables are read: whoever edits meanwhile is not overrun
        found = _read_grids(options, store.area_plan(options.area, TABLES))
        try:
            done = desk.edit(options.area, head.number, found.to_op(), author=_author(options), why=options.why)
        except RefusedError as error:
            if error.reason != "no_change":
                raise
            return found, {"stored": False, "revision": head.number, "faults": {}}
    finally:
        desk.close()
    faults = dict(Counter(fault.kind for fault in done.faults if fault.reason is None))
    return found, {"stored": True, "revision": done.number, "faults": faults}


def _read_grids(options: argparse.Namespace, plan: Plan) -> Assignment:
    if options.kind == "assignment":
        from geo_grid.exchange.lists import read_assignment

        if len(options.file) > 1:
            raise UsageError("an assignment list is one file", mend="Join the lists, or import them one by one.")
        return read_assignment(
            plan, options.file[0], layer=options.layer, encoding=options.encoding, level=options.level
        )
    from geo_grid.exchange.drawings import read_polygons

    return read_polygons(
        plan,
        options.file,
        layer=options.layer,
        crs=options.crs,
        datum=options.datum,
        encoding=options.encoding,
        level=options.level,
        overlaps=options.overlaps,
    )


def _say(options: argparse.Namespace, found: Assignment, done: dict[str, Any]) -> None:
    if options.json:
        print(
            json.dumps(found.to_dict(limit=len(found.errors) + len(found.filled)) | done, ensure_ascii=False, indent=2)
        )
        return
    print("\n".join(found.lines()))
    if not done["stored"]:
        print("nothing was stored (--dry-run)" if done["revision"] is None else "the draft is so already")
        return
    print(f"area {found.area} is at revision {done['revision']}")
    for kind, count in done["faults"].items():
        print(f"to be mended: {count} {kind.replace('_', ' ')}")


def _author(options: argparse.Namespace) -> str:
    """Return who imports: what was said, else the account of the machine."""
    if options.author:
        return str(options.author)
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "command line"
