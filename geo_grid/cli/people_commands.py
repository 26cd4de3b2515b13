"""The commands of people: rosters in, who is in charge, what is vacant, who answers for what."""

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
_AUTHOR = "geo-grid people"
_HEADINGS = {
    "refused": ("row refused", "rows refused"),
    "vacancies": ("grid without anybody in charge", "grids without anybody in charge"),
    "gone": (
        "person in charge of a grid that is not there any more",
        "people in charge of grids that are not there any more",
    ),
    "doubles": ("grid or person with several of the other", "grids with several people, or people with several grids"),
    "elements": ("element nobody answers for", "elements nobody answers for"),
}


def register(subparsers: Subparsers) -> None:
    """Add the commands.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add them.
    """
    people = subparsers.add_parser("people", help="grid workers, assistants and liaisons", description=__doc__)
    below = people.add_subparsers(title="commands", metavar="COMMAND", required=True)
    taken = add_command(
        below,
        "import",
        _import,
        "take a roster in place of the stored one; nothing changes if a row is refused (status 1)",
    )
    taken.add_argument("store", help=STORE_HELP)
    taken.add_argument("roster", type=Path, metavar="ROSTER", help="CSV or XLSX")
    taken.add_argument("--organisations", action="store_true", help="the list is of organisations beside the grids")
    taken.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    taken.add_argument(
        "--prefix", metavar="CODE", help="the list is all there is below CODE ('' for the city); else in areas it names"
    )
    taken.add_argument("--skip-refused", action="store_true", help="take the other rows; nobody's term ends then")
    _common(taken)
    listed = add_command(
        below, "list", _list, "list who is in charge, or with --organisations what is beside the grids"
    )
    listed.add_argument("store", help=STORE_HELP)
    listed.add_argument("--organisations", action="store_true", help="organisations instead of people")
    listed.add_argument("--prefix", default="", metavar="CODE", help="only codes that begin so")
    _common(listed, sheet=False)
    vacant = add_command(
        below,
        "vacancies",
        _vacancies,
        "list vacancies, doubles and elements nobody answers for; status 1 if there are any",
    )
    vacant.add_argument("store", help=STORE_HELP)
    vacant.add_argument(
        "roster", nargs="?", type=Path, metavar="ROSTER", help="CSV or XLSX, not stored; the stored roster if not given"
    )
    vacant.add_argument("--version", type=version_word, metavar="N", help="of the plan: its number, or 'published'")
    _common(vacant)
    duty = add_command(below, "responsible", _responsible, "name the one person who answers for each element")
    duty.add_argument("store", help=STORE_HELP)
    duty.add_argument("--element", metavar="ID", help="this element only")
    _common(duty, sheet=False)


