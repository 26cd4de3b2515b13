"""The plan as it stands and the new data, read beside each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from geo_grid.engine.litter import no_collecting
from geo_grid.errors import UsageError
from geo_grid.rebuild.forking import beside, may_fork
from geo_grid.texts import one_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from geo_grid.config import CityConfig
    from geo_grid.model import CityInput
    from geo_grid.rebuild.diff import Difference
    from geo_grid.rebuild.judging import Judge
    from geo_grid.rebuild.standing import Standing
    from geo_grid.store.base import Store
    from geo_grid.store.ledger import Ledger

    Progress = Callable[[str, int, int], None]

#: Bytes of the file of a plan from which on it is worth while to have its new data read by a helper.
WORTH_READING = 1 << 23


class New(NamedTuple):
    """The new data.

    Parameters
    ----------
    city : CityInput
        What was read; its households are columns, as :func:`geo_grid.read.read_in_batches` returns them.
    placed : int
        How many of their rows were placed.
    same_ground : bool
        Whether areas and elements are known to be those of the plan.
    """

    city: CityInput
    placed: int
    same_ground: bool = False


class Draft(NamedTuple):
    """The plan as it stands, and what is different in the new data.

    Parameters
    ----------
    people : DataFrame
        Its households, see :meth:`geo_grid.store.drafted.Drafted.housed`.
    standing : Standing
        What stands.
    judge : Judge
        Its grids.
    diff : Difference
        The new households beside its own.
    """

    people: pd.DataFrame
    standing: Standing
    judge: Judge
    diff: Difference


@contextmanager
def reading_new(config: CityConfig, store: Store) -> Iterator[Callable[[], New] | None]:
    """Read the new data in a process of its own, where there can be one and it is worth while.

    Parameters
    ----------
    config : CityConfig
        What to read.
    store : Store
        The plan as it stands; no connection to it is open.

    Yields
    ------
    callable or None
        Waits for the new data, see :func:`geo_grid.rebuild.forking.beside`; None where nobody reads them yet.
    """
    if not (may_fork(store) and _size(store) >= WORTH_READING):
        yield None
        return
    with plain_memory(), no_collecting(), beside(partial(_read_apart, config, store), helper=True) as new:
        yield new


def _read_apart(config: CityConfig, store: Store) -> New:
    """Read the new data where it holds nobody up to look at their ground as well."""
    from geo_grid.rebuild.refusing import refuse_other_ground

    new = read_new(config, lambda *_: None)
    with suppress(UsageError):  # said once it is known that nothing else stands against them
        refuse_other_ground(store, new.city)
        new = new._replace(same_ground=True)
    return new


def _size(store: Store) -> int:
    path = Path(store.label)
    return path.stat().st_size if path.is_file() else 0


def read_both(
    config: CityConfig, ledger: Ledger, progress: Progress, new: Callable[[], New] | None = None
) -> tuple[New, Draft]:
    """Read the new data, and the plan meanwhile; most of either is work that other threads need not wait for.

    Parameters
    ----------
    config : CityConfig
        What to read.
    ledger : Ledger
        The ledger of the store.
    progress : callable
        Called with stage, done and total.
    new : callable, optional
        Waits for the new data where somebody reads them already.

    Returns
    -------
    new : New
        The new data.
    draft : Draft
        The plan, and what is different.
    """
    from geo_grid.rebuild.diff import compare_households

    if new is None:
        with ThreadPoolExecutor(1, "geo-grid draft") as other:
            waiting = other.submit(_stored, ledger)
            found = read_new(config, progress)
            people, standing, judge = waiting.result()
    else:
        sources = len(config.inputs.all())
        progress("read", 0, sources)
        people, standing, judge = _stored(ledger)
        _load_compiled()
        found = new()
        progress("read", sources, sources)
    found.city.households = _in_one_piece(found.city.households)
    return found, Draft(people, standing, judge, compare_households(people, found.city))


def _load_compiled() -> None:
    """Load compiled code while the new data are waited for: each process that mends areas would load it else."""
    from geo_grid.zoning.parts import connected_parts

    none = np.empty(0, dtype=np.int64)
    connected_parts(1, none, none, np.zeros(1, dtype=np.int64))


def _stored(ledger: Ledger) -> tuple[pd.DataFrame, Standing, Judge]:
    """Read households, units and grids of the plan."""
    from geo_grid.rebuild.judging import Judge
    from geo_grid.rebuild.standing import Standing

    people = ledger.housed(grids=False)
    return people, Standing(people, ledger.unit_list()), Judge(ledger.grid_list())


def read_new(config: CityConfig, progress: Progress) -> New:
    """Read a city; its households become columns batch by batch.

    Parameters
    ----------
    config : CityConfig
        What to read.
    progress : callable
        Called with stage, done and total.

    Returns
    -------
    New
        The city.
    """
    import geopandas as gpd

    from geo_grid.jobs import label_by_polygon
    from geo_grid.read import read_in_batches

    city, batches = read_in_batches(config, progress, bare=True)
    parts, placed = [], 0
    for batch in batches:
        placed += _rows(batch["row"].to_numpy())
        parts.append(batch.rename(columns={"row": "source_row"}))
        if city.groups is not None:
            city.households = gpd.GeoDataFrame(batch, geometry=gpd.points_from_xy(batch["x"], batch["y"]), crs=city.crs)
            label_by_polygon(city)
            parts[-1]["group"] = city.households["group"]
    city.households = _joined(parts)
    return New(city, placed)


def _rows(numbers: NDArray[Any]) -> int:
    """Count rows of which several households may come, one after the other."""
    return int((numbers[1:] != numbers[:-1]).sum()) + bool(len(numbers))


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put batches together; texts stay in as many pieces."""
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Any] = {}
    for name in parts[0].columns:
        pieces = [part[name] for part in parts]
        if all(piece.dtype == "str" for piece in pieces):
            columns[name] = pd.array(pa.chunked_array([one_array(piece) for piece in pieces]), dtype="str")
        else:
            columns[name] = pd.concat(pieces, ignore_index=True)
    return pd.DataFrame(columns, copy=False)


def _in_one_piece(people: pd.DataFrame) -> pd.DataFrame:
    """Put texts together, where a helper has not: some rows of many pieces are slow to take."""
    for name in people.columns[[dtype == "str" for dtype in people.dtypes]]:
        if isinstance(pa.array(people[name]), pa.ChunkedArray):
            people[name] = pd.array(one_array(people[name]), dtype="str")
    return people


@contextmanager
def plain_memory() -> Iterator[None]:
    """Have Arrow take memory like everybody else: its own way of keeping some in store has pages cleared again and again.

    Yields
    ------
    None
        Nothing.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)
