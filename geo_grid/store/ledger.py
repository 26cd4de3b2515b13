"""Everything that is kept beside a plan: revisions, audit, published versions, comments, accounts."""

from __future__ import annotations

from geo_grid.store.delta import Delta
from geo_grid.store.errors import ConflictError
from geo_grid.store.history import History
from geo_grid.store.records import Audit, Head, NewRevision

__all__ = ["Audit", "ConflictError", "Delta", "Head", "Ledger", "NewRevision"]


class Ledger(History):
    """The ledger of a store, from :meth:`geo_grid.store.base.Store.ledger`.

    Threads may share it, and it is cheap to keep open: connections are made when they are needed and kept.

    Parameters
    ----------
    backend : Backend
        The database.
    """
