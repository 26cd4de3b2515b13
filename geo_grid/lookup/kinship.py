"""What is beside, inside and looked after in areas and grids."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.lookup.answers import ElementShare, Neighbour
from geo_grid.lookup.columns import rows_of, texts
from geo_grid.schema import ELEMENT_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Neighbours share at least so much border (m); less is a corner.
_SHORTEST = 0.01


class _Layer:
    """Polygons of one level, and a tree of them."""

    def __init__(self, codes: list[str], shapes: Any) -> None:
        self.codes, self.shapes = codes, shapes
        self.row = {code: row for row, code in enumerate(codes)}

    @cached_property
    def tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.shapes)

    def beside(self, code: str) -> tuple[Neighbour, ...]:
        own = self.row[code]
        near = np.setdiff1d(self.tree.query(self.shapes[own], predicate="intersects"), own)
        common = shapely.length(shapely.intersection(self.shapes[near], self.shapes[own]))
        found = zip(near.tolist(), common.tolist(), strict=True)
        return tuple(sorted(Neighbour(self.codes[row], metres) for row, metres in found if metres >= _SHORTEST))


class Kinship:
    """How areas, grids and elements belong together.

    Parameters
    ----------
    areas, grids, elements, shares : DataFrame
        Tables of a plan.
    """

    def __init__(self, areas: Any, grids: Any, elements: Any, shares: Any) -> None:
        self._areas, self._grids = areas, grids
        self._elements, self._shares = elements, shares
        self._layers: dict[int, _Layer] = {}
        self._level = dict(zip(texts(grids, "code").tolist(), grids["level"].tolist(), strict=True))

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        facts = zip(*(texts(self._grids, name).tolist() for name in ("code", "parent_code", "area_code")), strict=True)
        for code, parent, area in facts:
            found.setdefault(parent or area, []).append(code)
        return {code: tuple(sorted(below)) for code, below in found.items()}

    def children(self, code: str) -> tuple[str, ...]:
        """Return the grids one level below.

        Parameters
        ----------
        code : str
            Code of an area or a grid.

        Returns
        -------
        tuple of str
            Codes, ascending.
        """
        return self._children.get(code, ())

    def neighbours(self, code: str) -> tuple[Neighbour, ...]:
        """Return what shares a border.

        Parameters
        ----------
        code : str
            Code of an area or a grid.

        Returns
        -------
        tuple of Neighbour
            By code.
        """
        return self._layer(self._level.get(code, 0)).beside(code)

    def _layer(self, level: int) -> _Layer:
        if level not in self._layers:
            table = self._areas if level == 0 else self._grids[self._grids["level"] == level]
            self._layers[level] = _Layer(texts(table, "code").tolist(), table["geom"].to_numpy())
        return self._layers[level]

    @cached_property
    def _shares_of(self) -> dict[str, Any]:
        return dict(self._shares.groupby("grid_code").indices)

    @cached_property
    def _element_at(self) -> Any:
        return rows_of(texts(self._elements, "id"), texts(self._shares, "element_id"))

    def elements(self, code: str) -> tuple[ElementShare, ...]:
        """Return what is looked after.

        Parameters
        ----------
        code : str
            Code of an area or a grid.

        Returns
        -------
        tuple of ElementShare
            By class, largest first.
        """
        grids = (code,) if code in self._level else self.children(code)
        found: dict[int, list[int]] = {}
        for row in (row for grid in grids for row in self._shares_of.get(grid, ())):
            found.setdefault(int(self._element_at[row]), []).append(int(row))
        order = {name: place for place, name in enumerate(ELEMENT_CLASSES)}
        shares = [self._share(at, rows) for at, rows in found.items()]
        return tuple(sorted(shares, key=lambda share: (order.get(share.kind, len(order)), -share.held, share.id)))

    def _share(self, at: int, rows: Iterable[int]) -> ElementShare:
        element, held = self._elements.iloc[at], sorted(rows)
        name = element["name"]
        return ElementShare(
            id=str(element["id"]),
            kind=str(element["class"]),
            name=name if isinstance(name, str) else None,
            unit=str(element["measure_unit"]),
            measure=float(self._shares["measure"].iloc[held].sum()),
            held=float(self._shares["held"].iloc[held].sum()),
            rows=tuple(held),
        )
