"""Which building stands where somebody new comes to: looked up once for a city, and for those places and names only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo_grid.texts import objects, one_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from geo_grid.rebuild.diff import Difference
    from geo_grid.rebuild.standing import Standing

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

    #: A building that stands, by its name in the draft; or the number of a new one.
    Stack = str | int

#: Places of one building name further apart than this (m) are different buildings, as at the build.
SAME_BUILDING = 50.0


class Places:
    """Buildings by place, to a millimetre, and by name.

    Parameters
    ----------
    standing : Standing
        Units and households of the draft.
    diff : Difference
        What is different.
    """

    def __init__(self, standing: Standing, diff: Difference) -> None:
        new = diff.new
        come = diff.come
        self._row = dict(zip(come.tolist(), range(len(come)), strict=True))
        self._xy = np.column_stack((new["x"].to_numpy()[come], new["y"].to_numpy()[come])).astype(np.float64)
        said = objects(one_array(new["building"]).take(pa.array(come)))
        self._named = [text if isinstance(text, str) and text.strip() else None for text in said.tolist()]
        stays = np.ones(len(standing.x), dtype=bool)
        stays[diff.gone] = False
        self._at: dict[tuple[str, int, int], Stack] = {}
        mine, wanted = _millimetres(standing.x, standing.y), _millimetres(*self._xy.T)
        numbers = pa.array(np.unique(_mixed(*wanted)))
        there = stays & pc.is_in(pa.array(_mixed(*mine)), value_set=numbers).to_numpy(zero_copy_only=False)
        rows = _in_order(standing, there)
        rows = rows[_changes(standing.unit_of[rows], *(axis[rows] for axis in mine))]
        for area, stack, x, y in zip(*_homes(standing, rows), *(axis[rows].tolist() for axis in mine), strict=True):
            self._at.setdefault((area, x, y), stack)
        self._by_name: dict[tuple[str, str], list[tuple[float, float, Stack]]] = {}
        names = one_array(diff.old["building"])
        known = pa.array(sorted({name for name in self._named if name is not None}), type=names.type)
        there = stays & pc.is_in(names, value_set=known).to_numpy(zero_copy_only=False)
        rows = _in_order(standing, there)
        called = names.take(pa.array(rows)).dictionary_encode().indices.to_numpy()
        # the first of a house says where it stands
        rows = rows[_changes(standing.unit_of[rows], standing.x[rows], standing.y[rows], called)]
        said = objects(names.take(pa.array(rows))).tolist()
        places = standing.x[rows].tolist(), standing.y[rows].tolist()
        for area, stack, name, x, y in zip(*_homes(standing, rows), said, *places, strict=True):
            self._by_name.setdefault((area, name), []).append((x, y, stack))

    def of(self, area: str, come: Sequence[int]) -> Iterator[tuple[int, float, float, Stack | None]]:
        """Say for each household that came in which building it lives.

        Parameters
        ----------
        area : str
            Code of the area.
        come : sequence of int
            Its households that came, by their position in the new data.

        Yields
        ------
        tuple
            The household, x, y, and the building: one that stands, the number of a new one that somebody before it
            founded, or None where it founds the next one.
        """
        at: dict[tuple[int, int], Stack] = {}
        by_name: dict[str, list[tuple[float, float, Stack]]] = {}
        founded = 0
        for one in come:
            row = self._row[one]
            x, y = self._xy[row].tolist()
            key, name = (round(x * 1000), round(y * 1000)), self._named[row]
            stack = self._at.get((area, *key), at.get(key))
            if stack is None and name is not None:
                stack = _near([*self._by_name.get((area, name), ()), *by_name.get(name, ())], x, y)
            yield one, x, y, stack
            if stack is None:
                stack, founded = founded, founded + 1
            at.setdefault(key, stack)
            if name is not None:
                by_name.setdefault(name, []).append((x, y, stack))


def _millimetres(x: Floats, y: Floats) -> tuple[Ints, Ints]:
    return np.rint(x * 1000).astype(np.int64), np.rint(y * 1000).astype(np.int64)


def _mixed(x: Ints, y: Ints) -> Ints:
    """Return a number of each place, seldom that of another one."""
    return np.asarray(x * np.int64(0x9E3779B97F4A7C1) + y, dtype=np.int64)  # what does not fit is cut off


def _changes(*columns: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which rows differ from the one before them."""
    out = np.zeros(len(columns[0]), dtype=bool)
    out[:1] = True
    for column in columns:
        out[1:] |= column[1:] != column[:-1]
    return out


def _in_order(standing: Standing, which: NDArray[np.bool_]) -> Ints:
    """Return rows of households unit by unit."""
    rows = np.flatnonzero(which)
    return np.asarray(rows[np.argsort(standing.unit_of[rows], kind="stable")], dtype=np.int64)


def _homes(standing: Standing, rows: Ints) -> tuple[list[str], list[str]]:
    """Return area and building of each household."""
    units = standing.unit_of[rows]
    return standing.area[units].tolist(), standing.stack[units].tolist()


def _near(known: Sequence[tuple[float, float, Stack]], x: float, y: float) -> Stack | None:
    """Return the building of the same name that stands near, None for none."""
    for one, other, stack in known:
        if np.hypot(one - x, other - y) <= SAME_BUILDING:
            return stack
    return None
