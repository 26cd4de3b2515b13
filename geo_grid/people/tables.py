"""Tables of people, in the same terms as the tables of a plan."""

from __future__ import annotations

from geo_grid.schema import Column, Table

STAFF = Table(
    "staff",
    (
        Column("id", "int"),
        Column("grid_code"),
        Column("level", "int"),
        Column("role"),  # as the policy names it for this level: 网格员, 网格助理员, 网格联络员
        Column("name"),
        Column("phone", null=True),
        Column("phone_public", "int"),  # 1: the person agreed that the phone is published
        Column("term_from", null=True),  # ISO dates, both days included; null: open
        Column("term_to", null=True),
        Column("source"),
        Column("source_row", "int"),
    ),
    key=("id",),
    public=False,
)

ORGANISATIONS = Table(
    "organisations",
    (
        Column("id", "int"),
        Column("kind"),  # 社区党委, 小区党支部, 楼栋党小组, or what the office calls it
        Column("name"),
        Column("area_code"),
        Column("grid_code", null=True),  # where it belongs to a grid
        Column("stack_id", null=True),  # where it belongs to a building
        Column("building", null=True),
        Column("contact", null=True),
        Column("phone", null=True),
        Column("phone_public", "int"),
        Column("source"),
        Column("source_row", "int"),
    ),
    key=("id",),
    public=False,
)

#: Tables kept beside a plan; none of them is public.
PEOPLE_TABLES: dict[str, Table] = {table.name: table for table in (STAFF, ORGANISATIONS)}
