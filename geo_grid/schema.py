"""The tables of a plan: one list that the stores, the check, the report and the map all read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "int", "real"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Name, the same in every store.
    type : {"text", "int", "real"}
        Type of the values.
    null : bool
        Whether a value may be missing.
    """

    name: str
    type: ColumnType = "text"
    null: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the store contract.

    Parameters
    ----------
    name : str
        Name of the table.
    columns : tuple of Column
        Columns without the geometry.
    key : tuple of str
        Columns that identify a row; empty where rows have no key.
    geometry : str or None
        Type of the column ``geom`` as the OGC writes it, or None for a table without geometry.
    public : bool
        False for tables no public answer may draw from.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    geometry: str | None = None
    public: bool = True

    @property
    def column_names(self) -> list[str]:
        """Names of all columns, ``geom`` last where there is one."""
        names = [column.name for column in self.columns]
        return [*names, "geom"] if self.geometry else names


def _int(name: str, *, null: bool = False) -> Column:
    return Column(name, "int", null)


def _real(name: str, *, null: bool = False) -> Column:
    return Column(name, "real", null)


def _opt(name: str) -> Column:
    return Column(name, null=True)


AREAS = Table(
    "areas",
    # border_shift: metres the stored border is from the input's; split and crossings are figures of the report
    (Column("code"), Column("name"), Column("kind"), _opt("parent_code"), _int("households"), _real("border_shift")),
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
        _opt("grid_code_l3"),  # rural areas have two levels
        _int("households"),
        Column("stack_id"),  # all units of one building share it; alone for a cell without households
        _opt("building"),
        _opt("entrance"),
        _int("floor_from", null=True),
        _int("floor_to", null=True),
        _opt("group"),  # given villager group, where level 1 is given
        _int("exclave"),  # 1: a piece of the area without households, apart from the rest of its grid
    ),
    key=("id",),
    geometry="POLYGON",
)
GRIDS = Table(
    "grids",
    (
        Column("code"),
        _int("level"),
        _opt("parent_code"),
        Column("area_code"),
        Column("name"),
        Column("role"),
        _int("households"),
        _int("low", null=True),  # null: a given villager group has no band
        _int("high", null=True),
        Column("status"),  # in_band | exception | given | open: a draft, out of band, and nobody wrote why
    ),
    key=("code",),
    geometry="MULTIPOLYGON",
)
EXCEPTIONS = Table(
    "exceptions",
    (
        Column("grid_code"),
        _int("level"),
        Column("reason"),
        _int("violation"),
        _int("smallest_violation"),
        Column("proof"),  # JSON
    ),
    key=("grid_code",),
)
ELEMENTS = Table(
    "elements",
    (
        Column("id"),
        Column("class"),
        _opt("name"),
        _real("measure"),
        Column("measure_unit"),  # m | m2 | count
        _real("outside"),  # the part of measure outside all areas
        Column("source"),
        _int("source_row"),
    ),
    key=("id",),
    geometry="GEOMETRY",
)
ELEMENT_SHARES = Table(
    "element_shares",
    (
        Column("element_id"),
        Column("grid_code"),
        _int("level"),
        _real("measure"),  # adds up, with elements.outside, to elements.measure
        _real("held"),  # measure of geom: what the grid looks after; more than measure along shared borders
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
        _int("source_row"),
        _opt("building"),
        _opt("entrance"),
        _int("floor", null=True),
        _opt("group"),
        _opt("address"),
        _int("residents", null=True),
    ),
    key=("id",),
    geometry="POINT",
    public=False,
)
QUARANTINE = Table(
    "quarantine",
    (Column("source"), _int("row"), Column("reason"), Column("raw")),
    public=False,
)
META = Table("meta", (Column("key"), Column("value")), key=("key",))

TABLES: dict[str, Table] = {
    table.name: table
    for table in (AREAS, UNITS, GRIDS, EXCEPTIONS, ELEMENTS, ELEMENT_SHARES, HOUSEHOLDS, QUARANTINE, META)
}

