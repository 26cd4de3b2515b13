"""Who works in the grids, and what stands beside them."""

from __future__ import annotations

from geo_grid.schema.terms import Column, Table, optional, whole

STAFF = Table(
    "staff",
    (
        whole("id"),
        Column("grid_code"),
        whole("level"),
        Column("role"),  # as the policy names it for this level: 网格员, 网格助理员, 网格联络员
        Column("name"),
        optional("phone"),
        whole("phone_public"),  # 1: the person agreed that the phone is published
        optional("term_from"),  # ISO dates, both days included; null: open. One that ends before it begins never came
        optional("term_to"),
        Column("source"),
        whole("source_row"),
    ),
    key=("id",),
    public=False,
)
ORGANISATIONS = Table(
    "organisations",
    (
        whole("id"),
        Column("kind"),  # 社区党委, 小区党支部, 楼栋党小组, or what the office calls it
        Column("name"),
        Column("area_code"),
        optional("grid_code"),  # where it belongs to a grid
        optional("stack_id"),  # where it belongs to a building
        optional("building"),
        optional("contact"),
        optional("phone"),
        whole("phone_public"),
        Column("source"),
        whole("source_row"),
    ),
    key=("id",),
    public=False,
)

#: Tables of people; none of them is public.
PEOPLE_TABLES: dict[str, Table] = {table.name: table for table in (STAFF, ORGANISATIONS)}
