"""Routes of the tile archives."""

import re
from hashlib import blake2b
from typing import Any, Literal

from flask import Response, current_app, request, send_file
from flask_openapi3 import APIBlueprint
from pydantic import Field

from webmap.description import PUBLIC, Told, Words, answers
from webmap.public.asking import count_question, library, told
from webmap.public.tiles import Tiles
from webmap.refusals import NoVersionError

tiles = APIBlueprint("tiles", __name__, abp_tags=[PUBLIC])

_NAME = re.compile(r"v(?P<number>[0-9]{1,9})(?:\.(?P<datum>gcj02))?\.pmtiles", re.ASCII)
_PMTILES = "application/vnd.pmtiles"
#: A year: what has a version in its address never changes.
_FOR_EVER = "public, max-age=31536000, immutable"


class TilesQuery(Words):
    """Which map the tiles are for."""

    datum: Literal["WGS84", "GCJ02"] = Field("WGS84", description="GCJ02 only where the service's base map is in it")


class ArchivePath(Words):
    """An archive."""

    name: str = Field(max_length=40, description="Like v3.pmtiles")


class Archive(Told):
    """The archive of what is published."""

    version: int | None = Field(description="null: nothing was published, and there are no tiles")
    made_at: str | None
    datum: str
    url: str | None = Field(description="Changes with its content; may be kept for ever")
    ready: bool = Field(description="Whether it is written already; until then it is answered with 503")


def archives() -> Tiles:
    """Return the archives of the service.

    Returns
    -------
    Tiles
        Of the running application.
    """
    found: Tiles = current_app.extensions["office"].tiles
    return found


def _row(number: int | None) -> dict[str, Any] | None:
    return next((row for row in library().versions if row["number"] == number), None)


@tiles.get("/api/v1/tiles.json", responses=answers(Archive, 429))
def current(query: TilesQuery) -> Response:
    """Tell which archive is that of the version published last."""
    count_question()
    row = _row(library().current().version)
    out: dict[str, Any] = {"version": None, "made_at": None, "datum": query.datum, "url": None, "ready": False}
    if row is not None and query.datum in archives().datums:
        ready = archives().at_hand(row, query.datum) is not None
        if not ready:
            archives().begin(row["number"], query.datum)
        mark = blake2b(f"{row['made_at']} {row['content_hash']}".encode(), digest_size=6).hexdigest()
        middle = "" if query.datum == "WGS84" else f".{query.datum.lower()}"
        out |= {"version": row["number"], "made_at": row["made_at"], "ready": ready}
        out["url"] = f"/tiles/v{row['number']}{middle}.pmtiles?{mark}"
    response = Response(told(out), content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


ANSWERS: dict[Any, Any] = answers(_PMTILES, 304, 404, 416)
ANSWERS["206"] = ANSWERS["200"] | {"description": "The part asked for"}


@tiles.get("/tiles/<name>", responses=ANSWERS)
def archive(path: ArchivePath) -> Response:
    """Return an archive, or the part of it a Range header asks for."""
    match = _NAME.fullmatch(path.name)
    datum = "WGS84" if match is None or match["datum"] is None else match["datum"].upper()
    row = _row(int(match["number"])) if match is not None and datum in archives().datums else None
    if row is None:
        raise NoVersionError("there is no such archive", mend="See /api/v1/tiles.json.")
    found = archives().wait(row, datum)
    response = send_file(found, mimetype=_PMTILES, conditional=True, max_age=0)
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["Accept-Ranges"] = "bytes"
    if request.method == "HEAD":
        response.headers.setdefault("Content-Length", str(found.stat().st_size))
    return response
