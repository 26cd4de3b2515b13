"""Find areas and grids by code and name."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import pandas as pd

from webmap.atlas.cards import optional_text

if TYPE_CHECKING:
    from webmap.atlas.source import PublicPlan


def folded(text: str) -> str:
    """Return text as it is compared: full-width like half-width, capitals like small letters.

    Parameters
    ----------
    text : str
        Anything a person typed.

    Returns
    -------
    str
        The folded text.
    """
    return unicodedata.normalize("NFKC", text).casefold().strip()


class SearchIndex:
    """Codes and names of all areas and grids.

    Parameters
    ----------
    plan : PublicPlan
        The plan.
    """

    def __init__(self, plan: PublicPlan) -> None:
        areas = plan.areas[["code", "name"]].assign(level=0, area=plan.areas["code"], area_name=plan.areas["name"])
        names = plan.areas.set_index("code")["name"]
        grids = plan.grids[["code", "name", "level"]].assign(
            area=plan.grids["area_code"], area_name=plan.grids["area_code"].map(names)
        )
        self.table = pd.concat([areas, grids], ignore_index=True)
        self._code = self.table["code"].map(folded)
        self._name = self.table["name"].map(folded)
        self._hay = self._code + " " + self._name + " " + self.table["area_name"].map(folded)

    def find(self, query: str, limit: int) -> list[dict[str, Any]]:
        """Return the best hits.

        Parameters
        ----------
        query : str
            Words that must all occur in the code, the name, or the area's name.
        limit : int
            Hits at most.

        Returns
        -------
        list of dict
            ``code, name, level, area, area_name``; level 0 is an area. Whole matches first, then beginnings, then
            coarser levels.
        """
        text = folded(query)
        words = text.split()
        if not words:
            return []
        keep = pd.Series(data=True, index=self.table.index)
        for word in words:
            keep &= self._hay.str.contains(word, regex=False)
        hits = self.table[keep]
        code, name = self._code[keep], self._name[keep]
        rank = pd.Series(3, index=hits.index)
        rank[name.str.contains(text, regex=False)] = 2
        rank[code.str.startswith(text) | name.str.startswith(text)] = 1
        rank[(code == text) | (name == text)] = 0
        best = hits.assign(rank=rank).sort_values(["rank", "level", "code"], kind="stable").head(limit)
        return _entries(best)

    def entries(self) -> list[dict[str, Any]]:
        """Return everything that can be found.

        Returns
        -------
        list of dict
            ``code, name, level, area, area_name``.
        """
        return _entries(self.table)


def _entries(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "code": row.code,
            "name": row.name,
            "level": int(row.level),
            "area": row.area,
            "area_name": optional_text(row.area_name),
        }
        for row in table.itertuples(index=False)
    ]
