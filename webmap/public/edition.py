"""One state of the plan, ready to be asked: a published version, or the draft where nothing was published."""

from __future__ import annotations

import datetime as dt
import threading
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from webmap.atlas import Atlas

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.lookup import LookupIndex
    from webmap.atlas import PublicPlan
    from webmap.settings import Datum, Settings


class Edition:
    """A plan with its atlases, its index and the answers it gave.

    Parameters
    ----------
    key : str
        Changes whenever an answer may.
    version : int or None
        Number of the published version; None for a draft.
    made_at : str or None
        When it was published, or built.
    plan : PublicPlan
        Its public tables.
    settings : Settings
        Limits.
    changes : callable
        Returns when each grid was last changed by a publication, by its code.
    """

    def __init__(
        self,
        key: str,
        version: int | None,
        made_at: str | None,
        plan: PublicPlan,
        settings: Settings,
        changes: Callable[[], dict[str, str]] = dict,
    ) -> None:
        self.key, self.version, self.made_at = key, version, made_at
        self.plan, self.settings = plan, settings
        self._changes = changes
        self._lock = threading.RLock()
        self._spelling = threading.Lock()
        self._atlases: dict[str, Atlas] = {}
        #: What others work out once of this edition, by name.
        self.kept: dict[str, Any] = {}
        self._grids: tuple[dict[object, orjson.Fragment], tuple[object, ...]] = ({}, ())
        #: Anything that is worked out once and asked for again: answers, facts of a grid.
        self.answer = lru_cache(maxsize=settings.cached_answers)(self._answer)

    def grid(self, key: object, known: tuple[object, ...], text: Callable[[], bytes]) -> orjson.Fragment:
        """Return what a lookup tells of a grid, worked out once for the staff of the day.

        Parameters
        ----------
        key : hashable
            Which grid, and what of it.
        known : tuple
            What tells the staff of the day from another.
        text : callable
            Returns JSON.

        Returns
        -------
        orjson.Fragment
            The JSON, to be put into an answer as it is.
        """
        texts, of = self._grids
        if of != known or len(texts) >= self.settings.cached_grids:
            texts, of = self._grids = {}, known
        found = texts.get(key)
        if found is None:
            found = texts[key] = orjson.Fragment(text())
        return found

    @cached_property
    def datums(self) -> tuple[Datum, ...]:
        """Datums of the map: WGS84, and that of the base map."""
        base = self.settings.base_map
        return ("WGS84",) if base is None or base.datum == "WGS84" else ("WGS84", base.datum)

    def atlas(self, datum: str) -> Atlas | None:
        """Return the atlas of a datum.

        Parameters
        ----------
        datum : str
            "WGS84", or the datum of the base map.

        Returns
        -------
        Atlas or None
            None where this service has no use for the datum.
        """
        for known in self.datums:
            if known == datum:
                if known not in self._atlases:
                    self._atlases[known] = Atlas(self.plan, self.settings, known)
                return self._atlases[known]
        return None

    @cached_property
    def extent(self) -> tuple[float, float, float, float] | None:
        """West, south, east and north of all areas, in degrees; None where there is none."""
        atlas = self.atlas("WGS84")
        assert atlas is not None  # noqa: S101
        found = atlas.projector.bounds(self.plan.areas["geom"].to_numpy())
        return None if found is None else (found[0], found[1], found[2], found[3])

    @property
    def index(self) -> LookupIndex:
        """What finds grids by place, code and name; made when it is first asked for."""
        with self._lock:
            return self._index

    @cached_property
    def _index(self) -> LookupIndex:
        from geo_grid.lookup import LookupIndex

        return LookupIndex(self.plan.stored, names_from=self.settings.names_from, least_count=self.settings.least_count)

    def warm(self) -> None:
        """Make what a map begins with, and the index, and spell all names, seconds for a city, before somebody asks."""
        for datum in self.datums:
            atlas = self.atlas(datum)
            if atlas is not None:
                atlas.places()
        self.search("0", 1)

    def search(self, query: str, limit: int) -> tuple[list[Any], bool]:
        """Find areas, grids and buildings by name; the first search spells all names, once.

        While somebody else has them spelled, only areas, level-1 grids and codes are found: nobody waits for seconds.

        Parameters
        ----------
        query : str
            Words.
        limit : int
            Hits at most.

        Returns
        -------
        found : list of Found
            Best first.
        complete : bool
            Whether all names were looked at.
        """
        index = self.index
        if not self.spelled:
            if not self._spelling.acquire(blocking=False):
                return index.search_coarse(query, limit), False
            try:
                index.search("0", 1)
                self.spelled = True
            finally:
                self._spelling.release()
        return index.search(query, limit), True

    #: Whether all names can be found.
    spelled = False

    def changed_at(self, code: str) -> str | None:
        """Return when a grid was last changed.

        Parameters
        ----------
        code : str
            Code of a grid.

        Returns
        -------
        str or None
            When the version was published that changed it, else when the plan was built; None in a draft, of which
            nobody can say.
        """
        if self.version is None:
            return None
        return self._changed.get(code) or str(self.plan.meta.get("built_at") or "") or None

    @cached_property
    def _changed(self) -> dict[str, str]:
        return self._changes()

    def _answer(self, datum: str, question: Callable[[Atlas], str]) -> str:
        atlas = self.atlas(datum)
        assert atlas is not None  # noqa: S101 - the route looked
        return question(atlas)


def day_end(day: dt.date, offset_hours: float) -> str:
    """Return the last moment of a day, as the times of versions are written.

    Parameters
    ----------
    day : date
        A day of the office.
    offset_hours : float
        Hours the office's clocks are ahead of UTC.

    Returns
    -------
    str
        UTC, ISO 8601; later than every moment of the day.
    """
    zone = dt.timezone(dt.timedelta(hours=offset_hours))
    end = dt.datetime.combine(day, dt.time(23, 59, 59, 999_999), zone)
    try:
        return end.astimezone(dt.UTC).isoformat()
    except OverflowError:  # the last day of all calendars
        return "9999-12-31T23:59:59.999999+00:00"
