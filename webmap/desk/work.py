"""Changes asked for over the web: read, worked out, stored, and told in degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from webmap.desk import answers
from webmap.desk.intake import read_grids
from webmap.desk.looking import Looking
from webmap.desk.ops import SLOW, Move, SplitLine
from webmap.desk.workers import compute
from webmap.refusals import InvalidError

if TYPE_CHECKING:
    import pandas as pd

    from geo_grid.desk import Computed, EditResult
    from geo_grid.edit import AreaState, Fault
    from geo_grid.store.delta import Delta
    from geo_grid.store.records import Head
    from webmap.desk.ops import Reasoned


class Work(Looking):
    """Everything the routes of the desk do."""

    def preview(self, code: str, base: int, op: Reasoned) -> dict[str, Any]:
        """Say what a change would do.

        Parameters
        ----------
        code : str
            Code of the area.
        base : int
            The revision it is based on.
        op : Reasoned
            The change.

        Returns
        -------
        dict
            As :class:`webmap.desk.models.Changed`, with no revision.
        """
        with self.telling(code, base=base):
            done = self._compute(code, base, op)
            return self._changed(
                code, None, done.delta, done.faults, done.change, self.desk.ledger.head(code), base, _state(done.state)
            )

    def edit(self, code: str, base: int, op: Reasoned, author: str) -> dict[str, Any]:
        """Change an area.

        Parameters
        ----------
        code : str
            Code of the area.
        base : int
            The revision the change is based on.
        op : Reasoned
            The change.
        author : str
            Who does it.

        Returns
        -------
        dict
            As :class:`webmap.desk.models.Changed`.
        """
        with self.telling(code, base=base):
            if self.desk.ledger.head(code).number != base:  # before the work; the transaction looks once more
                raise self.conflict(code, base, self.desk.ledger.head(code), None)
            done = self._compute(code, base, op)
            return self.commit(done, author, op.why)

    def commit(self, done: Computed, author: str, why: str | None) -> dict[str, Any]:
        """Store a change that was worked out.

        Parameters
        ----------
        done : Computed
            The change.
        author : str
            Who does it.
        why : str or None
            Their reason.

        Returns
        -------
        dict
            As :class:`webmap.desk.models.Changed`.
        """
        with self.telling(done.area, base=done.expected):
            result = self.desk.commit(done, author=author, why=why)
            return self._changed(
                done.area,
                result.number,
                result.delta,
                result.faults,
                result.change,
                result.head,
                done.expected,
                _state(done.state),
            )

    def take_over(
        self, code: str, base: int, file: tuple[str, str, str, dict[str, Any]], author: str | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Take over the grids of a file, or say what that would do.

        Parameters
        ----------
        code : str
            Code of the area.
        base : int
            The revision the change is based on.
        file : tuple
            Arguments of :func:`webmap.desk.intake.read_grids` from ``kind`` on.
        author : str or None
            Who does it; None for a preview.

        Returns
        -------
        account : dict
            What was understood of the file.
        told : dict
            As :class:`webmap.desk.models.Changed`.
        """
        with self.telling(code, base=base):
            # the file is matched with the draft, so a preview too must be based on it
            head = self.desk.ledger.head(code)
            if head.number != base:
                raise self.conflict(code, base, head, None)
            account, done = self.office.workers.run(read_grids, code, base, *file)
            if author is not None:
                return account, self.commit(done, author, f"import of {file[2]}")
            state = _state(done.state)
            return account, self._changed(code, None, done.delta, done.faults, done.change, head, base, state)

    def _compute(self, code: str, base: int, op: Reasoned) -> Computed:
        raw = self._raw(code, base, op)
        done: Computed = (
            self.office.workers.run(compute, code, base, raw)
            if isinstance(op, SLOW)
            else self.desk.compute(code, base, raw)
        )
        return done

    def keep(self, code: str, base: int, op: Reasoned, author: str, name: str) -> int:
        """Keep a change beside the draft.

        Parameters
        ----------
        code : str
            Code of the area.
        base : int
            The revision the change is based on.
        op : Reasoned
            The change.
        author : str
            Who does it.
        name : str
            Name of the snapshot.

        Returns
        -------
        int
            The new revision.
        """
        with self.telling(code, base=base):
            return self.desk.keep_done(self._compute(code, base, op), author=author, name=name)

    def _raw(self, code: str, base: int, op: Reasoned) -> dict[str, Any]:
        raw = op.model_dump(exclude={"why", "within"})
        if isinstance(op, SplitLine):
            raw["line"] = self.drawing(code).line(op.line)
        if isinstance(op, Move):
            raw["units"] = self._units(code, base, op)
        return raw

    def _units(self, code: str, base: int, op: Move) -> list[str]:
        if (op.units is None) == (op.within is None):
            raise InvalidError("a move names units, or draws a polygon around them: one of the two")
        if op.units is not None:
            if len(op.units) > self.office.settings.units_listed:
                raise InvalidError(f"one change names at most {self.office.settings.units_listed} units")
            return op.units
        assert op.within is not None  # noqa: S101
        area = self.drawing(code).polygon(op.within.coordinates)
        units = self.desk.view(code, base).tables["units"]
        shapely.prepare(area)
        inside = shapely.contains(area, shapely.point_on_surface(units["geom"].to_numpy()))
        found: list[str] = units["id"][inside].tolist()
        if not found:
            raise InvalidError("the polygon is around the middle of no unit")
        return found

    def move(self, code: str, base: int, result: EditResult) -> dict[str, Any]:
        """Tell what an undo, a redo or a jump changed.

        Parameters
        ----------
        code : str
            Code of the area.
        base : int
            The revision before.
        result : EditResult
            What happened.

        Returns
        -------
        dict
            As :class:`webmap.desk.models.Changed`.
        """
        state = self.desk.rooms.state(self.desk.rooms.room(code), result.head.number)
        return self._changed(
            code, result.head.number, result.delta, result.faults, result.change, result.head, base, state
        )

    def _changed(
        self,
        code: str,
        number: int | None,
        delta: Delta,
        faults: tuple[Fault, ...],
        change: dict[str, Any],
        head: Head,
        base: int,
        state: AreaState,
    ) -> dict[str, Any]:
        room = self.desk.rooms.room(code)
        teller = self.teller(code)
        grids: pd.DataFrame | None = delta.upserts.get("grids")
        said = answers.said_differently(self.desk.rooms.state(room, base), state)
        told = teller.grids(grids, state, faults) if grids is not None and len(grids) else []
        more = said - {grid["code"] for grid in told}
        if more:  # a lock or a reason is in no table
            shown = base if number is None else number
            table = room.tables(shown, self.desk.rooms.state(room, shown))["grids"]
            told += teller.grids(answers.of_codes(table, more), state, faults)
        units = delta.upserts.get("units")
        return {
            "revision": number,
            "units": teller.units(units) if units is not None and len(units) else [],
            "removed_units": [key[0] for key in delta.deletes.get("units", ())],
            "grids": told,
            "removed_grids": [key[0] for key in delta.deletes.get("grids", ())],
            "faults": teller.faults(faults),
            "change": change,
            **self.steps(code, head),
        }


def _state(text: str) -> AreaState:
    from geo_grid.edit import AreaState

    return AreaState.from_text(text)
