"""What an edit changes in the tables of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.errors import StoreError
from geo_grid.schema import TABLES

if TYPE_CHECKING:
    import pandas as pd

#: Tables an edit may change, in the order their rows are written; household rows only change their unit.
EDITABLE = ("areas", "units", "grids", "exceptions", "element_shares")


class Delta(NamedTuple):
    """Changes of the plan's tables in one area.

    Parameters
    ----------
    upserts : dict of str to DataFrame
        By table, whole rows as in the schema; a row of the same key is replaced.
    deletes : dict of str to list of tuple
        By table, keys of the rows that go; the values of a key in the order of the schema.
    households : DataFrame or None
        Columns ``id, unit_id``: households whose unit changed.
    """

    upserts: dict[str, Any]
    deletes: dict[str, list[tuple[Any, ...]]]
    households: pd.DataFrame | None = None


#: A change of nothing.
NO_CHANGE = Delta({}, {}, None)


def check_delta(area: str, delta: Delta) -> None:
    """Refuse a delta that reaches beyond its area.

    Parameters
    ----------
    area : str
        Code of the area.
    delta : Delta
        Changes.

    Raises
    ------
    StoreError
        If it names a table that edits do not change, a key of another length, or rows of another area.
    """
    for name in (*delta.upserts, *delta.deletes):
        if name not in EDITABLE:
            raise StoreError(f"an edit does not change the table {name!r}")
    for name, keys in delta.deletes.items():
        if any(not isinstance(key, tuple) or len(key) != len(TABLES[name].key) for key in keys):
            raise StoreError(f"a row of {name} is named by a tuple of {', '.join(TABLES[name].key)}")
    for name, column in (("areas", "code"), ("units", "area_code"), ("grids", "area_code")):
        if name in delta.upserts and not (delta.upserts[name][column] == area).all():
            raise StoreError(f"the change of area {area} holds rows of {name} of another area")
