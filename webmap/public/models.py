"""What public routes read and answer, for their description."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict

from webmap.description import Told, Words
from webmap.public.asking import AS_OF

#: A count of households; "<10" below 10.
Count = int | str
Datum = Literal["WGS84", "GCJ02", "BD09", "CGCS2000"]


class DatedQuery(Words):
    """Datum and day."""

    datum: Datum = Field("WGS84", description="Datum of coordinates, asked and told")
    as_of: str | None = AS_OF


class LookupQuery(DatedQuery):
    """A place."""

    lon: float = Field(ge=-180, le=180, description="Longitude, degrees")
    lat: float = Field(ge=-90, le=90, description="Latitude, degrees")
    floor: int | None = Field(None, ge=-20, le=300, description="Answer to the floor question")
    entrance: str | None = Field(None, max_length=40, description="Entrance, where floors are told by entrance")


class ListQuery(DatedQuery):
    """A page of a list."""

    offset: int = Field(0, ge=0, le=999_999_999, description="How many rows to skip")
    limit: int | None = Field(None, ge=1, le=1_000_000, description="Rows at most; never more than the service's limit")


class ShapesQuery(ListQuery):
    """A page of a list, with geometry if wanted."""

    format: Literal["json", "geojson"] = Field("json", description="geojson: a FeatureCollection")


class CrosswalkQuery(Words):
    """Two versions."""

    from_: int = Field(alias="from", ge=1, le=999_999_999, description="Version the codes are of")
    to: int | None = Field(None, ge=1, le=999_999_999, description="Version they are wanted for; the latest if not")
    code: str | None = Field(None, max_length=64, description="Only rows with this code on either side")
    offset: int = Field(0, ge=0, le=999_999_999, description="How many rows to skip")
    limit: int | None = Field(None, ge=1, le=1_000_000, description="Rows at most")


class CodePath(Words):
    """An area or a grid."""

    code: str = Field(min_length=1, max_length=64, description="Code of an area or a grid")


#: A number, and no text or truth value that could be read as one.
Degrees = Annotated[float, Strict()]


class BulkBody(BaseModel):
    """Many places."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    points: list[tuple[Degrees, Degrees]] = Field(description="Longitude and latitude of each place")
    datum: Datum = "WGS84"
    as_of: str | None = AS_OF


class Place(Told):
    """An area."""

    code: str
    name: str | None


class Member(Told):
    """Somebody in charge of a grid."""

    name: str | None
    role: str | None
    phone: str | None = Field(description="Only if the person agreed")


class SharedFloor(Told):
    """A floor that several grids share."""

    floor: int
    doors: Literal["first", "middle", "last"] | None = Field(
        description="Which doors are this grid's, in the order of their addresses; null: here and there"
    )


class Part(Told):
    """Floors of a building."""

    floors: list[int] | None
    entrance: str | None
    shared: list[SharedFloor] = Field(description="Floors of these on which another grid has doors too")


class Building(Told):
    """A building of a grid; one with few households is not named, and not told."""

    name: str | None
    whole: bool
    parts: list[Part] = Field(description="What of it is the grid's, where that is not all of it")


class Grid(Told):
    """A grid of one level."""

    level: int
    code: str
    name: str | None
    role: str | None
    households: Count = Field(description='"<10" below 10')
    floors: list[int] | None = Field(description="Its floors of the building one asked about, lowest and highest")
    buildings: list[Building] | None = Field(description="null unless it holds only a part of one of them")
    staff: list[Member]
    changed_at: str | None


class Side(Told):
    """One side of a border."""

    area: Place
    grids: list[Grid]


class Range(Part):
    """Floors of a building that are one grid's."""

    grid: str


class Question(Told):
    """The floor decides."""

    building: str | None
    ranges: list[Range]


class Managed(BaseModel):
    """Something that is looked after."""

    model_config = ConfigDict(extra="allow")

    name: str | None
    grid: str


class Lookup(Told):
    """The grids of a place."""

    version: int | None = Field(description="null: nothing was published, this is the draft")
    made_at: str | None
    area: Place
    grids: list[Grid] = Field(description="Level 1 first; as far as the place alone says")
    elements: list[Managed]
    border: bool
    ask_floor: Question | None = Field(description="Ask again with floor=")
    sides: list[Side] | None = Field(None, description="All that the place may belong to, where that is several")


class Successor(Told):
    """A grid that goes on with one that is no more."""

    code: str
    name: str | None
    level: int
    area: str | None = Field(description="Name of its area")


class Retired(Told):
    """What became of a grid that is no more; a member ``retired`` of the answer 404 to its code."""

    code: str
    version: int = Field(description="The last version it stood in")
    made_at: str
    ended_at: str | None = Field(description="When the version after that was published")
    as_of: str | None = Field(description="A day on which that version is answered; null where none is")
    area: dict[str, str | None] | None = Field(description="Code and name of the area it was in, while there is one")
    successors: list[Successor] = Field(description="Who got its households, most first")


class Codes(Told):
    """The grids of many places."""

    version: int | None
    made_at: str | None
    codes: list[list[str | None] | None] = Field(
        description="Level 1 first; null outside. In a building of several grids a level on which the floor decides is "
        "null: ask for that place with /lookup. On a border the side with the lowest code is told"
    )


class Row(BaseModel):
    """An area or a grid."""

    model_config = ConfigDict(extra="allow")

    level: int
    code: str
    name: str | None
    households: Count


class Page(BaseModel):
    """A list, or a page of it."""

    model_config = ConfigDict(extra="allow")

    version: int | None
    made_at: str | None
    total: int
    offset: int
    items: list[dict[str, Any]]


class Staff(Told):
    """Who is in charge of a grid, of those above it and those inside."""

    version: int | None
    made_at: str | None
    code: str
    staff: list[Member]
    above: list[dict[str, Any]]


class Walk(Told):
    """What became of codes."""

    from_: int = Field(alias="from")
    to: int
    total: int
    offset: int
    items: list[dict[str, Any]]
