"""A store as it will be: what is about to be written lies over what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from geo_grid.model import Plan
    from geo_grid.store.base import Store


class Overlay:
    """Reads a store through changes that are not written yet.

    Parameters
    ----------
    store : Store
        The store.
    areas : mapping of str to dict
        By area the tables ``areas``, ``units``, ``grids`` and ``exceptions`` as they will be.
    patched : callable
        Takes the code of another area and its stored tables, returns them as they will be.
    """

    def __init__(
        self,
        store: Store,
        areas: Mapping[str, Mapping[str, Any]],
        patched: Callable[[str, Mapping[str, Any]], Mapping[str, Any]],
    ) -> None:
        self._store, self._areas, self._patched = store, areas, patched

    def read(self, tables: Iterable[str]) -> Plan:
        """Read whole tables.

        Parameters
        ----------
        tables : iterable of str
            Their names; only ``areas`` is known here.

        Returns
        -------
        Plan
            The tables.
        """
        plan = self._store.read(tables)
        stored = plan["areas"]
        new = [parts["areas"] for parts in self._areas.values()]
        if new:
            changed = pd.concat(new, ignore_index=True)
            shapes = dict(zip(changed["code"], changed["geom"], strict=True))
            geom = [shapes.get(code, shape) for code, shape in zip(stored["code"], stored["geom"], strict=True)]
            plan.tables["areas"] = stored.set_geometry(pd.Series(geom, index=stored.index, name="geom"), crs=stored.crs)
        return plan

    def area_plan(self, code: str, tables: Iterable[str]) -> Plan:
        """Read what concerns one area.

        Parameters
        ----------
        code : str
            Code of the area.
        tables : iterable of str
            Names of the tables wanted.

        Returns
        -------
        Plan
            Rows of this area.
        """
        plan = self._store.area_plan(code, tables)
        new = self._areas[code] if code in self._areas else self._patched(code, plan.tables)
        plan.tables |= {name: frame for name, frame in new.items() if name in plan.tables}
        return plan
