"""The commands of the library: build, inspect, check, report, zone."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_grid.cli import (
    dashboard_commands,
    desk_commands,
    exchange_commands,
    field_commands,
    people_commands,
    rebuild_commands,
    store_commands,
)
from geo_grid.cli.parser import (
    FAULTS_FOUND,
    STORE_HELP,
    add_command,
    add_engine_options,
    output_path,
    version_word,
)
from geo_grid.cli.progress import progress_bar
from geo_grid.cli.zone_words import INSTANCE_HELP, zone_line
from geo_grid.errors import UsageError

if TYPE_CHECKING:
    from geo_grid.cli.parser import Subparsers
    from geo_grid.engine.course import Built


def register(subparsers: Subparsers) -> None:
    """Add the library's commands.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add them.
    """
    inspect = add_command(subparsers, "inspect", _inspect, "show what was understood of a city's files, change nothing")
    inspect.add_argument("city", type=Path, metavar="CITY.toml")
    inspect.add_argument("--json", action="store_true", help="print JSON")

    build = add_command(subparsers, "build", _build, "read a city, draw its grids, store the plan")
    build.add_argument("city", type=Path, metavar="CITY.toml")
    build.add_argument("--store", required=True, help=STORE_HELP)
    add_engine_options(build)
    build.add_argument(
        "--resume",
        action="store_true",
        help="go on with an interrupted build: take the areas it finished",
    )

    build.add_argument(
        "--discard-draft",
        action="store_true",
        help="build over a draft that planners changed; what was published stays",
    )

    check = add_command(subparsers, "check", _check, "prove the promises of a stored plan; status 1 if one is broken")
    check.add_argument("store", help=STORE_HELP)
    check.add_argument(
        "--version", type=version_word, metavar="N", help="a published version: its number, or 'published'"
    )
    check.add_argument("--json", action="store_true", help="print JSON")

    report = add_command(subparsers, "report", _report, "print the figures a planner signs, or write them as HTML")
    report.add_argument("store", help=STORE_HELP)
    report.add_argument(
        "-o", "--out", type=output_path(".html", ".htm"), metavar="REPORT.html", help="write a printable page"
    )
    report.add_argument("--lang", choices=("zh", "en"), default="zh")
    report.add_argument("--json", action="store_true", help="print JSON")

    zone = add_command(subparsers, "zone", _zone, "solve a zoning instance: a graph in, labels out")
    zone.formatter_class, zone.epilog = argparse.RawDescriptionHelpFormatter, INSTANCE_HELP
    zone.add_argument("instance", type=Path, metavar="INSTANCE.json", help="the graph and the band, as below")
    zone.add_argument(
        "--out",
        type=output_path(".json"),
        required=True,
        metavar="LABELS.json",
        help="the zone of each node, in their order",
    )
    zone.add_argument("--seconds", type=float, default=0.0, metavar="S", help="stop after S (0: run to the end)")
    zone.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same zones (default 0)")
    zone.add_argument(
        "--prove", action="store_true", help="look for the optimum and a bound as well (needs geo-grid[prove])"
    )
    for module in (
        store_commands,
        desk_commands,
        exchange_commands,
        people_commands,
        dashboard_commands,
        rebuild_commands,
        field_commands,
    ):
        module.register(subparsers)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _inspect(options: argparse.Namespace) -> int:
    from geo_grid.config import load_config
    from geo_grid.read import inspect_city

    found = inspect_city(load_config(options.city))
    if options.json:
        _print_json(found.to_dict())
    else:
        print("\n".join(found.lines()))
    return FAULTS_FOUND if found.faults else 0


def _build(options: argparse.Namespace) -> None:
    from geo_grid.build import build_into
    from geo_grid.cli.drafts import refuse_to_discard
    from geo_grid.config import load_config
    from geo_grid.keep import Keep
    from geo_grid.rebuild import carry_codes
    from geo_grid.sole import sole_build
    from geo_grid.store import open_store

    if options.workers is not None and options.workers < 1:
        raise UsageError("--workers must be 1 or more")
    config = load_config(options.city)
    keep = Keep(options.work / "parts") if options.work else Keep.beside(options.store, options.city)
    with open_store(options.store) as store, sole_build(store, options.store, keep), progress_bar() as progress:
        if not options.discard_draft and store.exists():
            refuse_to_discard(store)
        if not options.resume:
            keep.clear()
        carry = partial(carry_codes, store=store) if store.exists() else None
        built = build_into(
            store, config, keep=keep, progress=progress, workers=options.workers, engine=options.engine, carry=carry
        )
        keep.clear()
    if built.kept:
        print(f"went on with {built.kept} areas that an earlier build had finished")
    print("\n".join(_build_lines(built, options.store)))


def _build_lines(built: Built, store: str) -> list[str]:
    """Say in a few lines what was built."""
    from geo_grid.store.address import masked

    rows = built.meta["household_rows"]
    sizes = ", ".join(f"{built.rows[table]} {table}" for table in ("areas", "households", "elements"))
    lines = [
        f"{built.meta['name']}: {sizes}",
        f"rows read {rows['read']} = placed {rows['placed']} + quarantined {rows['quarantined']}",
        "grids: " + ", ".join(f"level {level} {count}" for level, count in sorted(built.levels.items())),
    ]
    if built.reasons:
        reasons = ", ".join(f"{name} {count}" for name, count in sorted(built.reasons.items()))
        lines.append(f"exceptions: {built.reasons.total()} ({reasons})")
    else:
        lines.append("exceptions: none, every grid is in its band")
    lines += [f"note: {note}" for note in built.meta["notes"]]
    shown = masked(store) if "://" in store else store
    lines.append(f"stored in {shown}; prove it with: geo-grid check {shown}")
    return lines


def _check(options: argparse.Namespace) -> int:
    from geo_grid.check import check_store

    result = check_store(options.store, options.version)
    if options.json:
        _print_json(result.to_dict())
    else:
        print("\n".join(result.lines()))
    return FAULTS_FOUND if result.faults else 0


def _report(options: argparse.Namespace) -> None:
    from geo_grid.report import summarise, text_lines, write_html
    from geo_grid.store import open_store

    with open_store(options.store) as store:
        summary = summarise(store.read())
    if options.out:
        write_html(summary, options.out, options.lang)
        print(f"written {options.out}")
    if options.json:
        _print_json(summary.to_dict())
    elif not options.out:
        print("\n".join(text_lines(summary, options.lang)))


def _zone(options: argparse.Namespace) -> None:
    from geo_grid.zoning.instance import zone_instance

    found = zone_instance(
        options.instance, options.out, seconds=options.seconds, seed=options.seed, prove=options.prove
    )
    print(zone_line(found))
