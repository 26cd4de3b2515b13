"""New household data in the draft: only the rows that differ are written, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.schema import TABLES
from geo_grid.store.ancestry import write_ancestry
from geo_grid.store.changing import REBUILD, add_revision, apply_delta, current_build, hold, set_head, write_audit
from geo_grid.store.errors import ConflictError
from geo_grid.store.ledger_base import LedgerBase, to_head
from geo_grid.store.numbers import keep_numbers, raise_numbers
from geo_grid.store.records import Audit
from geo_grid.store.values import insert_query, plain_rows, shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from geo_grid.store.ancestry import Ancestry
    from geo_grid.store.backend import Transaction
    from geo_grid.store.delta import Delta
    from geo_grid.store.records import NewRevision

_UNIT_FACTS = (
    "grid_code_l1",
    "grid_code_l2",
    "grid_code_l3",
    "households",
    "stack_id",
    "building",
    "entrance",
    "floor_from",
    "floor_to",
    "group",
    "exclave",
)
_AT_ONCE = 500  # codes in one statement


class Renumbered(NamedTuple):
    """Input rows that have other numbers now.

    Parameters
    ----------
    source : str
        Their former source.
    first : int
        From this row on, up to the next entry of this source.
    now : str
        Their source today.
    shift : int
        What is added to their numbers.
    """

    source: str
    first: int
    now: str
    shift: int


class Renewal(NamedTuple):
    """What new household data changes in a draft.

    Parameters
    ----------
    build : int
        The build that the draft must be of.
    heads : dict of str to int
        Revisions that its areas must be at; all others at 0.
    touched : list of str
        Areas in which anything changes but row numbers.
    unit_facts : list of tuple
        Of units whose shape stays: ``grid_code_l1, grid_code_l2, grid_code_l3, households, stack_id, building,
        entrance, floor_from, floor_to, group, exclave``, and the id.
    grid_counts : list of tuple
        Of grids that only have another number of households: that number, and the code.
    area_counts : list of tuple
        The same of areas.
    delta : Delta
        Whole rows of areas, units, grids, exceptions and shares, and households whose unit changed.
    retired : list of str
        Codes of grids that are no more.
    gone : list of str
        Ids of households that are no more.
    people : GeoDataFrame
        Rows of the table ``households`` that are new or say something else.
    renumbered : list of Renumbered
        Numbers of the input rows of all that stay.
    quarantine : DataFrame
        All rows of that table.
    meta : dict of str to str
        What the plan says of itself, JSON text by key.
    numbers : dict of str to dict
        By area the highest number given under each parent.
    ancestry : Ancestry or None
        Grids of the last version that the households were in.
    locks : list of tuple
        Area, revision and text of revision 0 of areas that are shown with a lock.
    audit : Audit
        What is written down of it.
    """

    build: int
    heads: Mapping[str, int]
    touched: Sequence[str]
    unit_facts: list[tuple[Any, ...]]
    grid_counts: list[tuple[int, str]]
    area_counts: list[tuple[int, str]]
    delta: Delta
    retired: list[str]
    gone: list[str]
    people: Any
    renumbered: list[Renumbered]
    quarantine: pd.DataFrame
    meta: Mapping[str, str]
    numbers: Mapping[str, Mapping[str, int]]
    ancestry: Ancestry | None
    locks: list[tuple[str, NewRevision, str]]
    audit: Audit


class Renewing(LedgerBase):
    """The part of the ledger that takes new household data."""

    def shapes_in(self, grid: str, level: int) -> dict[str, Any]:
        """Return the shapes of the units of a grid, or of an area.

        Parameters
        ----------
        grid : str
            Its code.
        level : int
            Its level, 0 for an area.

        Returns
        -------
        dict of str to Polygon
            Shape by unit.
        """
        with self._backend.reading() as tx:
            column = f"grid_code_l{int(level)}" if level else "area_code"
            query = f"SELECT id, {tx.geometry_column} FROM units WHERE {column} = ? ORDER BY id"  # noqa: S608
            found = tx.rows(query, (grid,))
            shapes = tx.geometry(TABLES["units"], [body for _, body in found]).tolist()
        return {name: shape for (name, _), shape in zip(found, shapes, strict=True)}

    def shares_of(self, grids: Sequence[str]) -> list[tuple[str, str]]:
        """Return which elements grids have shares of.

        Parameters
        ----------
        grids : sequence of str
            Codes.

        Returns
        -------
        list of tuple
            Element and grid.
        """
        out: list[tuple[str, str]] = []
        with self._backend.reading() as tx:
            for start in range(0, len(grids), _AT_ONCE):
                some = list(grids[start : start + _AT_ONCE])
                marks = ", ".join("?" * len(some))
                query = f"SELECT element_id, grid_code FROM element_shares WHERE grid_code IN ({marks})"  # noqa: S608
                out += tx.rows(query, some)
        return out

    def grids_at(self, boxes: Sequence[tuple[float, float, float, float]]) -> dict[str, Any]:
        """Return the grids near some places.

        Parameters
        ----------
        boxes : sequence of tuple
            West, south, east and north of each.

        Returns
        -------
        dict of str to MultiPolygon
            Shape of each grid, of all areas and levels, whose box meets one of them.
        """
        with self._backend.reading() as tx:
            return {name: shape for box in boxes for name, shape in tx.near(TABLES["grids"], None, box)}

    def units_at(self, places: Sequence[tuple[str, float, float]], reach: float) -> list[list[tuple[str, Any]]]:
        """Find the units at some places.

        Parameters
        ----------
        places : sequence of tuple
            Area, x and y of each.
        reach : float
            Metres around each within which a unit's box must lie.

        Returns
        -------
        list of list of tuple
            For each place ids and shapes of units of the area whose boxes are near.
        """
        with self._backend.reading() as tx:
            return [
                tx.near(TABLES["units"], area, (x - reach, y - reach, x + reach, y + reach)) for area, x, y in places
            ]

    def unit_shapes(self, ids: Sequence[str]) -> list[Any]:
        """Return the shapes of units.

        Parameters
        ----------
        ids : sequence of str
            Their ids; not more than a building has.

        Returns
        -------
        list of Polygon
            One a unit that is there.
        """
        marks = ", ".join("?" * len(ids))
        with self._backend.reading() as tx:
            query = f"SELECT {tx.geometry_column} FROM units WHERE id IN ({marks}) ORDER BY id"  # noqa: S608
            found = tx.rows(query, list(ids))
            return list(tx.geometry(TABLES["units"], [body for (body,) in found])) if found else []

    def renew(self, renewal: Renewal, crs: str) -> int:
        """Take new household data into the draft, wholly or not at all; what is kept beside the plan stays.

        Touched areas are "as built" again; the others keep their revisions.

        Parameters
        ----------
        renewal : Renewal
            What changes.
        crs : str
            Coordinate system of the plan.

        Returns
        -------
        int
            Id of the build it is.

        Raises
        ------
        ConflictError
            If the draft changed meanwhile.
        StoreError
            If rows do not fit the schema.
        """
        with self._backend.writing() as tx:
            tx.lock("plan")
            tx.lock("heads")
            _refuse_other(tx, renewal)
            keep_numbers(tx)
            _write_plan(tx, renewal)
            _write_people(tx, renewal, crs)
            for area, numbers in renewal.numbers.items():
                raise_numbers(tx, area, numbers)
            build = write_audit(tx, "", renewal.audit)
            _stamp(tx, renewal, build)
            write_ancestry(tx, build, renewal.ancestry)
            for area, revision, origin in renewal.locks:
                hold(tx, area)
                tx.rows(
                    "INSERT INTO origins (area_code, build, state) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING build",
                    (area, build, origin),
                )
                set_head(tx, area, add_revision(tx, area, 0, revision, renewal.audit), ())
        return build


def _refuse_other(tx: Transaction, renewal: Renewal) -> None:
    heads = {
        area: to_head((number, ahead)) for area, number, ahead in tx.rows("SELECT area_code, number, ahead FROM heads")
    }
    changed = [area for area, head in heads.items() if head.number != renewal.heads.get(area, 0)]
    if changed or current_build(tx) != renewal.build:
        raise ConflictError("", 0, to_head(None), [])


def _write_plan(tx: Transaction, renewal: Renewal) -> None:
    for name in ("exceptions", "element_shares"):
        for start in range(0, len(renewal.retired), _AT_ONCE):
            some = renewal.retired[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            tx.rows(f'DELETE FROM "{name}" WHERE grid_code IN ({marks})', some)  # noqa: S608  names come from here
    sets = ", ".join(f'"{name}" = ?' for name in _UNIT_FACTS)
    tx.many(f"UPDATE units SET {sets} WHERE id = ?", renewal.unit_facts)  # noqa: S608  names come from here
    tx.many("UPDATE grids SET households = ? WHERE code = ?", renewal.grid_counts)
    tx.many("UPDATE areas SET households = ? WHERE code = ?", renewal.area_counts)
    apply_delta(tx, renewal.delta)
    rows = list(renewal.meta.items())
    tx.many(
        'INSERT INTO meta ("key", "value") VALUES (?, ?) ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value"',
        rows,
    )
    tx.rows("DELETE FROM quarantine")
    tx.many(insert_query(TABLES["quarantine"], ""), plain_rows(TABLES["quarantine"], renewal.quarantine))


def _write_people(tx: Transaction, renewal: Renewal, crs: str) -> None:
    """Write households: first those that stay get their row's number, then others come and go."""
    table = TABLES["households"]
    tx.many("DELETE FROM households WHERE id = ?", [(name,) for name in renewal.gone])
    if any(row.shift or row.now != row.source for row in renewal.renumbered):
        tx.rows("CREATE TEMPORARY TABLE renumbered (source text, first bigint, now text, shift bigint)")
        tx.many("INSERT INTO renumbered (source, first, now, shift) VALUES (?, ?, ?, ?)", renewal.renumbered)
        tx.rows("CREATE INDEX renumbered_first ON renumbered (source, first, shift)")
        found = "FROM renumbered r WHERE r.source = households.source AND r.first <= households.source_row"
        last = "ORDER BY r.first DESC LIMIT 1"
        sources = {row.source for row in renewal.renumbered if row.now != row.source}
        name = f", source = (SELECT r.now {found} {last})" if sources else ""
        tx.rows(f"UPDATE households SET source_row = source_row + (SELECT r.shift {found} {last}){name}")  # noqa: S608
        tx.rows("DROP TABLE renumbered")
    if len(renewal.people):
        tx.upsert(table, plain_rows(table, renewal.people), shapes(table, renewal.people), crs)


def _stamp(tx: Transaction, renewal: Renewal, build: int) -> None:
    """Have touched areas "as built", and the revisions of all others go on."""
    touched = set(renewal.touched)
    others = [area for (area,) in tx.rows("SELECT area_code FROM heads") if area not in touched]
    tx.many("DELETE FROM heads WHERE area_code = ?", [(area,) for area in renewal.touched])
    for name in ("revisions", "origins"):
        query = f"UPDATE {name} SET build = ? WHERE area_code = ? AND build = ?"  # noqa: S608  names come from here
        tx.many(query, [(build, area, renewal.build) for area in others])


def renewal_audit(request: dict[str, Any], change: dict[str, Any]) -> Audit:
    """Return what is written down of new household data.

    Parameters
    ----------
    request : dict
        What was read.
    change : dict
        What it changed, in numbers, and ``areas``: those whose published rows are not the plan's any more.

    Returns
    -------
    Audit
        For the record: a build like any other, for areas are as built afterwards.
    """
    return Audit(REBUILD, "build", request, change)
