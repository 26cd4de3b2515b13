"""What the ledger counts in the plan's tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geo_grid.store.ledger_base import LedgerBase
from geo_grid.store.numbers import highest_numbers


class Figures(LedgerBase):
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
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        return pd.DataFrame(dict(zip(names, map(list, columns), strict=True)), dtype=object).astype({"level": "int64"})

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
