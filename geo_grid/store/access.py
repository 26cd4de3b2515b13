"""Who of the staff was given household data."""

from __future__ import annotations

from typing import Any

from geo_grid.schema import ACCESS_LOG
from geo_grid.store.ledger_base import LedgerBase
from geo_grid.store.records import timestamp
from geo_grid.store.values import insert_query, refuse_unstorable

_ADD = insert_query(ACCESS_LOG, "").replace('"id", ', "").replace("(?, ", "(", 1)


class Access(LedgerBase):
    """The part of the ledger that keeps account of who read what."""

    def log_access(self, account: str, what: str, area: str = "") -> None:
        """Write down that somebody is given household data; before it is given, so that none is without a record.

        Parameters
        ----------
        account : str
            Who.
        what : str
            Name of what was asked for; nothing of a household.
        area : str
            Code of the area; empty for the whole city.
        """
        refuse_unstorable(account=account, what=what, area=area)
        with self._backend.writing() as tx:
            tx.rows(_ADD, (timestamp(), account, what, area))

    def access_log(self, prefix: str = "", since: int = 0, limit: int = 500) -> list[dict[str, Any]]:
        """Return who was given household data, oldest first.

        Parameters
        ----------
        prefix : str
            Only areas whose code begins so; what concerned the whole city is always there.
        since : int
            Only what has a higher id.
        limit : int
            Not more than so many rows.

        Returns
        -------
        list of dict
            Rows of the table ``access_log``.
        """
        conditions, values = ["id > ?"], list[Any]([since])
        if prefix:
            conditions.append("(area = '' OR substr(area, 1, ?) = ?)")
            values += [len(prefix), prefix]
        return self._dicts("access_log", f"WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ?", [*values, limit])
