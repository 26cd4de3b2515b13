"""Limits of what is read, each with its reason; raise one here if honest data meets it."""

from __future__ import annotations

#: Suffixes of files that are opened at all; anything else is refused by name.
SUFFIXES = (".csv", ".tsv", ".xlsx", ".gpkg", ".shp", ".zip", ".geojson", ".json", ".parquet", ".geoparquet")

#: Members of a zipped Shapefile that are unpacked; anything else stays in the archive.
ZIP_SUFFIXES = (".shp", ".shx", ".dbf", ".prj", ".cpg")

#: Bytes a zipped Shapefile, or a workbook, may unpack to: a city of 2 M footprints needs a quarter of it.
MAX_UNPACKED_BYTES = 4 * 1024**3

#: How much larger than its archive a member may be; text deflates 20-fold, a bomb 1,000-fold.
MAX_DEFLATE_RATIO = 250

#: Files an archive may hold.
MAX_ZIP_MEMBERS = 1_000

#: Households one row may stand for: no building in the world holds more.
MAX_HOUSEHOLDS_PER_ROW = 20_000

#: Names of buildings one unmatched name of a ledger is compared with, the likeliest first.
MAX_NAMES_COMPARED = 1_000

#: Comparisons of names in one ledger: some ten seconds; later unmatched rows are quarantined without the nearest names.
MAX_COMPARISONS = 500_000

#: Rows of a worksheet that are searched for its header.
HEADER_ROWS = 20

#: Households this near (m) outside an area's border lie on it: a straight border of 2 km bends by as much in projection.
ON_BORDER = 0.05

#: Borders nearer than this (m) to each other are one border, and overlaps this narrow are none.
BORDER_TOLERANCE = 1e-3

#: Faults of one kind that an error or a note spells out; the rest are counted.
LISTED = 5

#: No coordinate system counts further than this from its origin, in whatever unit: beyond, distances are no numbers.
MAX_COORDINATE = 1e10

#: How far (m) an area may be from the middle of a city: ten times the largest prefecture; beyond, projections fail.
MAX_REACH = 2_000_000.0
