"""Areas as the routes of the desk look at them, and what it means when the desk refuses."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

import shapely

from geo_grid.errors import StoreError, UsageError
from webmap import refusals
from webmap.atlas import UnknownCodeError
from webmap.desk import answers
from webmap.desk.answers import Teller
from webmap.desk.drawing import Drawing
from webmap.refusals import BadRevisionError, BrokenPromiseError, ConflictedError, InvalidError, UnpublishableError
from webmap.settings import Datum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.desk import Desk, DeskView
    from geo_grid.store.records import Head
    from webmap.office import Office

#: Edits that a refused change lists at most.
EDITS_LISTED = 100
FIRST_VERSION = "the first version holds the whole city: only somebody of the whole city can publish it"
ASK_WHOLE_CITY = "Have it published without naming areas."


class Looking:
    """Looks at the areas of a desk.

    Parameters
    ----------
    office : Office
        Desk, workers and limits.
    datum : {"WGS84", "GCJ02"}
        Datum of coordinates, asked and told.
    """

    def __init__(self, office: Office, datum: str) -> None:
        self.office = office
        self.datum: Datum = checked_datum(office, datum)

    @property
    def desk(self) -> Desk:
        """The desk."""
        return self.office.desk

    def area(self, code: str, number: int | None) -> dict[str, Any]:
        """Return an area as one of its revisions has it.

        Parameters
        ----------
        code : str
            Code of the area.
        number : int or None
            The revision; the draft's by default.

        Returns
        -------
        dict
            As :class:`webmap.desk.models.AreaView`.
        """
        with self.telling(code, asked=number):
            view = self.desk.view(code, number)
            comments = self.desk.ledger.comments(code)
        teller, grids, units = self._teller(view), view.tables["grids"], view.tables["units"]
        border = shapely.union_all(grids["geom"].to_numpy()[(grids["level"] == 1).to_numpy()])
        ground = view.ground
        return {
            "area": {
                "code": ground.code,
                "name": ground.name,
                "kind": ground.kind,
                "bounds": teller.projector.bounds([border]),
                "border": teller.shape(border),
            },
            "revision": view.number,
            "head": view.head.number,
            **self.steps(code, view.head),
            "levels": answers.levels(grids),
            "grids": teller.grids(grids, view.state, view.faults),
            "units": {"type": "FeatureCollection", "features": teller.units(units)},
            "faults": teller.faults(view.faults),
            "comments": answers.with_display(answers.comments(comments, teller), self.displays()),
        }

    def _teller(self, view: DeskView) -> Teller:
        return _teller(str(view.ground.crs), self.datum)

    def steps(self, code: str, head: Head) -> dict[str, Any]:
        """Say where undo and redo lead.

        Parameters
        ----------
        code : str
            Code of the area.
        head : Head
            Where its draft is.

        Returns
        -------
        dict
            ``can_undo`` and ``redo``: revisions, what was undone last first, then the newest.
        """
        after = self.desk.children(code, head.number)
        undone = [number for number in head.ahead[:1] if number in after]
        return {"can_undo": head.number > 0, "redo": undone + sorted(set(after) - set(undone), reverse=True)}

    def teller(self, code: str) -> Teller:
        """Return what brings metres of an area into degrees.

        Parameters
        ----------
        code : str
            Code of the area.

        Returns
        -------
        Teller
            For answers.
        """
        return _teller(str(self.desk.rooms.room(code).ground.crs), self.datum)

    def drawing(self, code: str) -> Drawing:
        """Return what reads drawings on an area.

        Parameters
        ----------
        code : str
            Code of the area.

        Returns
        -------
        Drawing
            For requests.
        """
        crs = str(self.desk.rooms.room(code).ground.crs)
        return _drawing(crs, self.datum, self.office.settings.geometry_vertices)

    def comparison(self, code: str, a: int, b: int) -> dict[str, Any]:
        """Say what each grid gained and lost between two revisions.

        Parameters
        ----------
        code : str
            Code of the area.
        a, b : int
            The revisions.

        Returns
        -------
        dict
            ``rows`` and ``moved``, households by level.
        """
        found = self.desk.compare(code, a, b)
        moved = found.get("moved", found.get("households", {}))
        return {"rows": found["rows"], "moved": {str(level): int(count) for level, count in moved.items()}}

    def comment(self, code: str, grid: str | None, at: list[float] | None, author: str, text: str) -> dict[str, Any]:
        """Pin a comment to a grid or a place.

        Parameters
        ----------
        code : str
            Code of the area.
        grid : str or None
            Code of the grid.
        at : list of float or None
            Longitude and latitude.
        author : str
            Whose.
        text : str
            What it says.

        Returns
        -------
        dict
            As :class:`webmap.desk.models.Comment`.
        """
        if grid is not None and grid not in set(self.desk.view(code).tables["grids"]["code"]):
            raise UnknownCodeError(f"area {code} has no grid {grid}", mend="Look at the area again.")
        x, y = self.drawing(code).metres([at])[0].tolist() if at is not None else (None, None)
        ledger = self.desk.ledger
        words = self.desk.checked_text(text)
        if words is None:
            raise InvalidError("a comment says something")
        number = ledger.add_comment(code, words, author, grid=grid, x=x, y=y)
        row = next(row for row in ledger.comments(code) if row["id"] == number)
        return answers.with_display(answers.comments([row], self.teller(code)), self.displays())[0]

    def displays(self) -> dict[str, str]:
        """Return what those who have an account are called.

        Returns
        -------
        dict of str to str
            By the name they sign in with.
        """
        found: dict[str, str] = self.office.register.displays()
        return found

    @contextmanager
    def telling(self, code: str, base: int | None = None, asked: int | None = None) -> Iterator[None]:
        """Turn what the desk refuses into answers.

        Parameters
        ----------
        code : str
            Code of the area.
        base : int, optional
            The revision a change is based on.
        asked : int, optional
            A revision that was asked for.

        Yields
        ------
        None
            To work in.
        """
        from geo_grid.edit import RefusedError
        from geo_grid.store.ledger import ConflictError

        try:
            yield
        except RefusedError as error:
            raise self._broken(code, error) from error
        except ConflictError as error:
            raise self.conflict(code, base, error.head, error.edits) from error
        except StoreError as error:
            raise self._unknown(code, base, asked) or error from error

    def _broken(self, code: str, error: Any) -> BrokenPromiseError:
        at = None
        if error.at is not None:
            crs = str(self.desk.rooms.room(code).ground.crs)
            (at,) = _teller(crs, self.datum).places([error.at])
        return BrokenPromiseError(error.message, mend=error.mend, reason=error.reason, grids=list(error.grids), at=at)

    def _unknown(self, code: str, base: int | None, asked: int | None) -> Exception | None:
        """Say what is unknown, where that is why the store could not do it."""
        if not any(row["code"] == code for row in self.desk.ledger.area_figures(code)):
            return UnknownCodeError(f"no area has the code {code}", mend="See the list of areas.")
        known = {0, *(row["number"] for row in self.desk.ledger.revisions(code))}
        if base is not None and base not in known:
            return BadRevisionError(f"area {code} has no revision {base}", mend="Look at the area again.")
        if asked is not None and asked not in known:
            return UnknownCodeError(f"area {code} has no revision {asked}", mend="See its history.")
        return None

    def conflict(self, code: str, base: int | None, head: Head, edits: list[dict[str, Any]] | None) -> Exception:
        """Say what somebody else did meanwhile.

        Parameters
        ----------
        code : str
            Code of the area.
        base : int or None
            The revision the refused change is based on.
        head : Head
            Where the draft is.
        edits : list of dict or None
            What was done since; looked up if None.

        Returns
        -------
        Exception
            To be raised: a conflict, or that there is no such revision.
        """
        unknown = self._unknown(code, base, None)
        if unknown is not None:
            return unknown
        if edits is None:
            edits = [row for row in self.desk.ledger.edits(area=code, newest=True) if (row["after"] or 0) > (base or 0)]
        return ConflictedError(
            "somebody else changed the area meanwhile",
            mend="Look at what changed; then make the change again, or keep it beside the draft.",
            revision=head.number,
            edits=answers.with_display([answers.edit(row) for row in edits[-EDITS_LISTED:]], self.displays()),
            delta=self._between(code, base),
        )

    def _between(self, code: str, base: int | None) -> dict[str, Any] | None:
        """Say what differs between a revision and the draft; None where the ground itself is another one."""
        try:
            old, new = self.desk.view(code, base), self.desk.view(code)
        except StoreError:
            return None
        units, removed_units = answers.differences(old.tables["units"], new.tables["units"], "id")
        grids, removed_grids = answers.differences(old.tables["grids"], new.tables["grids"], "code")
        said = answers.said_differently(old.state, new.state) | set(grids["code"])
        teller = self._teller(new)
        return {
            "revision": new.number,
            "units": teller.units(units),
            "removed_units": removed_units,
            "grids": teller.grids(answers.of_codes(new.tables["grids"], said), new.state, new.faults),
            "removed_grids": removed_grids,
            "faults": teller.faults(new.faults),
            "change": {},
            **self.steps(code, new.head),
        }

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Turn what keeps areas from being published into an answer.

        Yields
        ------
        None
            To publish in.
        """
        from geo_grid.desk import FirstVersionError, NothingChangedError, NotPublishableError, UnknownAreaError
        from geo_grid.store.ledger import ConflictError

        try:
            yield
        except FirstVersionError as error:
            raise refusals.FirstVersionError(FIRST_VERSION, mend=ASK_WHOLE_CITY) from error
        except NothingChangedError as error:
            raise refusals.NothingChangedError(error.message) from error
        except UnknownAreaError as error:
            raise UnknownCodeError(error.message, mend=error.mend) from error
        except NotPublishableError as error:
            told = self.problems(list(error.problems))
            raise UnpublishableError(error.message, mend=error.mend, problems=told) from error
        except ConflictError as error:
            raise ConflictedError(
                error.message,
                mend=error.mend,
                revision=error.head.number,
                edits=answers.with_display([answers.edit(row) for row in error.edits[-EDITS_LISTED:]], self.displays()),
                delta=None,
            ) from error

    def problems(self, found: list[Any]) -> list[dict[str, Any]]:
        """Tell what keeps areas from being published.

        Parameters
        ----------
        found : list of Problem
            From the desk.

        Returns
        -------
        list of dict
            One a problem.
        """
        crs = str(self.desk.store.meta()["crs"])
        told = _teller(crs, self.datum).faults([problem.fault for problem in found])
        return [{"area": problem.area, **fault} for problem, fault in zip(found, told, strict=True)]


def checked_datum(office: Office, datum: str) -> Datum:
    """Return a datum if this service has a use for it.

    Parameters
    ----------
    office : Office
        Tells the base map.
    datum : str
        What was asked for.

    Returns
    -------
    {"WGS84", "GCJ02"}
        The same.

    Raises
    ------
    UsageError
        If there is no base map in it.
    """
    base = office.settings.base_map
    for known in get_args(Datum):
        if datum == known and (datum == "WGS84" or (base is not None and base.datum == datum)):
            found: Datum = known
            return found
    raise UsageError(f"this service has no answers in datum {datum!r}", mend="Use WGS84.")


@lru_cache(maxsize=8)
def _teller(crs: str, datum: Datum) -> Teller:
    return Teller(crs, datum)


@lru_cache(maxsize=8)
def _drawing(crs: str, datum: Datum, vertices: int) -> Drawing:
    return Drawing(crs, datum, vertices)
