"""Questions and answers of the routes that phones use."""

from __future__ import annotations

from typing import Any, Literal

from flask_openapi3 import RawModel
from pydantic import BaseModel, ConfigDict, Field, RootModel

from webmap.description import Told, Words

_MOST = 2**53
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"


class Batch(RootModel[list[Any]]):
    """Events as a phone made them; each is judged by itself (docs/field.md, "Sync, exactly")."""


class CursorQuery(Words):
    """Where a phone is."""

    cursor: int = Field(0, ge=0, le=_MOST, description="As the last answer told it; 0 at the beginning")


class IdPath(Words):
    """Something with an id of a phone's own making."""

    id: str = Field(pattern=_UUID, description="UUID in small letters")


class PartQuery(Words):
    """Where a part of a photo begins."""

    offset: int = Field(0, ge=0, le=_MOST)


class PartHeader(Words):
    """Hash of a part."""

    x_part_sha256: str | None = Field(None, alias="X-Part-SHA256", pattern=r"^[0-9a-f]{64}$")


class Part(RawModel):
    """Bytes of a photo."""

    mimetypes = ["application/octet-stream"]  # noqa: RUF012 - as the library wants it


class PictureQuery(Words):
    """What is wanted of a photo."""

    state: bool = Field(False, description="How far it has come, instead of the picture")


class Answer(Told):
    """What became of one event."""

    model_config = ConfigDict(extra="allow")

    id: str | None
    status: Literal["taken", "known", "waiting", "refused"]
    reason: str | None = Field(None, description="Why it is refused: a key of geo_grid.field.REFUSALS")
    at: str | None = Field(None, description="The key at fault")
    warnings: list[str] | None = None
    missing: list[str] | None = Field(None, description="Ids it waits for")


class Answers(Told):
    """One answer an event, in their order."""

    answers: list[Answer]
    server_time: str


class News(Told):
    """Events after a cursor, as far as they lie in one's prefix; tracks are told to nobody."""

    events: list[dict[str, Any]]
    cursor: int
    more: bool = Field(description="Ask again at once")
    server_time: str


class Own(Told):
    """What became of one's own events."""

    model_config = ConfigDict(extra="allow")

    wanted: Any = Field(description="Photos to go on with, and where")
    refused: list[dict[str, Any]]
    waiting: list[Any]
    server_time: str


class PhotoState(Told):
    """How far a photo has come."""

    received: int = Field(description="Bytes there are: go on there")
    complete: bool
    refused: str | None = None


class FieldArea(Told):
    """An area that can be taken along."""

    code: str
    name: str
    kind: str
    grids: int
    elements: int
    stamp: str = Field(description="Another one where the ground is another one")


class FieldAreas(Told):
    """The areas of one's prefix."""

    plan_version: int
    areas: list[FieldArea]


class AreaQuery(Words):
    """An area."""

    area: str = Field(min_length=1, max_length=64, description="Its code")


class Package(BaseModel):
    """Everything a phone needs of an area for days without signal."""

    model_config = ConfigDict(extra="allow")

    plan_version: int
    made_at: str | None
    area: dict[str, Any]
    grids: list[dict[str, Any]]
    elements: list[dict[str, Any]]
    duties: list[dict[str, Any]]
    forms: dict[str, list[dict[str, Any]]]
    categories: list[dict[str, Any]]
    policy: dict[str, Any]
    people: list[dict[str, Any]]
