"""The engine of a build: a graph of tasks by county, run in this process, in several, or on Dask."""

from geo_grid.engine.course import Built, Course
from geo_grid.engine.rooms import FolderRoom, MemoryRoom
from geo_grid.engine.settle import Settled
from geo_grid.engine.tasks import Brief, Site

__all__ = ["Brief", "Built", "Course", "FolderRoom", "MemoryRoom", "Settled", "Site"]
