"""What makes a GeoPackage plan pleasant in QGIS: a view a level and a kind of element, and their styles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_grid.schema import ELEMENTS, GRIDS
from geo_grid.store.styles import STYLES

if TYPE_CHECKING:
    import sqlite3

    from geo_grid.schema import Table

#: View → table, condition, geometry type. QGIS styles one kind of geometry a layer, so elements are three views.
VIEWS: dict[str, tuple[Table, str, str]] = {
    "grids_l1": (GRIDS, '"level" = 1', "MULTIPOLYGON"),
    "grids_l2": (GRIDS, '"level" = 2', "MULTIPOLYGON"),
    "grids_l3": (GRIDS, '"level" = 3', "MULTIPOLYGON"),
    "elements_areas": (ELEMENTS, "\"measure_unit\" = 'm2'", "MULTIPOLYGON"),
    "elements_lines": (ELEMENTS, "\"measure_unit\" = 'm'", "MULTILINESTRING"),
    "elements_points": (ELEMENTS, "\"measure_unit\" = 'count'", "GEOMETRY"),
}

_LAYER_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    f_table_catalog TEXT(256),
    f_table_schema TEXT(256),
    f_table_name TEXT(256),
    f_geometry_column TEXT(256),
    styleName TEXT(30),
    styleQML TEXT,
    styleSLD TEXT,
    useAsDefault BOOLEAN,
    description TEXT,
    owner TEXT(30),
    ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""


def add_views(db: sqlite3.Connection) -> None:
    """Add the views and register them as layers.

    Parameters
    ----------
    db : Connection
        An open GeoPackage that holds the tables of a plan.
    """
    for name, (table, condition, kind) in VIEWS.items():
        columns = ", ".join(f'"{column}"' for column in table.column_names)
        # OGR takes the first column for the row number if it is called so
        db.execute(f'CREATE VIEW "{name}" AS SELECT fid AS OGC_FID, {columns} FROM "{table.name}" WHERE {condition}')  # noqa: S608
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id)"
            " SELECT ?, 'features', ?, min_x, min_y, max_x, max_y, srs_id FROM gpkg_contents WHERE table_name = ?",
            (name, name, table.name),
        )
        db.execute(
            "INSERT INTO gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m)"
            " SELECT ?, 'geom', ?, srs_id, 0, 0 FROM gpkg_geometry_columns WHERE table_name = ?",
            (name, kind, table.name),
        )


def add_styles(db: sqlite3.Connection) -> None:
    """Add the table QGIS looks for styles in.

    Parameters
    ----------
    db : Connection
        An open GeoPackage.
    """
    db.execute(_LAYER_STYLES)
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', 'layer_styles')"
    )
    db.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,"
        " styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, 'geo-grid')",
        [(layer, layer, make(), f"geo-grid: {layer}") for layer, make in STYLES.items()],
    )
