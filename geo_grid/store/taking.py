"""The transaction that takes new household data into a draft: only the rows that differ are written, wholly or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from geo_grid.schema import TABLES
from geo_grid.store.ancestry import write_ancestry
from geo_grid.store.changing import REBUILD, add_revision, apply_delta, current_build, hold, set_head, write_audit
from geo_grid.store.errors import ConflictError
from geo_grid.store.ledger_base import to_head
from geo_grid.store.mended import write_mended
from geo_grid.store.numbers import raise_numbers
from geo_grid.store.records import Audit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future
    from types import TracebackType

    from geo_grid.store.ancestry import Ancestry
    from geo_grid.store.backend import Backend, Transaction
    from geo_grid.store.delta import Delta
    from geo_grid.store.mended import Mended
    from geo_grid.store.records import NewRevision


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


class Staying(NamedTuple):
    """What is known of a draft's households before it is known what becomes of areas.

    Parameters
    ----------
    build : int
        The build that the draft must be of.
    heads : dict of str to int
        Revisions that its areas must be at; all others at 0.
    gone : list of str
        Ids of households that are no more.
    renumbered : list of Renumbered
        Numbers of the input rows of all that stay.
    """

    build: int
    heads: Mapping[str, int]
    gone: list[str]
    renumbered: list[Renumbered]

    @property
    def renumbers(self) -> bool:
        """Whether any input row has another number, or another source."""
        return any(row.shift or row.now != row.source for row in self.renumbered)


class Renewal(NamedTuple):
    """What new household data changes in a draft beside what :class:`Staying` and :class:`~geo_grid.store.mended.Mended` say.

    Parameters
    ----------
    touched : list of str
        Areas in which anything changes but row numbers.
    delta : Delta
        Whole rows that seams and shares change.
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

    touched: Sequence[str]
    delta: Delta
    meta: Mapping[str, str]
    numbers: Mapping[str, Mapping[str, int]]
    ancestry: Ancestry | None
    locks: list[tuple[str, NewRevision, str]]
    audit: Audit


class Taking:
    """One transaction, which may begin with what is known while others still work out the rest.

    Parameters
    ----------
    backend : Backend
        The database.
    staying : Staying
        What is known already.
    crs : str
        Coordinate system of the plan.
    ahead : bool
        Whether the time until :meth:`finish` is to be used, where the database lets others read the former state
        meanwhile.
    """

    def __init__(self, backend: Backend, staying: Staying, crs: str, *, ahead: bool) -> None:
        self._backend, self._staying, self._crs = backend, staying, crs
        self._ahead = ahead and (staying.renumbers or bool(staying.gone))
        self._transaction = ExitStack()
        self._tx: Transaction | None = None
        self._mended: Mended | None = None
        self._beside: ThreadPoolExecutor | None = None
        self._disk = ThreadPoolExecutor(1, "geo-grid disk")
        self._steps: list[Future[None]] = []
        self._failed: BaseException | None = None

    def __enter__(self) -> Self:
        """Begin, if it is to be ahead.

        Raises
        ------
        ConflictError
            If the draft changed meanwhile.
        """
        if self._ahead:
            with self._transaction as begun:
                tx = self._begin(begun)
                self._transaction = begun.pop_all()
            if tx.apart:
                self._beside = ThreadPoolExecutor(1, "geo-grid writing")
                self._step(tx, lambda: self._write_staying(tx))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give up what was not finished."""
        self._wait()
        if self._beside is not None:
            self._beside.shutdown()
        self._disk.shutdown()
        given_up = _GivenUpError()
        self._transaction.__exit__(_GivenUpError, given_up, None)

    def go_on(self, mended: Mended) -> None:
        """Hand over what is known of areas; it is written meanwhile, if it can be.

        Parameters
        ----------
        mended : Mended
            What changes.
        """
        tx, self._mended = self._tx, mended
        if self._beside is not None and tx is not None:
            self._step(tx, lambda: write_mended(tx, mended, self._crs))

    def finish(self, renewal: Renewal) -> int:
        """Write the rest; what is kept beside the plan stays.

        Touched areas are "as built" again; the others keep their revisions.

        Parameters
        ----------
        renewal : Renewal
            What changes.

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
        with self._transaction as begun:
            tx = self._tx or self._begin(begun)
            self._wait()
            if self._failed is not None:
                raise self._failed
            if self._beside is None:
                self._write_staying(tx)
                if self._mended is not None:
                    write_mended(tx, self._mended, self._crs)
            return _write(tx, self._staying.build, renewal)

    def _begin(self, begun: ExitStack) -> Transaction:
        tx = self._tx = begun.enter_context(self._backend.writing(much=True))
        tx.lock("plan")
        tx.lock("heads")
        _refuse_other(tx, self._staying)
        return tx

    def _write_staying(self, tx: Transaction) -> None:
        """Write what is known of households."""
        _remove(tx, self._staying.gone)
        if self._staying.renumbers:
            _renumber(tx, self._staying.renumbered)

    def _step(self, tx: Transaction, work: Callable[[], None]) -> None:
        """Have something written beside, of few statements: between two, another thread may keep this one waiting."""

        def attempt() -> None:
            if self._failed is None:
                try:
                    work()
                    self._disk.submit(tx.to_disk)
                except BaseException as error:  # noqa: BLE001  raised where the transaction ends
                    self._failed = error

        assert self._beside is not None  # noqa: S101
        self._steps.append(self._beside.submit(attempt))

    def _wait(self) -> None:
        for step in self._steps:
            step.result()


