"""The command for next year's data: rebuild."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geo_grid.cli.drafts import refuse_to_discard
from geo_grid.cli.parser import STORE_HELP, add_command, output_path
from geo_grid.cli.progress import progress_bar

if TYPE_CHECKING:
    import argparse

    from geo_grid.cli.parser import Subparsers
    from geo_grid.rebuild.rebuilding import Rebuilt
    from geo_grid.rebuild.telling import Told


def register(subparsers: Subparsers) -> None:
    """Add the command.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add it.
    """
    rebuild = add_command(
        subparsers, "rebuild", _rebuild, "take new household data into a plan; grids change only where they must"
    )
    rebuild.add_argument("city", type=Path, metavar="CITY.toml")
    rebuild.add_argument("--store", required=True, help=STORE_HELP)
    rebuild.add_argument(
        "--report",
        type=output_path(".xlsx", ".csv", ".html", ".htm"),
        metavar="CHANGES.xlsx",
        help="write what changed: exceptions, counts that crossed a band, every grid that changed and why (.xlsx, .html;"
        " .csv: the head, and each list in a file beside it)",
    )
    rebuild.add_argument("--lang", choices=("zh", "en"), default="zh", help="of the report")
    rebuild.add_argument(
        "--many-gone",
        action="store_true",
        help="take data in which more than a fifth of the plan's households are missing, or stand elsewhere",
    )
    rebuild.add_argument(
        "--discard-draft",
        action="store_true",
        help="go on from a draft that planners changed; their way back ends there, what was published stays",
    )


def _rebuild(options: argparse.Namespace) -> None:
    from geo_grid.config import load_config
    from geo_grid.rebuild import rebuild, write_changes
    from geo_grid.store import open_store

    config = load_config(options.city)
    with open_store(options.store) as store, progress_bar() as progress:
        store.ensure_writable()
        if not options.discard_draft and store.exists():
            refuse_to_discard(store, "a rebuild goes on from it, and ends the way back through its revisions")
        done = rebuild(config, store, progress, many_gone=options.many_gone)
        label = store.label
    print("\n".join(_lines(done)))
    if options.report:
        for path in write_changes(done, options.report, options.lang, label):
            print(f"written {path}")


def _lines(done: Rebuilt) -> list[str]:
    """Say in a few lines what changed."""
    rows = done.meta["household_rows"]
    told = done.told
    lines = [
        f"rows read {rows['read']} = placed {rows['placed']} + quarantined {rows['quarantined']}",
        (
            f"households: {done.come} new, {done.gone} gone, in {done.touched} areas;"
            f" {done.mended} of these were mended, {done.redrawn} drawn anew"
        ),
        (
            f"counts that crossed a band: {len(told.crossed)}; grids that changed: {len(told.changed)},"
            f" of these new {int(told.changed['before'].isna().sum())},"
            f" retired {int(told.changed['after'].isna().sum())}"
        ),
        _exceptions(told),
    ]
    if len(told.unused):
        first = told.unused.iloc[0]
        lines.insert(
            1,
            f"{len(told.unused)} rows could not be used, the first: {first['source']}, row {first['row']}:"
            f" {first['reason']}; all of them are in the report, and in the table quarantine of the store",
        )
        only = int(told.unused["was_in"].notna().sum())
        if only:
            lines.insert(3, f"of those gone {only} are missing only because their rows could not be used")
    if not done.written:
        lines.append("nothing is different from the plan: nothing was written")
    return lines


def _exceptions(told: Told) -> str:
    """Say how many exceptions there were and are."""
    before, after = (int(told.totals[f"exceptions_{when}"].sum()) for when in ("before", "after"))
    change = told.exceptions["change"]
    parts = ", ".join(f"{int((change == word).sum())} {word}" for word in ("came", "went", "changed"))
    return f"exceptions: {before} → {after} ({parts})"
