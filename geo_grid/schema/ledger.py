"""What is kept beside the plan: who changed what, what was published, who may sign in. A new build leaves it alone."""

from __future__ import annotations

from geo_grid.schema.field import FIELD_TABLES
from geo_grid.schema.people import PEOPLE_TABLES
from geo_grid.schema.plan import AREAS, ELEMENT_SHARES, ELEMENTS, EXCEPTIONS, GRIDS, META, UNITS
from geo_grid.schema.terms import Column, Table, number, optional, whole

REVISIONS = Table(
    "revisions",  # number 0, the area as it was built, is in origins
    (
        Column("area_code"),
        whole("number"),
        whole("parent"),
        optional("name"),  # of a snapshot
        Column("author"),
        Column("made_at"),
        Column("op"),  # JSON
        Column("state"),
        whole("build"),  # id of the edit that wrote the plan it is a revision of; 0 where there is none
    ),
    key=("area_code", "number"),
    public=False,
)
ORIGINS = Table(
    "origins",  # revision 0 of an area that was edited: the plan's tables do not show it any more
    (Column("area_code"), whole("build"), Column("state")),
    key=("area_code", "build"),
    public=False,
)
ANCESTRY = Table(
    "ancestry",  # grids that the latest version before a build had the households of an area in
    (Column("area_code"), whole("build"), whole("version"), Column("state")),
    key=("area_code", "build"),
    public=False,
)
HEADS = Table(
    "heads",  # the revision the plan's tables show, and where "redo" leads
    (Column("area_code"), whole("number"), Column("ahead")),
    key=("area_code",),
    public=False,
)
EDITS = Table(
    "edits",
    (
        whole("id"),
        Column("area_code"),  # empty: the whole city
        Column("made_at"),
        Column("author"),
        Column("what"),  # name of the operation, undo, redo, publish, build, comment, …
        Column("request"),  # JSON
        whole("before", null=True),  # numbers of revisions
        whole("after", null=True),
        Column("change"),  # JSON
        optional("why"),
    ),
    key=("id",),
    public=False,
)
CODE_NUMBERS = Table(
    "code_numbers",  # the highest number ever given under a parent: a retired code is never given again
    (Column("parent_code"), Column("area_code"), whole("highest")),
    key=("parent_code",),
    public=False,
)
VERSIONS = Table(
    "versions",
    (
        whole("number"),
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
        whole("id"),
        Column("area_code"),
        whole("version"),  # the first version it is part of
        whole("revision"),  # what it is a copy of
        whole("build"),
        Column("content_hash"),
    ),
    key=("id",),
)
VERSION_AREAS = Table(
    "version_areas", (whole("version"), Column("area_code"), whole("edition")), key=("version", "area_code")
)
LINEAGE = Table(
    "lineage",
    (
        whole("version"),
        whole("level"),
        optional("old_code"),  # null: a new grid
        optional("new_code"),  # null: a retired grid
        whole("households"),
        Column("kind"),  # kept | split | merged | moved | new | retired
    ),
)
COMMENTS = Table(
    "comments",
    (
        whole("id"),
        Column("area_code"),
        optional("grid_code"),
        number("x", null=True),
        number("y", null=True),
        Column("author"),
        Column("made_at"),
        Column("text"),
        optional("closed_at"),
        optional("closed_by"),
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
        optional("password_hash"),
        whole("active"),
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
        optional("name"),
        Column("role"),
        Column("prefix"),
        Column("expires_at"),
        optional("used_at"),
    ),
    key=("token_hash",),
    public=False,
)
ACCESS_LOG = Table(
    "access_log",  # who of the staff was given household data; nothing of what they read
    (
        whole("id"),
        Column("at"),
        Column("account"),
        Column("what"),  # name of what was asked for
        Column("area"),  # code of the area; empty: the whole city
    ),
    key=("id",),
    public=False,
)


def _published(table: Table) -> Table:
    return Table(f"published_{table.name}", (whole("edition"), *table.columns), ("edition", *table.key), table.geometry)


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
        ANCESTRY,
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
        *PEOPLE_TABLES.values(),
        ACCESS_LOG,
        *FIELD_TABLES.values(),
    )
}

#: Tables that came after the first ledgers were written; those of one that is older are made when it is next written to.
LATER_TABLES = frozenset({ANCESTRY.name, *PEOPLE_TABLES, ACCESS_LOG.name, *FIELD_TABLES})
