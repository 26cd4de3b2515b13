"""What every store of plans can do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from geo_grid.errors import StoreError
from geo_grid.schema import LEDGER_VERSION, SCHEMA_VERSION
from geo_grid.store.errors import NewerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from geo_grid.model import Plan
    from geo_grid.store.ancestry import Descent
    from geo_grid.store.copying import LedgerRows
    from geo_grid.store.ledger import Ledger
    from geo_grid.store.rows import Part

#: Rows of one area, by table; the only parameter is the area's code.
AREA_FILTERS: dict[str, str] = {
    "areas": "code = {p}",
    "units": "area_code = {p}",
    "grids": "area_code = {p}",
    "exceptions": "grid_code IN (SELECT code FROM {s}grids WHERE area_code = {p})",
    "elements": "id IN (SELECT element_id FROM {s}element_shares"
    " WHERE grid_code IN (SELECT code FROM {s}grids WHERE area_code = {p}))",
    "element_shares": "grid_code IN (SELECT code FROM {s}grids WHERE area_code = {p})",
    "households": "area_code = {p}",
    "quarantine": "{p} IS NULL",  # what was not placed is in no area
}

_EDITION = "(SELECT edition FROM {s}version_areas WHERE version = {v} AND area_code = {a})"
#: Rows of a published version.
VERSION_FILTER = "edition IN (SELECT edition FROM {s}version_areas WHERE version = {v})"
#: Rows of one area in a published version; as in the draft, elements are those the area has shares of.
VERSION_AREA_FILTERS: dict[str, str] = {
    **dict.fromkeys(("areas", "units", "grids", "exceptions", "element_shares"), f"edition = {_EDITION}"),
    "elements": f"edition = {_EDITION.replace('{a}', chr(39) * 2)} AND id IN"  # noqa: S608
    f" (SELECT element_id FROM {{s}}published_element_shares WHERE edition = {_EDITION})",
}

#: A version: None for the draft, "published" for the latest published one, or its number.
Version = int | Literal["published"] | None


class Store(Protocol):
    """A place that keeps one plan.

    Connections live as long as one call: a store may be shared between threads, and sees what others wrote.
    """

    @property
    def label(self) -> str:
        """Where the plan is, fit to be shown: no password."""

    def exists(self) -> bool:
        """Return whether there is a plan in the store.

        Returns
        -------
        bool
            False where there is nothing, or something else than a plan.
        """

    def ensure_writable(self) -> None:
        """Find out before a long build whether its plan could be written; nothing is changed.

        Raises
        ------
        StoreError
            If :meth:`write` would refuse any plan.
        """

    def write(self, plan: Plan, descent: Descent | None = None) -> None:
        """Replace the draft by a plan, wholly or not at all; what is kept beside it stays.

        Areas are "as built" again, and the audit says so.

        Parameters
        ----------
        plan : Plan
            Tables as in :data:`geo_grid.schema.TABLES`.
        descent : Descent, optional
            What is known of the grids before, see :mod:`geo_grid.rebuild`.

        Raises
        ------
        StoreError
            If the plan does not fit the schema, or the store cannot be written. The former plan is then untouched.
        """

    def write_parts(
        self, crs: str, meta: dict[str, Any], parts: Iterable[Part], descent: Callable[[], Descent | None] | None = None
    ) -> None:
        """Replace the draft by a plan that comes part by part, wholly or not at all; only one part is in memory.

        Parameters
        ----------
        crs : str
            Coordinate system of the plan, as "EPSG:…".
        meta : dict of str to Any
            What the plan says of itself.
        parts : iterable of mapping of str to DataFrame or Table
            Rows by table, frames or what :mod:`geo_grid.store.rows` makes of them; tables in no part stay empty.
        descent : callable, optional
            Asked, once all parts were taken, what is known of the grids before.

        Raises
        ------
        StoreError
            As for :meth:`write`.
        """

    def read(self, tables: Iterable[str] | None = None, version: Version = None) -> Plan:
        """Read the plan.

        Parameters
        ----------
        tables : iterable of str, optional
            Names of the tables wanted; all by default. Households and quarantine are in the draft only.
        version : int or "published", optional
            A published version; the draft by default.

        Returns
        -------
        Plan
            The tables wanted, rows in the order they were written.

        Raises
        ------
        StoreError
            If there is no plan, or one this program cannot read; if there is no such version.
        """

    def area_plan(self, code: str, tables: Iterable[str] | None = None, version: Version = None) -> Plan:
        """Read what concerns one area.

        Parameters
        ----------
        code : str
            Code of the area.
        tables : iterable of str, optional
            Names of the tables wanted; all by default.
        version : int or "published", optional
            A published version; the draft by default.

        Returns
        -------
        Plan
            Rows of this area. Elements are whole, their shares only those of the area; quarantine is empty.

        Raises
        ------
        StoreError
            If there is no plan, no such area or no such version.
        """

    def meta(self) -> dict[str, Any]:
        """Read what the plan says of itself.

        Returns
        -------
        dict of str to Any
            Values as in :attr:`geo_grid.model.Plan.meta`.
        """

    def prepare(self, *, create: bool) -> None:
        """Make the tables that are missing, so that accounts can be kept before there is a plan.

        Parameters
        ----------
        create : bool
            Whether there may be nothing yet.

        Raises
        ------
        StoreError
            If the store cannot be written, or there is nothing and nothing may be made.
        """

    def restore(self, plan: Plan, rows: LedgerRows) -> None:
        """Write a plan and what was kept beside it elsewhere, wholly or not at all, to an empty store.

        Parameters
        ----------
        plan : Plan
            Tables as in :data:`geo_grid.schema.TABLES`.
        rows : LedgerRows
            What :meth:`geo_grid.store.ledger.Ledger.dump` returned.

        Raises
        ------
        StoreError
            As for :meth:`write`.
        """

    def latest_version(self) -> int | None:
        """Return what was published last.

        Returns
        -------
        int or None
            Number of the version; None where nothing was published.
        """

    def ledger(self) -> Ledger:
        """Return what is kept beside the plan.

        Returns
        -------
        Ledger
            To be closed after use.
        """

    def close(self) -> None:
        """Let go of what the store holds open."""

    def __enter__(self) -> Self:
        """Return the store itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""


