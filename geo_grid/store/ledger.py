"""Everything that is kept beside a plan: revisions, audit, published versions, comments, people, accounts, field work."""

from __future__ import annotations

from geo_grid.store.access import Access
from geo_grid.store.delta import Delta
from geo_grid.store.errors import ConflictError, NotTakenError
from geo_grid.store.fieldwork import FieldWork
from geo_grid.store.figures import Figures
from geo_grid.store.history import History
from geo_grid.store.people import People
from geo_grid.store.publishing import Publishing
from geo_grid.store.records import Audit, Head, NewRevision
from geo_grid.store.remarks import Remarks
from geo_grid.store.staffing import Replaced, Staffing

__all__ = ["Audit", "ConflictError", "Delta", "Head", "Ledger", "NewRevision", "NotTakenError", "Replaced"]


class Ledger(History, Publishing, Figures, Remarks, People, Staffing, Access, FieldWork):
    """The ledger of a store, from :meth:`geo_grid.store.base.Store.ledger`.

    Threads may share it, and it is cheap to keep open: connections are made when they are needed and kept.

    Parameters
    ----------
    backend : Backend
        The database.
    """
