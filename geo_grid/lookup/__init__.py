"""From a place, a code or a name to the grids of all levels; knows the public tables of a plan and nothing else."""

from geo_grid.lookup.answers import (
    Answer,
    Building,
    Bulk,
    ElementShare,
    Floors,
    Hit,
    Nearest,
    Neighbour,
    SplitFloor,
)
from geo_grid.lookup.counts import LEAST_COUNT, public_count
from geo_grid.lookup.errors import UnknownCodeError
from geo_grid.lookup.index import LookupIndex
from geo_grid.lookup.search import Found, SearchIndex

__all__ = [
    "LEAST_COUNT",
    "Answer",
    "Building",
    "Bulk",
    "ElementShare",
    "Floors",
    "Found",
    "Hit",
    "LookupIndex",
    "Nearest",
    "Neighbour",
    "SearchIndex",
    "SplitFloor",
    "UnknownCodeError",
    "public_count",
]
