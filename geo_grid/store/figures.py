"""What the ledger counts in the plan's tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geo_grid.store.drafted import Drafted
from geo_grid.store.numbers import highest_numbers


class Figures(Drafted):
    """The part of the ledger that counts."""

    def area_figures(self, prefix: str = "") -> list[dict[str, Any]]:
        """Return what a list of areas shows.

        Parameters
        ----------
        prefix : str
            Only areas whose code begins so.

        Returns
        -------
        list of dict
            ``code, name, kind, households`` and ``open``, how many grids are out of their band without exception or
            written reason; in the order of the table ``areas``.
        """
        with self._backend.reading() as tx:
            rows = tx.rows(
                "SELECT a.code, a.name, a.kind, a.households, coalesce(g.faults, 0) FROM areas a LEFT JOIN"
                " (SELECT area_code, count(*) AS faults FROM grids WHERE status = 'open' GROUP BY area_code) g"
                " ON g.area_code = a.code WHERE substr(a.code, 1, ?) = ? ORDER BY a.fid",
                (len(prefix), prefix),
            )
        return [dict(zip(("code", "name", "kind", "households", "open"), row, strict=True)) for row in rows]

    def posts(self, prefix: str = "") -> pd.DataFrame:
        """Return the grids as posts somebody is to hold, without their shapes.

        Parameters
        ----------
        prefix : str
            Only grids whose code begins so.

        Returns
        -------
        DataFrame
            ``code, level, name, area_code, role``, by level and code.
        """
        names = ("code", "level", "name", "area_code", "role")
        with self._backend.reading() as tx:
            rows = tx.rows(
                'SELECT code, "level", name, area_code, role FROM grids WHERE substr(code, 1, ?) = ?'
                ' ORDER BY "level", code',
                (len(prefix), prefix),
            )
        return _frame(names, rows).astype({"level": "int64"})

    def managed(self, area: str) -> dict[str, pd.DataFrame]:
        """Return the elements that an area has a share of, with all their shares, without shapes.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        dict of str to DataFrame
            ``elements`` (id, class, name), ``element_shares`` (element_id, grid_code, level, measure) of them in all
            areas, and ``grids`` (code, parent_code) of these areas.
        """
        mine = "SELECT element_id FROM element_shares WHERE grid_code IN (SELECT code FROM grids WHERE area_code = ?)"
        shared = f"FROM element_shares WHERE element_id IN ({mine})"
        theirs = f"SELECT area_code FROM grids WHERE code IN (SELECT grid_code {shared})"  # noqa: S608
        queries = {
            "elements": f'SELECT id, "class", name FROM elements WHERE id IN ({mine}) ORDER BY id',  # noqa: S608
            "element_shares": f'SELECT element_id, grid_code, "level", measure {shared} ORDER BY element_id, grid_code',
            "grids": f"SELECT code, parent_code FROM grids WHERE area_code IN ({theirs}) ORDER BY code",  # noqa: S608
        }
        names = {
            "elements": ("id", "class", "name"),
            "element_shares": ("element_id", "grid_code", "level", "measure"),
            "grids": ("code", "parent_code"),
        }
        with self._backend.reading() as tx:
            found = {name: tx.rows(query, (area,)) for name, query in queries.items()}
        frames = {name: _frame(names[name], rows) for name, rows in found.items()}
        frames["element_shares"] = frames["element_shares"].astype({"level": "int64", "measure": "float64"})
        return frames

    def code_numbers(self, area: str) -> dict[str, int]:
        """Return the highest number ever given under each parent of an area.

        Parameters
        ----------
        area : str
            Code of the area.

        Returns
        -------
        dict of str to int
            By code of the area or grid above: as built, drafted and published, whether the grid is still there or not.
        """
        ready = self._backend.ready()  # asked first: tables made later are not in what the transaction sees
        with self._backend.reading() as tx:
            found = tx.rows("SELECT code, parent_code, area_code FROM grids WHERE area_code = ?", (area,))
            kept: list[tuple[Any, ...]] = []
            if ready:
                kept = tx.rows("SELECT parent_code, highest FROM code_numbers WHERE area_code = ?", (area,))
        out = highest_numbers(found).get(area, {})
        for parent, number in kept:
            out[parent] = max(out.get(parent, 0), number)
        return out


def _frame(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pd.DataFrame(dict(zip(names, map(list, columns), strict=True)), dtype=object)
