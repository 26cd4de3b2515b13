"""The roster: grid workers, assistants and liaisons, each at a grid of their level."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from geo_grid.people.account import Faults, Imported, RefusedRowError, account, read_list, rows_of
from geo_grid.people.cells import consent_of, date_of, half_width, name_of, phone_of
from geo_grid.people.tables import STAFF
from geo_grid.read.words import fold

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from geo_grid.read.table import Table

#: What the roles of the policy are called in rosters.
ROLE_WORDS: dict[str, tuple[str, ...]] = {
    "网格员": ("专职网格员", "专职网格工作人员", "一级网格员", "grid worker", "worker"),
    "网格助理员": ("助理员", "网格助理", "二级网格员", "grid assistant", "assistant"),
    "网格联络员": ("联络员", "网格联络", "三级网格员", "grid liaison", "liaison", "liaison officer"),
}
_ROLE_OF = {fold(word): role for role, words in ROLE_WORDS.items() for word in (role, *words)}
_EXPONENT = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE)
_WHOLE_DIGITS = 15  # of a number, that spreadsheets keep


def read_staff(
    path: str | Path,
    grids: pd.DataFrame,
    *,
    on: dt.date,
    label: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
) -> Imported:
    """Read a roster from a file.

    Parameters
    ----------
    path : str or Path
        CSV, TSV or XLSX with headings in Chinese or English.
    grids : DataFrame
        The table ``grids`` of the plan.
    on : date
        Terms that ended before this day are over.
    label : str, optional
        Name of the file for messages; its own by default.
    layer : str, optional
        Worksheet.
    encoding : str, optional
        Encoding of the text, where it is not found out.

    Returns
    -------
    Imported
        ``taken`` as the table ``staff``; every row accounted for.

    Raises
    ------
    InputError
        The file cannot be used as a whole.
    """
    return match_staff(read_list(path, "staff", label, layer, encoding), grids, on=on)


def match_staff(table: Table, grids: pd.DataFrame, *, on: dt.date) -> Imported:
    """Take the rows of a roster, or say why not.

    Parameters
    ----------
    table : Table
        The roster, read with the role "staff".
    grids : DataFrame
        The table ``grids`` of the plan.
    on : date
        Terms that ended before this day are over.

    Returns
    -------
    Imported
        ``taken`` as the table ``staff``; every row accounted for.

    Raises
    ------
    InputError
        The roster has no rows, or no column of grids or names.

    Notes
    -----
    The same person at the same grid twice, with terms that overlap, is refused as a double. Two people at one grid are
    taken, since shifts and handovers are real, and listed by :func:`geo_grid.people.duty.doubles`.
    """
    rows = rows_of(table, {"grid_code": "网格编码 (grid_code)", "name": "姓名 (name)"})
    return account(table, rows, STAFF, _Roster(grids, on).take)


class _Roster:
    """The grids a roster is matched with, and who was taken so far."""

    def __init__(self, grids: pd.DataFrame, on: dt.date) -> None:
        columns = (grids[name].tolist() for name in ("code", "level", "role"))
        self.grids = {code: (int(level), str(role)) for code, level, role in zip(*columns, strict=True)}
        self.levels: dict[str, set[int]] = {}
        for level, role in self.grids.values():
            self.levels.setdefault(role, set()).add(level)
        self.beginnings = {code[: _WHOLE_DIGITS - 1] for code in self.grids if len(code) > _WHOLE_DIGITS}
        self.on = on
        self.terms: dict[tuple[str, str], list[tuple[dt.date, dt.date, int]]] = {}

    def take(self, row: int, cells: dict[str, str | None]) -> dict[str, Any]:
        faults = Faults()
        code = faults.read(self.grid, half_width(cells.get("grid_code")))
        faults.read(self.check_role, half_width(cells.get("role")), code)
        name = faults.read(name_of, cells.get("name"))
        phone, public = faults.read(phone_of, cells.get("phone")), faults.read(consent_of, cells.get("consent"))
        begin, end = faults.read(date_of, cells.get("term_from")), faults.read(date_of, cells.get("term_to"), end=True)
        faults.read(self.check_term, begin, end)
        faults.refuse()
        assert code is not None  # noqa: S101 - else there was a fault
        assert name is not None  # noqa: S101
        self.check_double(code, name, begin or dt.date.min, end or dt.date.max, row)
        level, role = self.grids[code]
        return {
            "grid_code": code,
            "level": level,
            "role": role,
            "name": name,
            "phone": phone,
            "phone_public": int(bool(public) and phone is not None),
            "term_from": begin.isoformat() if begin else None,
            "term_to": end.isoformat() if end else None,
        }

    def grid(self, code: str | None) -> str:
        if code is None:
            raise RefusedRowError("no grid code")
        if code not in self.grids:
            cut = len(code) > _WHOLE_DIGITS and code[: _WHOLE_DIGITS - 1] in self.beginnings and code.isdigit()
            hint = "; spreadsheets cut numbers after 15 digits: format the column as text"
            raise RefusedRowError(f"no grid has the code {code}{hint if cut or _EXPONENT.fullmatch(code) else ''}")
        return code

    def check_role(self, given: str | None, code: str | None) -> None:
        if code is None:  # which is a fault already
            return
        level, role = self.grids[code]
        meant = given if given in self.levels else _ROLE_OF.get(fold(given or ""), given)
        if meant is None or meant == role:
            return
        if meant in self.levels:
            levels = " or ".join(str(each) for each in sorted(self.levels[meant]))
            reason = f"{meant} is a role of level {levels}; the grid {code} is of level {level} and has a {role}"
            raise RefusedRowError(reason)
        raise RefusedRowError(f"no grid has the role {given}; the grid {code} has a {role}")

    def check_term(self, begin: dt.date | None, end: dt.date | None) -> None:
        if begin is not None and end is not None and end < begin:
            raise RefusedRowError("the term ends before it begins")
        if end is not None and end < self.on:
            raise RefusedRowError(f"the term was over on {end.isoformat()}")

    def check_double(self, code: str, name: str, begin: dt.date, end: dt.date, row: int) -> None:
        before = self.terms.setdefault((code, fold(name)), [])
        for other_begin, other_end, other in before:
            if begin <= other_end and other_begin <= end:
                raise RefusedRowError(f"a double of row {other}: the same person at the same grid")
        before.append((begin, end, row))
