"""Publishing: what keeps a draft from it, and the one transaction in which it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geo_grid.desk.descent import lineage_across
from geo_grid.desk.results import Problem
from geo_grid.desk.settle import settle
from geo_grid.edit import lineage_of
from geo_grid.errors import GeoGridError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo_grid.desk.desk import Desk

#: Columns of the lineage of one version.
_LINEAGE = ["level", "old_code", "new_code", "households", "kind"]


class NotPublishableError(GeoGridError):
    """Grids are out of band, and nobody wrote why.

    Parameters
    ----------
    problems : sequence of Problem
        All of them.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(
            f"grid {first.fault.grid} of area {first.area} has {first.fault.households} households and is"
            f" {first.fault.kind.replace('_', ' ')}{more}",
            mend="Mend the grid, or write down why it has to be so.",
        )


class NothingChangedError(UsageError):
    """The draft is what was published last."""


class FirstVersionError(UsageError):
    """The first version holds the whole city, and not all of it was asked for."""


class UnknownAreaError(UsageError):
    """No area has such a code."""


class Publisher:
    """Publishes the draft of a desk.

    Parameters
    ----------
    desk : Desk
        The desk.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def changed(self) -> list[str]:
        """Return the areas whose draft is not what was published last.

        Returns
        -------
        list of str
            Their codes; all areas before the first version.
        """
        ledger = self._desk.ledger
        heads, published = ledger.heads(), ledger.published_heads()
        return [
            row["code"]
            for row in ledger.area_figures()
            if row["code"] not in published
            or (row["code"] in heads and heads[row["code"]].number != published[row["code"]])
        ]

    def problems(self, areas: Iterable[str] | None = None) -> list[Problem]:
        """Return what keeps areas from being published.

        Parameters
        ----------
        areas : iterable of str, optional
            Their codes; all whose draft changed by default.

        Returns
        -------
        list of Problem
            Grids out of band without a reason, torn grids, households without a grid.
        """
        wanted = self.changed() if areas is None else self._known(areas)
        # what was never edited is as the build proved it: only its tables are asked
        open_grids = {row["code"]: row["open"] for row in self._desk.ledger.area_figures()}
        edited = self._desk.ledger.heads()
        return [
            Problem(area, fault)
            for area in wanted
            if area in edited or open_grids.get(area)
            for fault in self._desk.faults(area)
            if fault.reason is None
        ]

    def publish(self, areas: Iterable[str] | None = None, *, name: str, author: str, note: str | None = None) -> int:
        """Publish the draft as a new version.

        Parameters
        ----------
        areas : iterable of str, optional
            Areas to take over; the others stay as they were published. All whose draft changed by default.
        name : str
            Name of the version.
        author : str
            Who does it.
        note : str, optional
            What a reader should know.

        Returns
        -------
        int
            Number of the version.

        Raises
        ------
        NotPublishableError
            If a grid is out of band and nobody wrote why.
        UnknownAreaError
            If there is no such area.
        NothingChangedError
            If nothing changed.
        FirstVersionError
            If the first version would not be of the whole city.
        ConflictError
            If somebody changed an area meanwhile.
        """
        desk, ledger = self._desk, self._desk.ledger
        areas = None if areas is None else self._known(areas)
        changed = self.changed()
        wanted = changed if areas is None else [area for area in changed if area in set(areas)]
        if not wanted:
            raise NothingChangedError("nothing changed since the last version")
        if self.wants_whole_city(areas):
            raise FirstVersionError(
                "the first version holds the whole city", mend="Publish without naming areas first."
            )
        heads = ledger.heads()
        expected = {area: heads[area].number if area in heads else 0 for area in wanted}
        problems = self.problems(wanted)
        if problems:
            raise NotPublishableError(problems)
        settled = settle(desk.store, [area for area in wanted if area in heads])
        # a neighbour whose border got vertices is copied again, unless its own draft is not to be seen yet
        unfinished = set(changed) - set(wanted)
        beside = [area for area in settled if area not in expected and area not in unfinished]
        expected |= {area: heads[area].number if area in heads else 0 for area in beside}
        return ledger.publish(
            [*wanted, *beside],
            settled,
            self._lineage(wanted, expected),
            name=desk.checked_name(name),
            note=desk.checked_text(note) or "",
            author=author,
            expected=expected,
        )

    def wants_whole_city(self, areas: Iterable[str] | None) -> bool:
        """Whether areas cannot be published by themselves, for nothing was published yet.

        Parameters
        ----------
        areas : iterable of str or None
            Their codes; None for all.

        Returns
        -------
        bool
            True if the first version is still to come, and these are not the whole city.
        """
        if areas is None or self._desk.ledger.versions():
            return False
        return bool({row["code"] for row in self._desk.ledger.area_figures()} - set(areas))

    def _known(self, areas: Iterable[str]) -> list[str]:
        asked = list(areas)
        there = {row["code"] for row in self._desk.ledger.area_figures()}
        unknown = sorted(set(asked) - there)
        if unknown:
            raise UnknownAreaError(f"no area has the code {unknown[0][:40]}", mend="See the list of areas.")
        return asked

    def _lineage(self, areas: Sequence[str], heads: dict[str, int]) -> pd.DataFrame:
        """Say what became of the grids of the last version."""
        desk, published = self._desk, self._desk.ledger.published_heads()
        parts = []
        unpublished = {row["code"] for row in desk.ledger.area_figures()} - set(published)
        if unpublished and desk.ledger.versions():  # built anew, or rebuilt, since: all of these are published
            across = lineage_across(desk.ledger, published)
            parts += [] if across is None else [across[_LINEAGE]]
        for area in areas:
            if area in published and published[area] != heads[area]:
                room = desk.rooms.room(area)
                was, now = (desk.rooms.state(room, number) for number in (published[area], heads[area]))
                parts.append(lineage_of(room.ground, was, now)[_LINEAGE])
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_LINEAGE)
