"""Assignment lists: rows that name households, one by one or by building and floors, and the grid they are in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.config import Source
from geo_grid.errors import InputError
from geo_grid.exchange.claims import Claims
from geo_grid.exchange.keys import Key, key_of
from geo_grid.exchange.loading import loaded
from geo_grid.exchange.present import read_present
from geo_grid.exchange.takeover import Draft, finish, foreign_to_group, refuse_given
from geo_grid.read.table import Table, column_map

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.exchange.assignment import Assignment
    from geo_grid.exchange.present import Present
    from geo_grid.model import Plan

    Objects = NDArray[np.object_]

_MISSING = "the file does not name it"
_REFUSED = "its rows in the file are no good"
_SUFFIXES = (".csv", ".tsv", ".xlsx")


def read_assignment(
    plan: Plan,
    path: str | Path,
    *,
    label: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    level: int | None = None,
) -> Assignment:
    """Read an assignment list for one area.

    Parameters
    ----------
    plan : Plan
        ``store.area_plan(code, TABLES)`` with :data:`geo_grid.exchange.present.TABLES`: the draft of the area.
    path : str or Path
        CSV, TSV or XLSX.
    label : str, optional
        Name of the file for messages; its own by default.
    layer : str, optional
        Worksheet.
    encoding : str, optional
        Encoding of the text, where it is not found out.
    level : int, optional
        Level of the grids in a column that does not say it; found out by default.

    Returns
    -------
    Assignment
        A grid for every household of the area, and an account of every row.

    Raises
    ------
    InputError
        The file cannot be used as a whole.
    """
    path = Path(path)
    name = label or path.name
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError("an assignment list is a table", file=name, mend=f"Use one of {', '.join(_SUFFIXES)}")
    source = Source("assignment", name, str(path.resolve()), layer=layer, encoding=encoding)
    return match_list(loaded(source), plan, level=level)


def match_list(table: Table, plan: Plan, *, level: int | None = None) -> Assignment:
    """Match the rows of an assignment list with the households of an area.

    Parameters
    ----------
    table : Table
        The list, read with the role "assignment".
    plan : Plan
        As in :func:`read_assignment`.
    level : int, optional
        As in :func:`read_assignment`.

    Returns
    -------
    Assignment
        A grid for every household of the area, and an account of every row.

    Raises
    ------
    InputError
        The list has no rows, no column of grids, or none of households, or no row of it is good.
    """
    present = read_present(plan)
    name = table.source.label
    if not len(table) and not len(table.broken):
        raise InputError("the list has no rows", file=name, mend="Deliver at least one household and its grid")
    columns = column_map(table.source, [str(column) for column in table.frame.columns])
    grids = _grid_columns(table, columns, present, level)
    target = max(grids)
    refuse_given(present, target, name)
    rows = _Rows(table, present, np.full(len(table), None, dtype=object))
    rows.refuse_other_areas(columns)
    keys, names = rows.keys(grids)
    claims = Claims(table, columns, present)
    found = claims.settle(rows.reason, keys[target])
    foreign = rows.refuse_foreign(keys[target], found.row)
    rows.refuse_torn(keys)
    good = (found.row >= 0) & ~foreign
    good[good] = pd.isna(rows.reason[found.row[good]])
    draft = Draft(
        present,
        target,
        key=_spread(keys[target], found.row, good),
        reason=np.where(found.named, _REFUSED, _MISSING).astype(object),
        upper={other: _spread(keys[other], found.row, good) for other in grids if other < target},
        names=names,
        read=len(table) + len(table.broken),
        remarks=list(table.notes),
    )
    bad = np.flatnonzero(~pd.isna(rows.reason))
    draft.errors = [(name, int(table.rows[i]), rows.reason[i]) for i in bad]
    draft.errors += [
        (name, int(row), reason) for row, reason in table.broken[["row", "reason"]].itertuples(index=False)
    ]
    return finish(draft, name)


def _spread(key: Objects, row: NDArray[np.int64], good: NDArray[np.bool_]) -> Objects:
    """Give each household what its row says."""
    out = np.full(len(row), None, dtype=object)
    out[good] = key[row[good]]
    return out


def _grid_columns(table: Table, columns: dict[str, str], present: Present, level: int | None) -> dict[int, str]:
    """Return the columns of grids by level."""
    if level is not None and not 1 <= level <= present.levels:
        mend = f"Area {present.code} has levels 1 to {present.levels}."
        raise InputError(f"there is no level {level}", file=table.source.label, mend=mend)
    found = {n: columns[f"l{n}"] for n in range(1, present.levels + 1) if f"l{n}" in columns}
    if "grid" in columns:
        found.setdefault(level or _level_of(table.text(columns["grid"]), present), columns["grid"])
    if level is not None:
        found = {n: column for n, column in found.items() if n <= level}
    if not found:
        listed = ", ".join(map(str, table.frame.columns)) or "no columns"
        raise InputError("the list has no column of grids", file=table.source.label, mend=f"It has: {listed}")
    filled = [n for n, column in found.items() if not pd.isna(table.text(column)).all()]
    return {n: column for n, column in found.items() if n <= max(filled, default=min(found))}


def _level_of(texts: Objects, present: Present) -> int:
    """Return the level most texts are a code or a name of; the finest where none is."""
    counts = dict.fromkeys(range(1, present.levels + 1), 0)
    for text in texts[~pd.isna(texts)]:
        for level, pattern in present.patterns.items():
            counts[level] += bool(pattern.fullmatch(text)) or text in present.names[level]
    return max(counts, key=lambda level: (counts[level], level))


@dataclass(slots=True)
class _Rows:
    """Rows of the list, and why some are no good."""

    table: Table
    present: Present
    reason: Objects

    def refuse(self, which: NDArray[Any], reason: str | Objects) -> None:
        """Say what is wrong with rows that nothing is wrong with yet."""
        texts = np.full(len(self.reason), None, dtype=object)
        texts[which] = reason
        new = pd.isna(self.reason) & ~pd.isna(texts)
        self.reason[new] = texts[new]

    def refuse_other_areas(self, columns: dict[str, str]) -> None:
        """Put rows aside that name another area."""
        if "area_code" not in columns:
            return
        codes = self.table.text(columns["area_code"])
        other = np.flatnonzero(~pd.isna(codes) & (codes != self.present.code))
        self.refuse(other, np.array([f"the row is of area {code}" for code in codes[other]], dtype=object))

    def keys(self, grids: dict[int, str]) -> tuple[dict[int, Objects], dict[str, str]]:
        """Return the grid of each row by level, and the names of new ones; only the finest must be given."""
        found: dict[int, Objects] = {}
        names: dict[str, str] = {}
        target = max(grids)
        for level, column in grids.items():
            codes, texts = pd.factorize(self.table.text(column))
            read = [key_of(self.present, text, level) for text in texts]
            read.append(key_of(self.present, None, level) if level == target else Key())
            found[level] = np.array([item.key or None for item in read], dtype=object)[codes]
            fault = np.array([item.fault or None for item in read], dtype=object)[codes]
            self.refuse(~pd.isna(fault), fault[~pd.isna(fault)])
            names |= {item.key: item.name for item in read if item.name}
        return found, names

    def refuse_foreign(self, key: Objects, row: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Put rows aside whose households are of another given group than their grid; return those households."""
        good = row >= 0
        good[good] = pd.isna(self.reason[row[good]])
        foreign = foreign_to_group(self.present, _spread(key, row, good))
        self.refuse(np.unique(row[foreign]), "a household's villager group is given, and the grid lies in another")
        return foreign

    def refuse_torn(self, keys: dict[int, Objects]) -> None:
        """Put rows aside whose upper grid is not that of most rows of the same finer grid."""
        for fine, coarse in zip(sorted(keys)[1:], sorted(keys)[:-1], strict=True):
            good = pd.isna(self.reason) & ~pd.isna(keys[fine]) & ~pd.isna(keys[coarse])
            frame = pd.DataFrame({"fine": keys[fine], "coarse": keys[coarse]}, dtype=object)[good]
            most = frame.groupby("fine")["coarse"].agg(lambda part: part.value_counts(sort=False).idxmax())
            wanted = frame["fine"].map(most)
            bad = frame.index[frame["coarse"] != wanted].to_numpy()
            texts = [
                f"the grid is in {keys[coarse][i]} here, in {wanted[i]} in most rows of {keys[fine][i]}" for i in bad
            ]
            self.refuse(bad, np.array(texts, dtype=object))
