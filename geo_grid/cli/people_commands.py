"""The commands of people: what a roster leaves vacant."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_grid.cli.parser import FAULTS_FOUND, STORE_HELP, add_command, version_word
from geo_grid.errors import UsageError

if TYPE_CHECKING:
    import argparse

    import pandas as pd

    from geo_grid.cli.parser import Subparsers

#: Rows of a kind that a terminal is shown; the rest is counted.
_LISTED = 20


def register(subparsers: Subparsers) -> None:
    """Add the commands.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add them.
    """
    people = subparsers.add_parser("people", help="grid workers, assistants and liaisons", description=__doc__)
    below = people.add_subparsers(title="commands", metavar="COMMAND", required=True)
    vacant = add_command(
        below,
        "vacancies",
        _vacancies,
        "account for a roster and list vacancies, doubles and elements nobody answers for; status 1 if there are any",
    )
    vacant.add_argument("store", help=STORE_HELP)
    vacant.add_argument("roster", type=Path, metavar="ROSTER", help="CSV or XLSX; nothing of it is stored")
    vacant.add_argument("--on", type=_day, metavar="DATE", help="the day that counts (today by default)")
    vacant.add_argument("--version", type=version_word, metavar="N", help="of the plan: its number, or 'published'")
    vacant.add_argument("--sheet", metavar="NAME", help="worksheet (the first by default)")
    vacant.add_argument("--json", action="store_true", help="print JSON")


def _day(word: str) -> dt.date:
    try:
        return dt.date.fromisoformat(word)
    except ValueError:
        raise UsageError(f"{word!r} is no date", mend="Write it like 2025-03-01") from None


def _vacancies(options: argparse.Namespace) -> int:
    from geo_grid.people import doubles, read_staff, responsible_for_elements, vacancies
    from geo_grid.store import open_store

    on = options.on or dt.datetime.now().astimezone().date()
    with open_store(options.store) as store:
        plan = store.read(("grids", "elements", "element_shares"), version=options.version)
    found = read_staff(options.roster, plan["grids"], on=on, layer=options.sheet)
    duty = responsible_for_elements(plan["elements"], plan["element_shares"], plan["grids"], found.taken, on)
    lists = {
        "refused": found.refused[["row", "reason"]],
        "vacancies": vacancies(found.taken, plan["grids"], on),
        "doubles": doubles(found.taken, on),
        "elements": duty[duty["reason"] == "vacant"][["element_id", "grid_code", "level"]],
    }
    told = {"read": found.read, "taken": len(found.taken), "on": on.isoformat()}
    print(json.dumps(told | _plain(lists), ensure_ascii=False, indent=2) if options.json else _text(told, lists))
    return FAULTS_FOUND if any(len(each) for each in lists.values()) else 0


def _plain(lists: dict[str, pd.DataFrame]) -> dict[str, Any]:
    return {name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in lists.items()}


def _text(told: dict[str, Any], lists: dict[str, pd.DataFrame]) -> str:
    headings = {
        "refused": "rows refused",
        "vacancies": "grids without anybody in charge",
        "doubles": "grids with several people, or people with several grids",
        "elements": "elements nobody answers for",
    }
    lines = [f"{told['read']} rows read, {told['taken']} taken, as of {told['on']}"]
    for name, frame in lists.items():
        lines.append(f"{len(frame)} {headings[name]}")
        rows = frame.head(_LISTED).astype(object).where(frame.notna(), None).to_dict("records")
        lines += ["  " + ", ".join(_word(value) for value in row.values() if value is not None) for row in rows]
        if len(frame) > _LISTED:
            lines.append(f"  and {len(frame) - _LISTED} more")
    return "\n".join(lines)


def _word(value: Any) -> str:
    return " + ".join(str(each) for each in value) if isinstance(value, tuple) else str(value)
