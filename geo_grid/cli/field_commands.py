"""The commands of field inspection: a month as GeoPackage, workbook or report, duties, figures, and how long positions are kept."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_grid.cli.parser import STORE_HELP, add_command, output_path, version_word

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    import pandas as pd

    from geo_grid.cli.parser import Subparsers
    from geo_grid.exchange.field_book import FieldBook

_AUTHOR = "geo-grid field"


def register(subparsers: Subparsers) -> None:
    """Add the commands.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add them.
    """
    field = subparsers.add_parser("field", help="field inspection: duties, inspections, matters", description=__doc__)
    below = field.add_subparsers(title="commands", metavar="COMMAND", required=True)
    export = add_command(
        below, "export", _export, "write a month for QGIS and QField (.gpkg) or as a workbook (.xlsx); for staff only"
    )
    _month(export)
    export.add_argument("-o", "--out", required=True, type=output_path(".gpkg", ".xlsx"), metavar="MONTH.gpkg")
    export.add_argument(
        "--photos",
        type=Path,
        metavar="DIR",
        help="the service's folder of photos: those of the month are copied beside the file",
    )
    report = add_command(below, "report", _report, "write the monthly report, to be printed; for staff only")
    _month(report)
    report.add_argument("-o", "--out", required=True, type=output_path(".html"), metavar="REPORT.html")
    figures = add_command(
        below, "figures", _figures, "count matters by place or category, and what was seen by place and class"
    )
    _month(figures)
    figures.add_argument("--json", action="store_true", help="print JSON")
    duties = add_command(below, "duties", _duties, "list what is to be seen; status 0 whatever is overdue")
    _month(duties)
    duties.add_argument("--overdue", action="store_true", help="only what is overdue")
    duties.add_argument("--json", action="store_true", help="print JSON")
    thin = add_command(
        below, "thin", _thin, "thin out and forget positions of persons that are older than the policy says"
    )
    thin.add_argument("store", help=STORE_HELP)
    policy = add_command(below, "policy", _policy, "print the policy in force, or take over that of a configuration")
    policy.add_argument("store", help=STORE_HELP)
    policy.add_argument(
        "city", nargs="?", type=Path, metavar="CITY.toml", help="take over its policy without a new build"
    )


def _month(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", help=STORE_HELP)
    parser.add_argument(
        "--month", metavar="YYYY-MM", help="the month (this one by default), or 2026-01/2026-06, or 2026"
    )
    parser.add_argument("--prefix", default="", metavar="CODE", help="only grids whose code begins so")
    parser.add_argument(
        "--version",
        type=version_word,
        metavar="N",
        help="a published version (the last one, or else the draft, by default)",
    )
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")


@contextmanager
def _book(options: argparse.Namespace) -> Iterator[FieldBook]:
    from geo_grid.exchange.field_book import read_book
    from geo_grid.field import field_policy
    from geo_grid.lookup.index import LOOKUP_TABLES, LookupIndex
    from geo_grid.store import open_store

    with open_store(options.store) as store, store.ledger() as ledger:
        meta, now = store.meta(), dt.datetime.now(dt.UTC)
        hours = dt.timedelta(hours=field_policy(meta).patrol.utc_offset)
        month = options.month or f"{now + hours:%Y-%m}"
        number = store.latest_version() if options.version in {None, "published"} else options.version
        plan = store.read(LOOKUP_TABLES, version=options.version if options.version == "published" else number)
        yield read_book(LookupIndex(plan), meta, ledger, month, prefix=options.prefix, now=now, version=number)


def _export(options: argparse.Namespace) -> None:
    with _book(options) as book:
        if options.out.suffix.lower() == ".xlsx":
            from geo_grid.exchange.field_xlsx import write_field_xlsx

            write_field_xlsx(book, options.out, options.lang)
        else:
            from geo_grid.exchange.field_gpkg import write_field_gpkg

            write_field_gpkg(book, options.out, options.lang)
        if options.photos is not None:
            _copy_photos(book, options.photos, options.out)
        counts = f"{len(book.due)} duties, {len(book.records)} inspections, {len(book.matters)} matters"
    print(f"written {options.out}: {counts}; it holds names and places, keep it to those whose work it is")


def _copy_photos(book: FieldBook, source: Path, out: Path) -> None:
    from geo_grid.errors import UsageError
    from geo_grid.exchange.field_gpkg import copy_photos

    if not source.is_dir():
        raise UsageError("there is no such folder", file=source, mend="Name the folder of photos of the service")
    missing = copy_photos(book, source, out.parent / "photos")
    if missing:
        print(f"{missing} photos are not in {source}")


def _report(options: argparse.Namespace) -> None:
    from geo_grid.exchange.field_report import write_field_report

    with _book(options) as book:
        write_field_report(book, options.out, options.lang)
    print(f"written {options.out}")


def _figures(options: argparse.Namespace) -> None:
    from geo_grid.exchange import field_tables as tables
    from geo_grid.exchange.field_words import word

    with _book(options) as book:
        if options.json:
            raw = {"matters": book.figures, "categories": book.by_category, "cover": book.cover}
            head = {"month": book.period, "prefix": book.prefix, "version": book.version}
            print(_json(head | {name: _plain(frame) for name, frame in raw.items()}))
            return
        print(f"{book.place} · {book.period}{' · ' + word('sample', options.lang) if book.sample else ''}")
        for name, frame in (
            ("figures", tables.figure_table(book, options.lang, by_category=False)),
            ("by_category", tables.figure_table(book, options.lang, by_category=True)),
            ("cover", tables.cover_table(book, options.lang)),
        ):
            print(f"\n{word(name, options.lang)}")
            _print(frame, options.lang)


def _duties(options: argparse.Namespace) -> None:
    from geo_grid.exchange.field_tables import duty_table

    with _book(options) as book:
        frame = duty_table(book, options.lang)
    frame = frame.sort_values(["due", "grid_code"], kind="stable")
    if options.overdue:
        frame = frame[frame["state"] == "overdue"]
    if options.json:
        print(_json(_plain(frame.drop(columns="state_name"))))
        return
    names = ["due", "state_name", "grid_code", "class", "element_id", "name", "person", "last_seen", "held", "unit"]
    _print(frame[names].rename(columns={"state_name": "state"}), options.lang)


def _thin(options: argparse.Namespace) -> None:
    from geo_grid.field import field_policy
    from geo_grid.store import open_store

    with open_store(options.store) as store, store.ledger() as ledger:
        settings = field_policy(store.meta()).settings
        count = ledger.thin_positions(dt.datetime.now(dt.UTC), settings)
    print(
        f"{count} tracks, inspections and photos say less now (tracks after {settings.track_days} and {settings.track_gone_days}"
        f" days, places of inspections and photos after {settings.record_place_days})"
    )


def _policy(options: argparse.Namespace) -> None:
    from dataclasses import asdict

    from geo_grid._toml import dotted
    from geo_grid.field import field_policy
    from geo_grid.store import open_store

    with open_store(options.store) as store:
        if options.city is not None:
            from geo_grid.config import load_config

            given = load_config(options.city).field_policy
            with store.ledger() as ledger:
                ledger.put_field_policy(given, _AUTHOR)
        meta = store.meta()
    known = asdict(field_policy(meta))
    categories = {
        key: {name: value for name, value in category.items() if name not in {"key", "classes"}}
        for key, category in known["categories"].items()
    }
    patrol = known["patrol"]
    tables = {
        "patrol": {name: value for name, value in patrol.items() if name != "classes"} | patrol["classes"],
        "matters": {"mend_on_spot": known["mend_on_spot"]} | categories,
        "field": known["settings"],
    }
    print("\n".join(dotted(tables)))


def _print(frame: pd.DataFrame, lang: str) -> None:
    from geo_grid.exchange.field_words import heading

    print("\t".join(heading(name, lang) for name in frame.columns))
    for row in _plain(frame):
        print("\t".join("" if value is None else _number(value) for value in row.values()))


def _number(value: Any) -> str:
    return (
        f"{value:.4g}"
        if isinstance(value, float) and abs(value) < 1
        else f"{value:.1f}"
        if isinstance(value, float)
        else str(value)
    )


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return rows


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
