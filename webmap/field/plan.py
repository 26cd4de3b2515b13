"""The plan in force as field inspection needs it, kept with its edition."""

from __future__ import annotations

import datetime as dt
import threading
from bisect import bisect_left
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.field import PlanPlaces
from geo_grid.lookup.columns import texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.field import FieldPolicy
    from geo_grid.lookup import LookupIndex
    from webmap.library import Library
    from webmap.public.edition import Edition

_LOCK = threading.RLock()
_KEPT = "field"

#: Parts of the plan kept at hand: those of the prefixes that were asked for last.
_PARTS = 64
_GROUNDS = 8192


class FieldPlan:
    """A plan, ready for what comes in from the field.

    Parameters
    ----------
    edition : Edition
        What is shown: the latest version, or the draft while nothing is published.
    policy : FieldPolicy
        What the office decided.
    begun : date
        The day on which patrols began.
    """

    def __init__(self, edition: Edition, policy: FieldPolicy, begun: dt.date) -> None:
        self.edition, self.policy, self.begun = edition, policy, begun
        self.key = edition.key
        self.version = edition.version or 0
        #: The part of the plan below a prefix.
        self.part = lru_cache(maxsize=_PARTS)(self._part)
        #: How many grids and elements there are below a prefix, and what tells them from those before.
        self.ground = lru_cache(maxsize=_GROUNDS)(self._ground)

    @property
    def index(self) -> LookupIndex:
        """What finds grids by place and code."""
        return self.edition.index

    @cached_property
    def places(self) -> PlanPlaces:
        """Answers about places that come in."""
        with _LOCK:
            return self._places

    @cached_property
    def _places(self) -> PlanPlaces:
        return PlanPlaces(self.index, self.policy.patrol.level)

    def today(self, now: dt.datetime) -> dt.date:
        """Return the day of the city.

        Parameters
        ----------
        now : datetime
            A moment, with a zone.

        Returns
        -------
        date
            The day there.
        """
        return (now.astimezone(dt.UTC) + dt.timedelta(hours=self.policy.patrol.utc_offset)).date()

    @cached_property
    def _areas(self) -> tuple[list[str], Any]:
        return texts(self.index.areas, "code").tolist(), self.index.areas

    def areas(self, prefix: str) -> list[dict[str, Any]]:
        """Return the areas of a prefix.

        Parameters
        ----------
        prefix : str
            Beginning of the codes of areas, or of grids in one.

        Returns
        -------
        list of dict
            ``code, name, kind`` by code.
        """
        codes, table = self._areas
        rows = [row for row, code in enumerate(codes) if code.startswith(prefix) or prefix.startswith(code)]
        found = table.iloc[rows]
        columns = (found["code"].tolist(), found["name"].tolist(), found["kind"].tolist())
        return [dict(zip(("code", "name", "kind"), row, strict=True)) for row in zip(*columns, strict=True)]

    def metres_from(self, shares: Any, rows: Any, start: tuple[float, float]) -> NDArray[np.float64]:
        """Return how far shares are from a place.

        Parameters
        ----------
        shares : DataFrame
            Rows of the table ``element_shares``.
        rows : Series of int
            Which of them.
        start : tuple of float
            Metres.

        Returns
        -------
        ndarray of float64
            Metres.
        """
        shapes = shares["geom"].to_numpy()[rows.to_numpy(dtype=np.int64)]
        return np.asarray(shapely.distance(shapes, shapely.Point(start)), dtype=float)

    def name_of(self, code: str) -> str | None:
        """Return what a place is called.

        Parameters
        ----------
        code : str
            Code of a county, township, area or grid.

        Returns
        -------
        str or None
            Its name, if that is known.
        """
        return self._names.get(code)

    @cached_property
    def _names(self) -> dict[str, str]:
        known = self.edition.plan.meta.get("place_names")
        names: dict[str, str] = dict(known) if isinstance(known, dict) else {}
        for table in (self.index.areas, self.index.grids):
            names |= dict(zip(texts(table, "code").tolist(), texts(table, "name").tolist(), strict=True))
        return names

    def element_name(self, id_: str | None) -> str | None:
        """Return what an element is called.

        Parameters
        ----------
        id_ : str or None
            Its id.

        Returns
        -------
        str or None
            Its name, if it has one.
        """
        return None if id_ is None else self._element_names.get(id_)

    def element_class(self, id_: str | None) -> str | None:
        """Return of what class an element is.

        Parameters
        ----------
        id_ : str or None
            Its id.

        Returns
        -------
        str or None
            Its class, if the plan has it.
        """
        return None if id_ is None else self._element_classes.get(id_)

    @cached_property
    def _element_classes(self) -> dict[str, str]:
        table = self.index.elements
        return dict(zip(texts(table, "id").tolist(), texts(table, "class").tolist(), strict=True))

    @cached_property
    def _element_names(self) -> dict[str, str | None]:
        table = self.index.elements
        return dict(zip(texts(table, "id").tolist(), texts(table, "name").tolist(), strict=True))

    def lineage(self, ledger: Any) -> Any:
        """Return which grids came of which, over all versions.

        Parameters
        ----------
        ledger : Ledger
            Knows it.

        Returns
        -------
        DataFrame or None
            The table ``lineage``; None while nothing is published.
        """
        with _LOCK:
            if self._lineage is None and self.version:
                self._lineage = ledger.lineage()
        return self._lineage

    _lineage: Any = None

    def _ground(self, prefix: str) -> dict[str, Any]:
        with _LOCK:
            codes, order = self._ordered
            grid_prints, share_prints, elements = self._prints
        grids, shares = _within(self._grid_codes, prefix), _within(codes, prefix)
        digest = blake2b(f"{self.version} {self.index.crs}".encode(), digest_size=8)
        for each in (*grid_prints[grids], *share_prints[shares]):
            digest.update(each)
        there = elements[order[shares]].tolist()
        return {"grids": grids.stop - grids.start, "elements": len(set(there)), "stamp": digest.hexdigest()}

    @cached_property
    def _prints(self) -> tuple[list[bytes], list[bytes], NDArray[Any]]:
        """What tells each grid and each share, in the order of codes, from what it was before; and elements of shares."""
        grids, shares = self.index.grids, self.index.shares
        words = [texts(grids, name).tolist() for name in ("code", "name", "role")]
        shapes = shapely.to_wkb(grids["geom"].to_numpy()).tolist()
        of_grids = [repr(row).encode() + shape for *row, shape in zip(*words, shapes, strict=True)]
        elements, order = texts(shares, "element_id"), self._ordered[1]
        shapes = shapely.to_wkb(shares["geom"].to_numpy()[order]).tolist()
        ids = elements[order].tolist()
        of_shares = [repr(row).encode() + shape for *row, shape in zip(ids, self._ordered[0], shapes, strict=True)]
        return of_grids, of_shares, elements

    def _part(self, prefix: str) -> Part:
        with _LOCK:
            ordered = self._ordered
        shares = self.index.shares.iloc[ordered[1][_within(ordered[0], prefix)]].reset_index(drop=True)
        grids = self.index.grids.iloc[_within(self._grid_codes, prefix)].reset_index(drop=True)
        return Part(prefix, grids, shares)

    @cached_property
    def _grid_codes(self) -> list[str]:
        codes: list[str] = texts(self.index.grids, "code").tolist()  # the index has them by code
        return codes

    @cached_property
    def _ordered(self) -> tuple[list[str], NDArray[np.int64]]:
        codes = texts(self.index.shares, "grid_code").astype(str)
        order = np.argsort(codes, kind="stable")
        return codes[order].tolist(), order