def _common(parser: argparse.ArgumentParser, *, sheet: bool = True) -> None:
    parser.add_argument("--on", type=_day, metavar="DATE", help="the day that counts (today by default)")
    if sheet:
        parser.add_argument("--sheet", metavar="NAME", help="worksheet (the first by default)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _day(word: str) -> dt.date:
    try:
        return dt.date.fromisoformat(word)
    except ValueError:
        raise UsageError(f"{word!r} is no date", mend="Write it like 2025-03-01") from None


def _on(options: argparse.Namespace) -> dt.date:
    return options.on or dt.datetime.now().astimezone().date()


def _import(options: argparse.Namespace) -> int:
    from geo_grid.people.taking import Import, read_people, take_people
    from geo_grid.store import open_store

    how = Import(
        "organisations" if options.organisations else "staff",
        _on(options),
        options.prefix or "",
        whole=options.prefix is not None,
        skip_refused=options.skip_refused,
        dry_run=options.dry_run,
    )
    with open_store(options.store) as store, store.ledger() as ledger:
        store.meta()  # one clear line if there is no plan
        found = read_people(store, ledger, options.roster, how, sheet=options.sheet)
        done = take_people(ledger, found, how, author=_AUTHOR, label=options.roster.name)
    told = {
        "read": found.read,
        "taken": len(found.taken) if done else 0,
        "stored": done is not None and not how.dry_run,
        **(done._asdict() if done else {}),
        "notes": found.notes,
    }
    lists = {"refused": found.refused[["row", "reason"]]}
    if options.json:
        print(_json(told | _plain(lists)))
    else:
        print("\n".join([_account(told, dry_run=how.dry_run), *found.notes, *_listed(lists)]))
    return FAULTS_FOUND if len(found.refused) else 0


def _account(told: dict[str, Any], *, dry_run: bool) -> str:
    if "kept" not in told:
        return f"{told['read']} rows read; some are refused, so nothing was changed (--skip-refused takes the others)"
    words = f"{told['added']} added, {told['changed']} changed, {told['ended']} ended, {told['kept']} as before"
    return f"{told['read']} rows read, {told['taken']} taken: {words}{'; nothing was changed' if dry_run else ''}"


def _list(options: argparse.Namespace) -> None:
    from geo_grid.store import open_store

    with open_store(options.store) as store, store.ledger() as ledger:
        store.meta()
        if options.organisations:
            frame = ledger.organisations(prefix=options.prefix)
            columns = ["area_code", "grid_code", "building", "kind", "name", "contact", "phone", "consent"]
        else:
            frame = ledger.staff(prefix=options.prefix, on=_on(options)).sort_values(["grid_code", "id"])
            columns = ["grid_code", "role", "name", "phone", "consent", "term_from", "term_to"]
    if options.json:
        print(_json(_plain({"organisations" if options.organisations else "staff": frame})))
        return
    # beside a phone it is said whether it may be published; without one there is nothing to agree to
    consent = frame["phone_public"].map({1: "public", 0: "not public"}).where(frame["phone"].notna(), "")
    frame = frame.assign(consent=consent)
    plain = frame[columns].astype(object).where(frame[columns].notna(), "")
    for row in plain.itertuples(index=False):
        print("\t".join(map(str, row)))


def _vacancies(options: argparse.Namespace) -> int:
    from geo_grid.people import doubles, gone, read_staff, responsible_for_elements, vacancies
    from geo_grid.store import open_store

    on = _on(options)
    lists: dict[str, pd.DataFrame] = {}
    with open_store(options.store) as store:
        plan = store.read(("grids", "elements", "element_shares"), version=options.version)
        if options.roster is None:
            with store.ledger() as ledger:
                staff = ledger.staff()
            told: dict[str, Any] = {"on": on.isoformat()}
        else:
            found = read_staff(options.roster, plan["grids"], on=on, layer=options.sheet)
            staff = found.taken
            told = {"read": found.read, "taken": len(staff), "on": on.isoformat()}
            lists["refused"] = found.refused[["row", "reason"]]
    duty = responsible_for_elements(plan["elements"], plan["element_shares"], plan["grids"], staff, on)
    lists |= {
        "vacancies": vacancies(staff, plan["grids"], on),
        "gone": gone(staff, plan["grids"], on),
        "doubles": doubles(staff, on),
        "elements": duty[duty["reason"] == "vacant"][["element_id", "grid_code", "level"]],
    }
    if options.json:
        print(_json(told | _plain(lists)))
    else:
        rows = f"{told['read']} rows read, {told['taken']} taken, " if "read" in told else ""
        print("\n".join([f"{rows}as of {told['on']}", *_listed(lists)]))
    return FAULTS_FOUND if any(len(each) for each in lists.values()) else 0


def _responsible(options: argparse.Namespace) -> None:
    from geo_grid.people import responsible_for_elements
    from geo_grid.store import open_store

    with open_store(options.store) as store:
        plan = store.read(("grids", "elements", "element_shares"))
        with store.ledger() as ledger:
            staff = ledger.staff()
    elements = plan["elements"]
    if options.element is not None:
        elements = elements[elements["id"] == options.element]
        if not len(elements):
            raise UsageError(f"there is no element {options.element!r}", mend="See its id in the table elements")
    duty = responsible_for_elements(elements, plan["element_shares"], plan["grids"], staff, _on(options))
    phones = staff.set_index("id")["phone"]
    duty = duty.assign(
        **{
            "class": elements["class"].to_numpy(dtype=object),
            "element": elements["name"].to_numpy(dtype=object),
            "phone": [None if who is None else phones[who] for who in duty["staff_id"]],
        }
    )
    rows = _plain({"responsible": duty})
    if options.json:
        print(_json(rows))
        return
    for row in rows["responsible"]:
        names = ("element_id", "class", "element", "grid_code", "name", "phone", "reason")
        print("\t".join("" if row[name] is None else str(row[name]) for name in names))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _plain(lists: dict[str, pd.DataFrame]) -> dict[str, Any]:
    return {name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in lists.items()}


def _listed(lists: dict[str, pd.DataFrame]) -> list[str]:
    lines: list[str] = []
    for name, frame in lists.items():
        if name == "refused" and not len(frame):
            continue
        lines.append(f"{len(frame)} {_HEADINGS[name][len(frame) != 1]}")
        rows = frame.head(_LISTED).astype(object).where(frame.notna(), None).to_dict("records")
        lines += [f"  {_line(name, row)}" for row in rows]
        if len(frame) > _LISTED:
            lines.append(f"  and {len(frame) - _LISTED} more")
    return lines


def _line(name: str, row: dict[str, Any]) -> str:
    if name == "refused":
        return f"row {row['row']}: {row['reason']}"
    return ", ".join(_word(value) for value in row.values() if value is not None)


def _word(value: Any) -> str:
    return " + ".join(str(each) for each in value) if isinstance(value, tuple) else str(value)
