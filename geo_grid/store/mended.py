"""What new household data makes of units, grids and areas, written as soon as it is known: few statements, see ``taking``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.schema import TABLES
from geo_grid.store.changing import apply_delta
from geo_grid.store.numbers import keep_numbers
from geo_grid.store.values import plain_rows, shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from geo_grid.store.backend import Transaction
    from geo_grid.store.delta import Delta

_SAID = ("households", "stack_id", "building", "entrance", "floor_from", "floor_to", "group", "exclave")
_GRIDS = ("grid_code_l1", "grid_code_l2", "grid_code_l3")
_AT_ONCE = 500  # codes in one statement
_TYPES = {"text": "text", "int": "bigint", "real": "double precision"}


class Mended(NamedTuple):
    """What is known of a draft once its areas are mended, before seams and shares are looked at.

    Parameters
    ----------
    unit_facts : list of tuple
        Of units whose shape stays: ``households, stack_id, building, entrance, floor_from, floor_to, group, exclave``,
        and the id.
    unit_grids : list of tuple
        Of those that came into other grids: ``grid_code_l1, grid_code_l2, grid_code_l3``, and the id.
    grid_counts : list of tuple
        Of grids that only have another number of households: that number, and the code.
    area_counts : list of tuple
        The same of areas.
    delta : Delta
        Whole rows of areas, units, grids and exceptions, and households whose unit changed.
    retired : list of str
        Codes of grids that are no more.
    people : GeoDataFrame
        Rows of the table ``households`` that are new or say something else.
    quarantine : DataFrame
        All rows of that table.
    """

    unit_facts: list[tuple[Any, ...]]
    unit_grids: list[tuple[Any, ...]]
    grid_counts: list[tuple[int, str]]
    area_counts: list[tuple[int, str]]
    delta: Delta
    retired: Sequence[str]
    people: Any
    quarantine: pd.DataFrame


def write_mended(tx: Transaction, mended: Mended, crs: str) -> None:
    """Write it; in areas that lose grids, the numbers that grids had until now are kept first.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes, alone.
    mended : Mended
        What changes.
    crs : str
        Coordinate system of the plan.

    Raises
    ------
    StoreError
        If rows do not fit the schema.
    """
    _retire(tx, mended.retired)
    _set(tx, "units", _SAID, mended.unit_facts)
    _set(tx, "units", _GRIDS, mended.unit_grids)  # these are in indexes
    _set(tx, "grids", ("households",), mended.grid_counts)
    _set(tx, "areas", ("households",), mended.area_counts)
    apply_delta(tx, mended.delta)
    table = TABLES["households"]
    if len(mended.people):
        tx.upsert(table, plain_rows(table, mended.people), shapes(table, mended.people), crs)
    tx.rows("DELETE FROM quarantine")
    table = TABLES["quarantine"]
    tx.fill("quarantine", table.column_names, plain_rows(table, mended.quarantine))


def _retire(tx: Transaction, codes: Sequence[str]) -> None:
    """Keep the numbers of areas that lose grids, which their tables will not show any more, and drop what hangs on these."""
    areas: set[str] = set()
    for start in range(0, len(codes), _AT_ONCE):
        some = codes[start : start + _AT_ONCE]
        among = f"IN ({', '.join('?' * len(some))})"
        areas.update(area for (area,) in tx.rows(f"SELECT area_code FROM grids WHERE code {among}", some))  # noqa: S608
        for name in ("exceptions", "element_shares"):
            tx.rows(f'DELETE FROM "{name}" WHERE grid_code {among}', some)  # noqa: S608  names come from here
    for area in sorted(areas):
        keep_numbers(tx, area)


def _set(tx: Transaction, name: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Give rows other values; each comes with its key at the end."""
    if not rows:
        return
    table = TABLES[name]
    names = (*columns, *table.key)
    kinds = ", ".join(f'"{column.name}" {_TYPES[column.type]}' for column in table.columns if column.name in names)
    tx.rows(f"CREATE TEMPORARY TABLE said ({kinds})")
    tx.fill("said", names, rows)
    sets = ", ".join(f'"{column}" = said."{column}"' for column in columns)
    tx.rows(f'UPDATE "{name}" SET {sets} FROM said WHERE "{name}"."{table.key[0]}" = said."{table.key[0]}"')  # noqa: S608
    tx.rows("DROP TABLE said")
