"""The command that tells the city's numbers: dashboard."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from geo_grid.cli.parser import STORE_HELP, add_command, output_path, version_word
from geo_grid.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from geo_grid.cli.parser import Subparsers
    from geo_grid.figures import CityFigures
    from geo_grid.store.base import Store


def register(subparsers: Subparsers) -> None:
    """Add the command.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add it.
    """
    command = add_command(
        subparsers, "dashboard", _dashboard, "tell grids, households, exceptions and elements by county and township"
    )
    command.add_argument("store", help=STORE_HELP)
    command.add_argument(
        "-o", "--out", type=output_path(".xlsx"), metavar="FIGURES.xlsx", help="write a workbook with charts"
    )
    command.add_argument(
        "--version",
        type=version_word,
        metavar="N",
        help="a published version (the last one by default, or the draft where nothing is published)",
    )
    command.add_argument("--lang", choices=("zh", "en"), default="zh")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument(
        "--exact",
        action="store_true",
        help="tell counts of households below 10 and today's vacancies too: for staff, not to be published",
    )


def _dashboard(options: argparse.Namespace) -> None:
    import json

    from geo_grid.figures import figures_told
    from geo_grid.figures.workbook import figures_workbook
    from geo_grid.lookup.counts import LEAST_COUNT
    from geo_grid.store import open_store

    with open_store(options.store) as store:
        figures, version = _figures(store, options)
    least = 0 if options.exact else LEAST_COUNT
    if options.out is not None:
        content = figures_workbook(figures, options.lang, least_count=least, version=version)
        try:
            options.out.write_bytes(content)
        except OSError as error:
            raise UsageError(
                f"cannot be written: {error.strerror}", file=options.out, mend="Choose another file."
            ) from None
        print(f"written {options.out}")
    told = figures_told(figures, least)
    if options.json:
        print(json.dumps(told | {"version": version}, ensure_ascii=False, indent=2))
    elif options.out is None:
        print("\n".join(_lines(figures, told, version, options.lang)))


def _figures(store: Store, options: argparse.Namespace) -> tuple[CityFigures, dict[str, Any] | None]:
    from geo_grid.figures import FIGURE_TABLES, city_figures
    from geo_grid.people import vacancies

    number = store.latest_version() if options.version in {None, "published"} else options.version
    plan = store.read(FIGURE_TABLES, version=options.version if options.version == "published" else number)
    version = None
    vacant = None
    with store.ledger() as ledger:
        if number is not None:
            row = next(row for row in ledger.versions() if row["number"] == number)
            version = {name: row[name] for name in ("number", "name", "made_at")}
        if options.exact:
            today = dt.datetime.now().astimezone().date()
            vacant = vacancies(ledger.staff(), plan["grids"], today)["code"].tolist()
    return city_figures(plan, vacant), version


def _lines(figures: CityFigures, told: dict[str, Any], version: dict[str, Any] | None, lang: Any) -> list[str]:
    """Return the numbers as lines for a terminal."""
    from geo_grid.figures.words import word
    from geo_grid.telling import percent_told, time_told

    city = told["city"]
    shown = f"{word('version', lang)} {version['number']} · {version['name']}" if version else word("draft", lang)
    if version:
        shown += f" · {time_told(version['made_at'], lang)}"
    head = [f"{figures.meta.get('name') or ''} · {shown}"]
    if figures.meta.get("sample") is True:
        head.append(word("sample", lang))
    keys = [
        "households",
        "grids",
        "banded",
        "in_band",
        "share",
        "exceptions",
        *(["vacant"] if figures.vacancies else []),
    ]

    def said(counts: dict[str, Any]) -> str:
        place = counts | {"share": percent_told(counts["in_band"], counts["banded"])}
        return ", ".join(f"{word(key, lang)} {place[key]}" for key in keys if key in place)

    levels = [f"  {word('level_' + str(level['level']), lang)}: {said(level)}" for level in city["levels"]]
    several = "counties" if len(told["counties"]) > 1 else "townships"
    places = [f"  {place['name'] or place['code']}: {said(place)}" for place in told[several]]
    return [*head, said(city), *levels, *places, *_elements(city, lang)]


def _elements(city: dict[str, Any], lang: Any) -> list[str]:
    """Say what is under care, and what lies outside all areas."""
    from geo_grid.figures.words import class_word, word
    from geo_grid.report.words import amount_text

    lines = [f"{word('s_elements', lang)}:"] if city["elements"] else []
    for item in city["elements"]:
        text = f"  {class_word(item['class'], lang)} {amount_text(item['measure'], item['unit'], lang)}"
        if item["outside"]:
            text += f", {word('outside', lang)} {amount_text(item['outside'], item['unit'], lang)}"
        lines.append(text)
    return lines
