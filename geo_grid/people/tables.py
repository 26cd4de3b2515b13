"""Tables of people; they are kept beside a plan, and none of them is public."""

from __future__ import annotations

from geo_grid.schema import ORGANISATIONS, PEOPLE_TABLES, STAFF

__all__ = ["ORGANISATIONS", "PEOPLE_TABLES", "STAFF"]
