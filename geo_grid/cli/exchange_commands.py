"""The commands of exchange: export and import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geo_grid.cli.commands import STORE_HELP
from geo_grid.cli.parser import add_command
from geo_grid.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from geo_grid.cli.parser import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the commands.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add them.
    """
    _register_export(subparsers)


def _register_export(subparsers: Subparsers) -> None:
    from geo_grid.config import DATUMS
    from geo_grid.exchange.formats import FORMATS

    export = add_command(subparsers, "export", _export, "write a plan, or one area, to a file other programs read")
    export.add_argument("store", help=STORE_HELP)
    export.add_argument("--format", required=True, choices=tuple(FORMATS), help="kind of file")
    export.add_argument("-o", "--out", required=True, type=Path, metavar="FILE")
    export.add_argument("--area", metavar="CODE", help="only this area (the whole plan by default)")
    export.add_argument("--version", metavar="V", help="published, or the number of a version (the draft by default)")
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
            version=_version(options.version),
            lang=options.lang,
            datum=options.datum,
            level=options.level,
        )
    print(f"written {out}")
    if chosen.restricted:
        print("it holds household ids: not for publication (含户编号，不得公开)")


def _version(word: str | None) -> int | str | None:
    """Return a version as a number where it is one."""
    if word is None or word == "published":
        return word
    if not word.isdecimal():
        raise UsageError(f"--version is {word!r}", mend="Give published, or the number of a version.")
    return int(word)
