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
        there = stays & np.isin(_mixed(*mine), _mixed(*wanted))
        for row in _in_order(standing, there):
            area, stack = _home(standing, row)
            self._at.setdefault((area, int(mine[0][row]), int(mine[1][row])), stack)
        self._by_name: dict[tuple[str, str], list[tuple[float, float, Stack]]] = {}
        names = one_array(diff.old["building"])
        known = pa.array(sorted({name for name in self._named if name is not None}), type=names.type)
        there = stays & pc.is_in(names, value_set=known).to_numpy(zero_copy_only=False)
        rows = np.array(_in_order(standing, there), dtype=np.int64)
        called = names.take(pa.array(rows)).dictionary_encode()
        x, y, name = standing.x[rows], standing.y[rows], called.indices.to_numpy()
        other = _changes(standing.unit_of[rows], x, y, name)  # the first of a house says where it stands
        words = called.dictionary.to_pylist()
        for row, at in zip(rows[other].tolist(), np.flatnonzero(other).tolist(), strict=True):
            area, stack = _home(standing, row)
            here = self._by_name.setdefault((area, words[name[at]]), [])
            here.append((float(x[at]), float(y[at]), stack))

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


def _in_order(standing: Standing, which: NDArray[np.bool_]) -> list[int]:
    """Return rows of households unit by unit."""
    rows = np.flatnonzero(which)
    order: list[int] = rows[np.argsort(standing.unit_of[rows], kind="stable")].tolist()
    return order


def _home(standing: Standing, row: int) -> tuple[str, str]:
    unit = int(standing.unit_of[row])
    return str(standing.area[unit]), str(standing.stack[unit])


def _near(known: Sequence[tuple[float, float, Stack]], x: float, y: float) -> Stack | None:
    """Return the building of the same name that stands near, None for none."""
    for one, other, stack in known:
        if np.hypot(one - x, other - y) <= SAME_BUILDING:
            return stack
    return None
