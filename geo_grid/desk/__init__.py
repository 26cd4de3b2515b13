"""The desk at which grids are redrawn and published: editing (``geo_grid.edit``) on a store's ledger."""

from geo_grid.desk.desk import Desk
from geo_grid.desk.publish import (
    FirstVersionError,
    NothingChangedError,
    NotPublishableError,
    Publisher,
    UnknownAreaError,
)
from geo_grid.desk.results import Computed, DeskView, EditResult, Problem
from geo_grid.desk.settings import DeskSettings

__all__ = [
    "Computed",
    "Desk",
    "DeskSettings",
    "DeskView",
    "EditResult",
    "FirstVersionError",
    "NotPublishableError",
    "NothingChangedError",
    "Problem",
    "Publisher",
    "UnknownAreaError",
]