class Part:
    """The part of a plan below a prefix.

    Parameters
    ----------
    prefix : str
        What its codes begin with.
    grids, shares : DataFrame
        Its rows of the tables ``grids`` and ``element_shares``.
    """

    def __init__(self, prefix: str, grids: Any, shares: Any) -> None:
        self.prefix, self.grids, self.shares = prefix, grids, shares


def _within(codes: list[str], prefix: str) -> slice:
    return slice(bisect_left(codes, prefix), bisect_left(codes, prefix + "\U0010ffff"))


def field_plan(library: Library) -> FieldPlan:
    """Return the plan in force.

    Parameters
    ----------
    library : Library
        The plan of the service.

    Returns
    -------
    FieldPlan
        Made once an edition.
    """
    edition = library.current()
    with _LOCK:
        if _KEPT not in edition.kept:
            edition.kept[_KEPT] = _made(library, edition)
        found: FieldPlan = edition.kept[_KEPT]
    return found


def _made(library: Library, edition: Edition) -> FieldPlan:
    from geo_grid.field import field_policy
    from geo_grid.store import open_store

    with open_store(library.store_url) as store:
        policy = field_policy(store.meta())  # what the office decides counts at once, without a new version
    versions = library.versions
    first = str(versions[0]["made_at"] if versions else edition.made_at or "")
    try:
        moment = dt.datetime.fromisoformat(first)
    except ValueError:
        moment = dt.datetime.now(dt.UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    begun = (moment.astimezone(dt.UTC) + dt.timedelta(hours=policy.patrol.utc_offset)).date()
    return FieldPlan(edition, policy, begun)