# What is kept beside the plan: who changed what, what was published, who may sign in. A new build leaves it alone.
REVISIONS = Table(
    "revisions",  # number 0, the area as it was built, is in origins
    (
        Column("area_code"),
        _int("number"),
        _int("parent"),
        _opt("name"),  # of a snapshot
        Column("author"),
        Column("made_at"),
        Column("op"),  # JSON
        Column("state"),
        _int("build"),  # id of the edit that wrote the plan it is a revision of; 0 where there is none
    ),
    key=("area_code", "number"),
    public=False,
)
ORIGINS = Table(
    "origins",  # revision 0 of an area that was edited: the plan's tables do not show it any more
    (Column("area_code"), _int("build"), Column("state")),
    key=("area_code", "build"),
    public=False,
)
HEADS = Table(
    "heads",  # the revision the plan's tables show, and where "redo" leads
    (Column("area_code"), _int("number"), Column("ahead")),
    key=("area_code",),
    public=False,
)
EDITS = Table(
    "edits",
    (
        _int("id"),
        Column("area_code"),  # empty: the whole city
        Column("made_at"),
        Column("author"),
        Column("what"),  # name of the operation, undo, redo, publish, build, comment, …
        Column("request"),  # JSON
        _int("before", null=True),  # numbers of revisions
        _int("after", null=True),
        Column("change"),  # JSON
        _opt("why"),
    ),
    key=("id",),
    public=False,
)
CODE_NUMBERS = Table(
    "code_numbers",  # the highest number ever given under a parent: a retired code is never given again
    (Column("parent_code"), Column("area_code"), _int("highest")),
    key=("parent_code",),
    public=False,
)
VERSIONS = Table(
    "versions",
    (
        _int("number"),
        Column("name"),
        Column("made_at"),
        Column("author"),
        Column("note"),
        Column("content_hash"),
    ),
    key=("number",),
)
EDITIONS = Table(
    "editions",  # one copy of an area's rows; area_code is empty for the rows of the city as a whole
    (
        _int("id"),
        Column("area_code"),
        _int("version"),  # the first version it is part of
        _int("revision"),  # what it is a copy of
        _int("build"),
        Column("content_hash"),
    ),
    key=("id",),
)
VERSION_AREAS = Table(
    "version_areas", (_int("version"), Column("area_code"), _int("edition")), key=("version", "area_code")
)
LINEAGE = Table(
    "lineage",
    (
        _int("version"),
        _int("level"),
        _opt("old_code"),  # null: a new grid
        _opt("new_code"),  # null: a retired grid
        _int("households"),
        Column("kind"),  # kept | split | merged | moved | new | retired
    ),
)
COMMENTS = Table(
    "comments",
    (
        _int("id"),
        Column("area_code"),
        _opt("grid_code"),
        _real("x", null=True),
        _real("y", null=True),
        Column("author"),
        Column("made_at"),
        Column("text"),
        _opt("closed_at"),
        _opt("closed_by"),
    ),
    key=("id",),
    public=False,
)
ACCOUNTS = Table(
    "accounts",
    (
        Column("name"),
        Column("display"),
        Column("role"),  # planner | inspector | administrator
        Column("prefix"),  # of the codes the account is bounded to; empty: the whole city
        _opt("password_hash"),
        _int("active"),
        Column("created_at"),
    ),
    key=("name",),
    public=False,
)
SESSIONS = Table(
    "sessions",
    (
        Column("id_hash"),
        Column("account"),
        Column("csrf"),
        Column("created_at"),
        Column("last_seen"),
        Column("expires_at"),
    ),
    key=("id_hash",),
    public=False,
)
INVITATIONS = Table(
    "invitations",
    (
        Column("token_hash"),
        _opt("name"),
        Column("role"),
        Column("prefix"),
        Column("expires_at"),
        _opt("used_at"),
    ),
    key=("token_hash",),
    public=False,
)


def _published(table: Table) -> Table:
    return Table(f"published_{table.name}", (_int("edition"), *table.columns), ("edition", *table.key), table.geometry)


#: Table of a plan → its rows as they were published; ``households`` and ``quarantine`` never are.
PUBLISHED: dict[str, Table] = {
    table.name: _published(table) for table in (AREAS, UNITS, GRIDS, EXCEPTIONS, ELEMENTS, ELEMENT_SHARES, META)
}

#: Rows of these tables are never changed or removed.
IMMUTABLE = (*(table.name for table in PUBLISHED.values()), "versions", "editions", "version_areas", "lineage")

LEDGER_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        REVISIONS,
        ORIGINS,
        HEADS,
        EDITS,
        CODE_NUMBERS,
        EDITIONS,
        VERSION_AREAS,
        LINEAGE,
        *PUBLISHED.values(),
        VERSIONS,  # last: what belongs to a version in it cannot be added to any more
        COMMENTS,
        ACCOUNTS,
        SESSIONS,
        INVITATIONS,
    )
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

#: Version of this schema; stores write it and refuse a newer one.
SCHEMA_VERSION = 1
