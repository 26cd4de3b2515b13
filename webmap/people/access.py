"""Write down who is given household data."""

from __future__ import annotations

from webmap.accounts.guard import person
from webmap.desk.asking import office


def gives_households(what: str, area: str = "") -> None:
    """Write down that the answer to this request names households; called before they are read.

    Where that cannot be written down, the request fails: nobody reads them without a record.

    Parameters
    ----------
    what : str
        Name of what was asked for; nothing of a household.
    area : str
        Code of the area; empty for the whole city.
    """
    office().ledger.log_access(person().name, what, area)
