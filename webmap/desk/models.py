"""Answers of the desk, and small bodies."""

from typing import Any, Literal

from pydantic import Field

from webmap.description import Asked, DatumQuery, FeatureCollection, Told, Words
from webmap.desk.ops import Code, Place

Number = int
_MOST = 2**31 - 1


class IfMatch(Words):
    """What a change is based on."""

    if_match: str | None = Field(None, alias="If-Match", max_length=40, description='The revision, as "7"')


class AreaQuery(DatumQuery):
    """Which revision of an area."""

    revision: int | None = Field(None, ge=0, le=_MOST, description="The draft's by default")


class CompareQuery(Words):
    """Two revisions."""

    a: str = Field(max_length=20, pattern=r"^([0-9]{1,9}|built|draft|published)$")
    b: str = Field(max_length=20, pattern=r"^([0-9]{1,9}|built|draft|published)$")


class SinceQuery(Words):
    """From where on."""

    since: int | None = Field(None, ge=0, le=2**53, description="The last id known; without it only `last` is told")


class AuditQuery(Words):
    """Which part of the record."""

    area: str | None = Field(None, max_length=64)
    since: int = Field(0, ge=0, le=2**53)
    limit: int = Field(500, ge=1, le=2_000)


class AreasQuery(Words):
    """Which areas."""

    areas: str | None = Field(None, max_length=25_000, description="Codes with commas between; all by default")


class CommentPath(Words):
    """A comment of an area."""

    code: str = Field(min_length=1, max_length=64)
    id: int = Field(ge=0, le=2**53)


_DISPLAY = Field(description="What the author is called; the author's name where there is no such account")


class Redo(Asked):
    """Where to go forward."""

    to: int | None = Field(None, ge=1, le=_MOST)


class Nothing(Asked):
    """An empty object."""


class Go(Asked):
    """Where to go."""

    revision: int = Field(ge=0, le=_MOST)


class Snapshot(Asked):
    """A name for a revision; what was built has one already."""

    revision: int = Field(ge=1, le=_MOST)
    name: str = Field(min_length=1, max_length=80)


class NewComment(Asked):
    """A comment to be pinned to a grid or a place."""

    grid: Code | None = None
    at: Place | None = None
    text: str = Field(min_length=1, max_length=2_000)


class NewVersion(Asked):
    """A version to be published."""

    name: str = Field(min_length=1, max_length=80)
    note: str | None = Field(None, max_length=2_000)
    areas: list[Code] | None = Field(None, max_length=10_000, description="null: all that changed")


class Area(Told):
    """An area in a list."""

    code: str
    name: str
    kind: str
    households: int
    faults: int = Field(description="Grids out of band without a reason")
    revision: int
    published_revision: int | None


class Areas(Told):
    """Areas one may see."""

    areas: list[Area]


class AreaHead(Told):
    """An area."""

    code: str
    name: str
    kind: str
    bounds: list[float] | None
    border: dict[str, Any]


class Level(Told):
    """A level of grids of an area."""

    level: int
    role: str | None
    low: int | None
    high: int | None
    given: bool


class Grid(Told):
    """A grid."""

    code: str
    level: int
    parent: str | None
    name: str
    households: int
    low: int | None
    high: int | None
    state: Literal["in_band", "below", "above", "given"]
    locked: bool
    reason: str | None
    pieces: int
    label: list[float] | None
    bounds: list[float] | None
    geometry: dict[str, Any] | None


class Fault(Told):
    """Something that keeps an area from being published, unless somebody wrote why."""

    kind: str
    level: int
    grid: str | None
    households: int | None
    low: int | None
    high: int | None
    at: list[float] | None
    reason: str | None


class Comment(Told):
    """A comment."""

    id: int
    grid: str | None
    at: list[float] | None
    author: str
    display: str = _DISPLAY
    made_at: str
    text: str
    closed_at: str | None
    closed_by: str | None


class Comments(Told):
    """Comments of an area."""

    comments: list[Comment]


class AreaView(Told):
    """An area as one of its revisions has it."""

    area: AreaHead
    revision: int
    head: int
    can_undo: bool
    redo: list[int]
    levels: list[Level]
    grids: list[Grid]
    units: FeatureCollection
    faults: list[Fault]
    comments: list[Comment]


class Changed(Told):
    """What a change changed."""

    revision: int | None = Field(description="null: a preview")
    units: list[dict[str, Any]] = Field(description="Features that are new or different")
    removed_units: list[str]
    grids: list[Grid]
    removed_grids: list[str]
    faults: list[Fault]
    change: dict[str, Any]
    can_undo: bool
    redo: list[int]


class Imported(Changed):
    """What an import changed, or would change."""

    area: str
    level: int
    read: int
    placed: int = Field(description="Rows of the file that gave households a grid")
    errors: list[dict[str, Any]] = Field(description="The other rows, each with its reason")
    errors_total: int
    decided: int = Field(description="Households whose grid the file says")
    filled: list[dict[str, Any]] = Field(description="The other households, each with the grid it inherits, and why")
    filled_total: int
    remarks: list[str]


class Revision(Told):
    """A revision."""

    number: int
    parent: int | None
    name: str | None
    author: str
    display: str = _DISPLAY
    made_at: str
    op: str


class History(Told):
    """Revisions of an area."""

    head: int
    revisions: list[Revision]


class Made(Told):
    """The number of what was made."""

    revision: int


class Comparison(Told):
    """What each grid gained and lost."""

    a: int
    b: int
    rows: list[dict[str, Any]]
    moved: dict[str, int]


class Edit(Told):
    """A line of the record."""

    id: int
    area: str
    made_at: str
    author: str
    display: str = _DISPLAY
    what: str
    request: dict[str, Any]
    before: int | None
    after: int | None
    change: dict[str, Any]
    why: str | None


class Edits(Told):
    """A part of the record."""

    edits: list[Edit]


class News(Told):
    """Something that happened."""

    id: int
    area: str
    revision: int | None
    author: str
    display: str = _DISPLAY
    made_at: str
    what: str


class Changes(Told):
    """What happened since."""

    last: int
    changes: list[News]


class Version(Told):
    """A published version."""

    number: int
    name: str
    made_at: str
    author: str
    display: str = _DISPLAY
    note: str | None


class Versions(Told):
    """Published versions."""

    versions: list[Version]


class Published(Told):
    """The number of the new version."""

    version: int


class Obstacle(Told):
    """What keeps an area from being published."""

    area: str
    kind: str
    level: int
    grid: str | None
    households: int | None
    low: int | None
    high: int | None
    at: list[float] | None
    reason: str | None


class Refusal(Told):
    """Why something cannot be done."""

    code: str
    detail: str


class Obstacles(Told):
    """What keeps areas from being published."""

    problems: list[Obstacle]
    refusal: Refusal | None = Field(description="Why these cannot be published whatever their grids are")