class _GivenUpError(Exception):
    """Has a transaction rolled back."""


def _write(tx: Transaction, former: int, renewal: Renewal) -> int:
    apply_delta(tx, renewal.delta)
    tx.many(
        'INSERT INTO meta ("key", "value") VALUES (?, ?) ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value"',
        list(renewal.meta.items()),
    )
    raise_numbers(tx, renewal.numbers)
    build = write_audit(tx, "", renewal.audit)
    _stamp(tx, renewal, former, build)
    write_ancestry(tx, build, renewal.ancestry)
    for area, revision, origin in renewal.locks:
        hold(tx, area)
        tx.rows(
            "INSERT INTO origins (area_code, build, state) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING build",
            (area, build, origin),
        )
        set_head(tx, area, add_revision(tx, area, 0, revision, renewal.audit), ())
    return build


def _refuse_other(tx: Transaction, staying: Staying) -> None:
    heads = {
        area: to_head((number, ahead)) for area, number, ahead in tx.rows("SELECT area_code, number, ahead FROM heads")
    }
    changed = [area for area, head in heads.items() if head.number != staying.heads.get(area, 0)]
    if changed or current_build(tx) != staying.build:
        raise ConflictError("", 0, to_head(None), [])


def _remove(tx: Transaction, gone: Sequence[str]) -> None:
    """Take out households that are no more."""
    tx.rows("CREATE TEMPORARY TABLE gone (id text)")
    tx.fill("gone", ("id",), [(name,) for name in gone])
    tx.rows("DELETE FROM households WHERE id IN (SELECT id FROM gone)")
    tx.rows("DROP TABLE gone")


def _renumber(tx: Transaction, renumbered: Sequence[Renumbered]) -> None:
    """Give the input rows of those that stay their numbers of today."""
    one = len({row.source for row in renumbered}) == 1  # all are of it, and found by their numbers alone
    key = "first integer PRIMARY KEY" if one else "first bigint"
    tx.rows(f"CREATE TEMPORARY TABLE renumbered (source text, {key}, now text, shift bigint)")
    tx.fill("renumbered", Renumbered._fields, renumbered)
    if not one:
        tx.rows("CREATE INDEX renumbered_first ON renumbered (source, first, shift)")
    same = "" if one else "r.source = households.source AND "
    found = f"FROM renumbered r WHERE {same}r.first <= households.source_row"
    last = "ORDER BY r.first DESC LIMIT 1"
    sources = any(row.now != row.source for row in renumbered)
    name = f", source = (SELECT r.now {found} {last})" if sources else ""
    with tx.unplaced(TABLES["households"]):
        tx.rows(f"UPDATE households SET source_row = source_row + (SELECT r.shift {found} {last}){name}")  # noqa: S608
    tx.rows("DROP TABLE renumbered")


def _stamp(tx: Transaction, renewal: Renewal, former: int, build: int) -> None:
    """Have touched areas "as built", and the revisions of all others go on."""
    touched = set(renewal.touched)
    others = [area for (area,) in tx.rows("SELECT area_code FROM heads") if area not in touched]
    tx.many("DELETE FROM heads WHERE area_code = ?", [(area,) for area in renewal.touched])
    for name in ("revisions", "origins"):
        query = f"UPDATE {name} SET build = ? WHERE area_code = ? AND build = ?"  # noqa: S608  names come from here
        tx.many(query, [(build, area, former) for area in others])


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
