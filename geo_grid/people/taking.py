"""Take a roster or a list of organisations into a store: read, account for every row, and keep all of it or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from geo_grid.errors import InputError
from geo_grid.people.organisations import read_organisations
from geo_grid.people.roster import read_staff
from geo_grid.store.ledger import Audit

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from geo_grid.people.account import Imported
    from geo_grid.store.base import Store
    from geo_grid.store.ledger import Ledger, Replaced

#: What can be imported.
Kind = Literal["staff", "organisations"]


class Import(NamedTuple):
    """How a list is taken.

    Parameters
    ----------
    kind : {"staff", "organisations"}
        What it lists.
    on : date
        The day from which it counts.
    prefix : str
        What the codes begin with that it may speak of.
    whole : bool
        Whether it is all there is below the prefix. Else it is all there is in the areas it names, and others stay.
    skip_refused : bool
        Whether the rest is taken where rows are refused. Nobody's term ends then, for who is missing may be in a
        refused row.
    dry_run : bool
        Whether it is only said what would change.
    """

    kind: Kind
    on: dt.date
    prefix: str = ""
    whole: bool = False
    skip_refused: bool = False
    dry_run: bool = False


def read_people(
    store: Store, ledger: Ledger, path: str | Path, how: Import, *, label: str | None = None, sheet: str | None = None
) -> Imported:
    """Read a list against the draft of a plan.

    Parameters
    ----------
    store : Store
        The plan.
    ledger : Ledger
        Its ledger.
    path : str or Path
        CSV, TSV or XLSX.
    how : Import
        How it is taken.
    label : str, optional
        Name of the file for messages.
    sheet : str, optional
        Worksheet.

    Returns
    -------
    Imported
        Every row accounted for; codes that do not begin with the prefix are refused.

    Raises
    ------
    InputError
        The file cannot be used as a whole.
    """
    if how.kind == "staff":
        return read_staff(path, ledger.posts(how.prefix), on=how.on, label=label, layer=sheet)
    plan = store.read(("areas", "grids", "units"))
    for name, column in (("areas", "code"), ("grids", "area_code"), ("units", "area_code")):
        frame = plan.tables[name]
        plan.tables[name] = frame[frame[column].str.startswith(how.prefix)].reset_index(drop=True)
    return read_organisations(path, plan, label=label, layer=sheet)


def take_people(ledger: Ledger, found: Imported, how: Import, *, author: str, label: str) -> Replaced | None:
    """Keep what was read, in place of what there is.

    Parameters
    ----------
    ledger : Ledger
        Where it is kept.
    found : Imported
        What :func:`read_people` found.
    how : Import
        How it is taken.
    author : str
        Who does it.
    label : str
        Name of the file.

    Returns
    -------
    Replaced or None
        What changed, or would change; None where rows are refused and the rest is not to be taken: nothing changed.

    Raises
    ------
    InputError
        No row can be taken.
    """
    if len(found.refused) and not how.skip_refused:
        return None
    if not len(found.taken):
        first = found.refused.iloc[0]
        raise InputError("no row can be taken", file=label, mend=f"Row {first['row']}: {first['reason']}")
    request = {"source": label, "prefix": how.prefix, "whole": how.whole, "on": how.on.isoformat()}
    change = {"read": found.read, "refused": len(found.refused)}
    more: dict[str, Any] = {"partial": how.skip_refused and len(found.refused) > 0, "dry_run": how.dry_run}
    if not how.whole:
        more["areas"] = _areas(ledger, found, how)
    audit = Audit(author, f"import_{how.kind}", request, change)
    if how.kind == "staff":
        return ledger.replace_staff(how.prefix, found.taken, audit, on=how.on, **more)
    return ledger.replace_organisations(how.prefix, found.taken, audit, **more)


def _areas(ledger: Ledger, found: Imported, how: Import) -> list[str]:
    if how.kind == "organisations":
        return sorted(set(found.taken["area_code"]))
    posts = ledger.posts(how.prefix)
    return sorted(set(posts["area_code"][posts["code"].isin(found.taken["grid_code"])]))
