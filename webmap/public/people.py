"""Where the public learns who works in a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable


class People(Protocol):
    """Knows who is in charge of grids."""

    def stamp(self) -> str:
        """Return what tells the roster from its successor.

        Returns
        -------
        str
            Equal while no answer changes.
        """

    def staff(self, codes: Iterable[str], on: dt.date) -> dict[str, list[dict[str, Any]]]:
        """Return who is in charge.

        Parameters
        ----------
        codes : iterable of str
            Codes of grids.
        on : date
            The day.

        Returns
        -------
        dict of str to list of dict
            By grid ``name, role, phone``; the phone is None unless the person agreed that it is published.
        """


class Nobody:
    """A roster that is empty: no staff is known."""

    def stamp(self) -> str:
        """Return what tells the roster from its successor.

        Returns
        -------
        str
            Always the same.
        """
        return ""

    def staff(self, codes: Iterable[str], on: dt.date) -> dict[str, list[dict[str, Any]]]:  # noqa: ARG002
        """Return nobody.

        Parameters
        ----------
        codes : iterable of str
            Codes of grids.
        on : date
            The day.

        Returns
        -------
        dict of str to list of dict
            Nobody for each.
        """
        return {code: [] for code in codes}