def encode_meta(plan: Plan) -> dict[str, str]:
    """Write what a plan says of itself as JSON texts.

    Parameters
    ----------
    plan : Plan
        A plan.

    Returns
    -------
    dict of str to str
        Value by key; ``crs`` and ``schema_version`` are always there.

    Raises
    ------
    StoreError
        If a value is not JSON.
    """
    values = {**plan.meta, "crs": plan.crs, "schema_version": SCHEMA_VERSION}
    try:
        return {key: json.dumps(values[key], ensure_ascii=False, sort_keys=True, allow_nan=False) for key in values}
    except (TypeError, ValueError) as error:
        raise StoreError(f"meta holds something that is not JSON ({error})") from None


def decode_meta(texts: dict[str, str], label: str) -> dict[str, Any]:
    """Read back what :func:`encode_meta` wrote.

    Parameters
    ----------
    texts : dict of str to str
        JSON text by key.
    label : str
        Where the plan is, for errors.

    Returns
    -------
    dict of str to Any
        Value by key.

    Raises
    ------
    StoreError
        If the plan is of a newer program (NewerError), or a value is not JSON.
    """
    try:
        values = {key: json.loads(text) for key, text in texts.items()}
    except (TypeError, ValueError):
        raise StoreError("the table meta is damaged", file=label, mend="Build the plan again.") from None
    version = values.get("schema_version")
    if not isinstance(version, int) or not isinstance(values.get("crs"), str):
        raise StoreError("this is not a plan", file=label, mend="Name a store that `geo-grid build` wrote.")
    if version > LEDGER_VERSION:
        raise NewerError(
            f"the plan is of schema {version}, this program knows up to {LEDGER_VERSION}",
            file=label,
            mend="Install a newer geo-grid.",
        )
    return values | {"schema_version": SCHEMA_VERSION}  # of the plan itself, whatever is kept beside it


def require_version(rows: list[tuple[Any, ...]], version: int | Literal["published"], label: str) -> int:
    """Find a version.

    Parameters
    ----------
    rows : list of tuple
        Numbers of all versions.
    version : int or "published"
        The one wanted; "published" is the latest.
    label : str
        Where the plan is, for errors.

    Returns
    -------
    int
        Its number.

    Raises
    ------
    StoreError
        If nothing was published, or there is no such version.
    """
    numbers = {int(number) for (number,) in rows}
    if not numbers:
        raise StoreError("nothing has been published yet", file=label, mend="Publish a version, or read the draft.")
    if version == "published":
        return max(numbers)
    if version not in numbers:
        raise StoreError(f"there is no version {version}", file=label, mend=f"The latest is {max(numbers)}.")
    return int(version)


def row_filter(table: str, area: str | None, version: int | None) -> tuple[str, dict[str, Any]]:
    """Return which rows of a table are wanted.

    Parameters
    ----------
    table : str
        Name of the plan's table.
    area : str or None
        Code of an area; None for all.
    version : int or None
        A published version; None for the draft.

    Returns
    -------
    tuple
        Condition, and its values by name.
    """
    slots = {"p": ":area", "a": ":area", "v": ":version", "s": ""}
    if version is None:
        condition = "1" if area is None else AREA_FILTERS[table]
    else:
        condition = VERSION_FILTER if area is None else VERSION_AREA_FILTERS[table]
    return condition.format(**slots), {"area": area, "version": version}
