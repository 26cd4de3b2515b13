"""Tables of field inspection; they are defined with the other tables, in :mod:`geo_grid.schema.field`."""

from geo_grid.schema.field import FIELD_TABLES, MATTER_CHANGES, MATTERS, PHOTOS, RECORDS, TRACKS, UPLOADS

__all__ = ["FIELD_TABLES", "MATTERS", "MATTER_CHANGES", "PHOTOS", "RECORDS", "TRACKS", "UPLOADS"]
