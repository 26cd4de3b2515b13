"""Questions, bodies and answers of the routes of people."""

import datetime as dt
from typing import Literal

from flask_openapi3 import FileStorage
from pydantic import BaseModel, ConfigDict, Field

from webmap.description import Asked, Told, Words

_MOST = 2**53
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_PREFIX = Field(None, max_length=64, description="Only codes that begin so; one's own by default")
_ON = Field(None, description="The day that counts; today by default")


class PeopleQuery(Words):
    """Which people."""

    prefix: str | None = _PREFIX
    on: dt.date | None = _ON


class StaffQuery(PeopleQuery):
    """Which people, and which part of the list."""

    code: str | None = Field(None, max_length=64, description="Of this grid only")
    history: bool = Field(False, description="All terms, also those that are over or to come")
    offset: int = Field(0, ge=0, le=_MOST)
    limit: int = Field(500, ge=1, le=2_000)


class PageQuery(PeopleQuery):
    """Which grids, and which part of the list."""

    offset: int = Field(0, ge=0, le=_MOST)
    limit: int = Field(500, ge=1, le=2_000)


class OrganisationsQuery(Words):
    """Which organisations."""

    prefix: str | None = _PREFIX
    code: str | None = Field(None, max_length=64, description="Those that concern this grid or area")


class ListQuery(Words):
    """How a list is taken."""

    kind: Literal["staff", "organisations"]
    preview: bool = Field(False, description="Say what would change, and change nothing")
    prefix: str | None = Field(
        None, max_length=64, description="The list is all there is below this; if not given, all in the areas it names"
    )
    on: dt.date | None = Field(None, description="The day from which it counts; today by default")
    skip_refused: bool = Field(False, description="Take the other rows where some are refused; nobody's term ends then")
    sheet: str | None = Field(None, max_length=100, description="Worksheet")


class ListForm(BaseModel):
    """A file."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: FileStorage


class StaffPath(Words):
    """A grid."""

    code: str = Field(min_length=1, max_length=64, description="Code of the grid")


class MemberPath(StaffPath):
    """Somebody at a grid."""

    id: int = Field(ge=0, le=_MOST)


class MemberChange(Asked):
    """What changes of somebody; what is not there stays, and null takes it away."""

    phone: str | None = Field(None, max_length=40)
    phone_public: bool = Field(False, description="The person agreed that the phone is published")
    term_from: str | None = Field(None, pattern=_DAY)
    term_to: str | None = Field(None, pattern=_DAY, description="To end a term, its last day")


class NewMember(MemberChange):
    """Somebody who works in a grid."""

    name: str = Field(min_length=1, max_length=80)


class Member(Told):
    """Somebody who works in a grid."""

    id: int
    grid_code: str
    level: int
    role: str
    name: str
    phone: str | None
    phone_public: bool
    term_from: str | None
    term_to: str | None
    source: str
    source_row: int


class Members(Told):
    """Who works in the grids."""

    on: str | None
    total: int
    staff: list[Member]


class Vacancy(Told):
    """A grid nobody is in charge of."""

    code: str
    level: int
    name: str
    area_code: str
    role: str
    next_from: str | None = Field(description="The day somebody begins")


class Gone(Told):
    """Somebody in charge of a grid that is not there any more."""

    id: int
    grid_code: str
    level: int
    role: str
    name: str


class Vacancies(Told):
    """Grids nobody is in charge of, and people whose grid is gone."""

    on: str
    total: int
    vacancies: list[Vacancy]
    gone: list[Gone]


class Double(Told):
    """A grid with several people, or somebody with several grids."""

    kind: Literal["grid", "person"]
    level: int
    role: str
    codes: list[str]
    names: list[str]
    ids: list[int]


class Doubles(Told):
    """Grids with several people, and people with several grids."""

    on: str
    doubles: list[Double]


class Organisation(Told):
    """An organisation beside the grids."""

    id: int
    kind: str
    name: str
    area_code: str
    grid_code: str | None
    stack_id: str | None
    building: str | None
    contact: str | None
    phone: str | None
    phone_public: bool
    source: str
    source_row: int


class Organisations(Told):
    """Organisations beside the grids."""

    organisations: list[Organisation]


class RefusedRow(Told):
    """A row of a list that cannot be taken."""

    row: int
    reason: str


class TakenList(Told):
    """Account of a list: taken and refused rows add up to those read."""

    stored: bool
    read: int
    taken: int = Field(description="Rows that can be taken")
    refused: list[RefusedRow]
    refused_total: int
    notes: list[str] = Field(description="What the reader decided")
    added: int | None = Field(description="None of these four where rows are refused and the rest is not wanted")
    changed: int | None
    ended: int | None
    kept: int | None


class AreaQuery(Words):
    """Elements of which area."""

    area: str = Field(min_length=1, max_length=64)
    on: dt.date | None = _ON


class Duty(Told):
    """Who answers for an element."""

    id: str
    class_: str = Field(alias="class")
    element: str | None = Field(description="Its name")
    grid_code: str | None
    level: int | None
    staff_id: int | None
    name: str | None
    reason: Literal["largest_share", "finer_grid", "next_share", "vacant", "outside"]


class Duties(Told):
    """Who answers for elements."""

    on: str
    elements: list[Duty]


class LogQuery(Words):
    """Which part of the log."""

    since: int = Field(0, ge=0, le=_MOST)
    limit: int = Field(500, ge=1, le=2_000)


class Seen(Told):
    """Somebody was given household data."""

    id: int
    at: str
    account: str
    what: str
    area: str = Field(description="Empty for the whole city")


class Log(Told):
    """Who was given household data."""

    accesses: list[Seen]
