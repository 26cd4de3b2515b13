"""The command that writes notice boards to a file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from geo_grid.cli.parser import add_command, output_path
from geo_grid.errors import StoreError, UsageError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from geo_grid.cli.parser import Subparsers
    from geo_grid.lookup import LookupIndex
    from webmap.board.page import Paper
    from webmap.public.people import People


def register(subparsers: Subparsers) -> None:
    """Add the command ``board``.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add it.
    """
    command = add_command(subparsers, "board", _board, "write notice boards 网格公示牌 as one printable HTML file")
    command.add_argument("store", help="PLAN.gpkg or postgresql://…")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--grid", metavar="CODE", help="the board of one grid")
    what.add_argument("--area", metavar="CODE", help="the boards of all grids of an area, a page each")
    command.add_argument("--level", type=int, choices=(1, 2, 3), help="of an area: only grids of this level")
    command.add_argument("-o", "--out", type=output_path(".html", ".htm"), required=True, metavar="FILE.html")
    command.add_argument("--paper", choices=("A3", "A4"), default="A4")
    command.add_argument("--lang", choices=("zh", "en"), default="zh")
    command.add_argument(
        "--public-url",
        metavar="URL",
        type=public_address,
        required=True,
        help="address of the service as phones reach it; the QR codes lead there",
    )


def public_address(word: str) -> str:
    """Return an address that QR codes can lead to.

    Parameters
    ----------
    word : str
        As it was typed.

    Returns
    -------
    str
        The same.

    Raises
    ------
    UsageError
        It is no address of the web.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(word)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise UsageError(f"{word!r} is not a web address", mend="Give one like https://grid.example.gov.cn.")
    return word


def _board(options: argparse.Namespace) -> None:
    count = write_boards(
        options.store,
        options.out,
        grid=options.grid,
        area=options.area,
        level=options.level,
        paper=options.paper,
        language=options.lang,
        public_url=options.public_url,
    )
    sys.stdout.write(f"written {options.out} ({count} {'board' if count == 1 else 'boards'})\n")


def write_boards(
    store_url: str,
    out: Path,
    *,
    public_url: str,
    grid: str | None = None,
    area: str | None = None,
    level: int | None = None,
    paper: Paper = "A4",
    language: str = "zh",
    people: People | None = None,
) -> int:
    """Write the boards of a grid or of an area to one file.

    Parameters
    ----------
    store_url : str
        GeoPackage path or PostgreSQL address.
    out : Path
        The file.
    public_url : str
        Address of the service as phones reach it.
    grid, area : str, optional
        Code of the grid, or of the area; one of them.
    level : int, optional
        Only grids of this level.
    paper : {"A3", "A4"}
        What it is printed on.
    language : {"zh", "en"}
        Of the boards.
    people : People, optional
        Who knows the staff of grids; the store by default.

    Returns
    -------
    int
        How many boards there are.

    Raises
    ------
    UnknownCodeError
        If there is no such grid or area.
    UsageError
        If there is no grid of the level.
    StoreError
        If the store cannot be read or the file not be written.
    """
    from geo_grid.people.public import PublicRoster
    from geo_grid.store import open_store
    from webmap.board.facts import concerned
    from webmap.board.page import filled, issued, saved_boards
    from webmap.library import Library
    from webmap.public.answers import today
    from webmap.settings import Settings

    edition = Library(store_url, Settings()).current()
    index = edition.index
    codes = [grid] if grid is not None else _grids_of(index, str(area), level)
    wanted = {each for code in codes for each in concerned(index, code)}
    with open_store(store_url) as store, store.ledger() as ledger:
        staff = (people or PublicRoster(lambda: ledger)).staff(wanted, today())
    boards = (filled(index, code, staff, language, public_url) for code in codes)
    line = issued(edition.version, edition.made_at, language)
    text = saved_boards(
        boards, title=str(edition.plan.meta.get("name") or ""), language=language, paper=paper, line=line
    )
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error.strerror}") from error
    return len(codes)


def _grids_of(index: LookupIndex, area: str, level: int | None) -> list[str]:
    index.children(area)  # says so where there is no such area
    grids = index.grids
    kept = grids["area_code"].eq(area) & (True if level is None else grids["level"].eq(level))
    codes = sorted(str(code) for code in grids.loc[kept, "code"])
    if not codes:
        raise UsageError(f"{area} has no grids{'' if level is None else f' of level {level}'}")
    return codes
