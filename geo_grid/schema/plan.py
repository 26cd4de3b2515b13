"""The tables of a plan."""

from __future__ import annotations

from geo_grid.schema.terms import Column, Table, number, optional, whole

AREAS = Table(
    "areas",
    # border_shift: metres the stored border is from the input's; split and crossings are figures of the report
    (
        Column("code"),
        Column("name"),
        Column("kind"),
        optional("parent_code"),
        whole("households"),
        number("border_shift"),
    ),
    key=("code",),
    geometry="MULTIPOLYGON",
)
UNITS = Table(
    "units",
    (
        Column("id"),
        Column("area_code"),
        Column("grid_code_l1"),
        Column("grid_code_l2"),
        optional("grid_code_l3"),  # rural areas have two levels
        whole("households"),
        Column("stack_id"),  # all units of one building share it; alone for a cell without households
        optional("building"),
        optional("entrance"),
        whole("floor_from", null=True),
        whole("floor_to", null=True),
        optional("group"),  # given villager group, where level 1 is given
        whole("exclave"),  # 1: a piece of the area without households, apart from the rest of its grid
    ),
    key=("id",),
    geometry="POLYGON",
)
GRIDS = Table(
    "grids",
    (
        Column("code"),
        whole("level"),
        optional("parent_code"),
        Column("area_code"),
        Column("name"),
        Column("role"),
        whole("households"),
        whole("low", null=True),  # null: a given villager group has no band
        whole("high", null=True),
        Column("status"),  # in_band | exception | given | open: a draft, out of band, and nobody wrote why
    ),
    key=("code",),
    geometry="MULTIPOLYGON",
)
EXCEPTIONS = Table(
    "exceptions",
    (
        Column("grid_code"),
        whole("level"),
        Column("reason"),
        whole("violation"),
        whole("smallest_violation"),
        Column("proof"),  # JSON
    ),
    key=("grid_code",),
)
ELEMENTS = Table(
    "elements",
    (
        Column("id"),
        Column("class"),
        optional("name"),
        number("measure"),
        Column("measure_unit"),  # m | m2 | count
        number("outside"),  # the part of measure outside all areas
        Column("source"),
        whole("source_row"),
    ),
    key=("id",),
    geometry="GEOMETRY",
)
ELEMENT_SHARES = Table(
    "element_shares",
    (
        Column("element_id"),
        Column("grid_code"),
        whole("level"),
        number("measure"),  # adds up, with elements.outside, to elements.measure
        number("held"),  # measure of geom: what the grid looks after; more than measure along shared borders
    ),
    key=("element_id", "grid_code"),
    geometry="GEOMETRY",
)
HOUSEHOLDS = Table(
    "households",
    (
        Column("id"),
        Column("unit_id"),
        Column("area_code"),
        Column("source"),
        whole("source_row"),
        optional("building"),
        optional("entrance"),
        whole("floor", null=True),
        optional("group"),
        optional("address"),
        whole("residents", null=True),
    ),
    key=("id",),
    geometry="POINT",
    public=False,
)
QUARANTINE = Table(
    "quarantine",
    (Column("source"), whole("row"), Column("reason"), Column("raw")),
    public=False,
)
META = Table("meta", (Column("key"), Column("value")), key=("key",))

TABLES: dict[str, Table] = {
    table.name: table
    for table in (AREAS, UNITS, GRIDS, EXCEPTIONS, ELEMENTS, ELEMENT_SHARES, HOUSEHOLDS, QUARANTINE, META)
}

#: Managed element classes 网格管理事项, in the order they are listed.
ELEMENT_CLASSES: dict[str, str] = {
    "forest": "林",
    "farmland": "田",
    "road": "路",
    "well": "井",
    "mine": "矿产资源",
    "river": "河流",
    "gully": "沟壑",
    "hill": "山",
}

#: Why a grid may be out of its band.
REASONS = (
    "too_few_households",
    "count_gap",
    "disconnected_part",
    "given_group",
    "units_too_coarse",
    "not_proved",
    "decided",  # a planner left it so, and wrote why
)

#: Version of the tables of a plan; a GeoPackage says it, and who does not know it refuses the file.
SCHEMA_VERSION = 1

#: What is written in its place once something is kept beside the plan: a program that does not know of that would lose it.
LEDGER_VERSION = 2
