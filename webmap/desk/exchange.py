"""Routes by which plans go out to the files other programs read, and an office's present grids come in."""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from flask import Response, send_file
from flask_openapi3 import APIBlueprint, FileStorage
from pydantic import BaseModel, ConfigDict, Field

from geo_grid.exchange.exports import FORMATS, export_store
from webmap.accounts.guard import limits, must_cover, needs, person
from webmap.atlas import UnknownCodeError
from webmap.description import CHANGING, READING, SIGNED_IN, VERSIONS, WITH_BODY, AreaPath, Words, answers
from webmap.desk import models
from webmap.desk.asking import based_on, office, reply, work
from webmap.people.access import gives_households
from webmap.refusals import BusyError, InvalidError, PrefixError, RoleError, UnknownNameError

exchange = APIBlueprint("exchange", __name__, url_prefix="/api/v1", abp_tags=[VERSIONS])

#: Exports made at a time: one of a whole city keeps a processor busy for a while.
_EXPORTING = threading.BoundedSemaphore(2)


class FormatPath(Words):
    """A kind of file."""

    format: str = Field(max_length=20)


class ExportQuery(Words):
    """What is written."""

    area: str | None = Field(None, max_length=64, description="One area; needed by those who are bounded to a prefix")
    version: str | None = Field(
        None, max_length=20, pattern=r"^([0-9]{1,9}|published)$", description="The draft if not"
    )
    level: int | None = Field(None, ge=1, le=3)
    lang: Literal["zh", "en"] = "zh"
    datum: Literal["WGS84", "CGCS2000", "GCJ02", "BD09"] | None = None


class ImportQuery(Words):
    """How a file is read."""

    kind: Literal["assignment", "polygons"]
    preview: bool = False
    level: int | None = Field(None, ge=1, le=3, description="Of its grids, where it does not say")
    file_datum: Literal["WGS84", "CGCS2000", "GCJ02", "BD09"] | None = Field(None, description="Of its coordinates")
    overlaps: Literal["report", "nearer"] = "report"
    datum: Literal["WGS84", "GCJ02"] = Field("WGS84", description="Of the answer")


class ImportForm(BaseModel):
    """A file."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: FileStorage


@exchange.get(
    "/exports/<format>",
    security=READING,
    responses=answers("application/octet-stream", *SIGNED_IN, 404, 429),
)
@needs(scope="body")
def export(path: FormatPath, query: ExportQuery) -> Response:
    """Write the draft or a published version to a file."""
    chosen = FORMATS.get(path.format)
    if chosen is None:
        raise UnknownNameError(f"there is no format {path.format!r}", mend=f"Choose one of {', '.join(FORMATS)}.")
    if chosen.restricted and person().role == "inspector":
        raise RoleError("this file names households; it is for planners", mend="Choose another format.")
    if query.area is None and person().prefix:
        raise PrefixError("your account is for some areas only", mend="Name one with area=.", prefix=person().prefix)
    if query.area is not None:
        must_cover(query.area)
    limits().edit(person().name)
    version = _version(query)
    if chosen.restricted:
        gives_households(f"export {chosen.name}", query.area or "")
    name = f"{query.area or 'plan'}{f'-v{version}' if version is not None else ''}{chosen.suffix}"
    folder = TemporaryDirectory(prefix="geo-grid-export-")
    try:
        with _turn():
            export_store(
                office().store,
                chosen.name,
                Path(folder.name) / f"plan{chosen.suffix}",
                area=query.area,
                version=version,
                lang=query.lang,
                datum=query.datum,
                level=query.level,
            )
        response = send_file(
            Path(folder.name) / f"plan{chosen.suffix}",
            mimetype=chosen.content_type,
            as_attachment=True,
            download_name=name,
            etag=False,
        )
    except BaseException:
        folder.cleanup()
        raise
    response.direct_passthrough = False  # else nothing is told that the file was sent
    response.call_on_close(folder.cleanup)
    response.headers["Cache-Control"] = "no-store"
    return response


class _turn:  # noqa: N801 - reads like a word
    """A turn at exporting."""

    def __enter__(self) -> None:
        if not _EXPORTING.acquire(timeout=20):
            raise BusyError("other exports are being written", mend="Try again in a moment.", retry_after=10)

    def __exit__(self, *_: object) -> None:
        _EXPORTING.release()


def _version(query: ExportQuery) -> int | None:
    """Return the number of the version asked for; None for the draft."""
    if query.version is None:
        if query.area is not None and not any(
            r["code"] == query.area for r in office().ledger.area_figures(query.area)
        ):
            raise UnknownCodeError(f"no area has the code {query.area}", mend="See the list of areas.")
        return None
    last = office().store.latest_version()
    number = last if query.version == "published" else int(query.version)
    if number is None or last is None or not 1 <= number <= last:
        raise UnknownNameError("there is no such version", mend="See the list of versions.")
    return number


@exchange.post(
    "/desk/areas/<code>/import",
    security=CHANGING,
    responses=answers(
        models.Imported, *SIGNED_IN, 404, 409, 412, 428, 429, *WITH_BODY, headers={"ETag": "The revision"}
    ),
)
@needs("planner", "administrator", reads="form")
def import_grids(path: AreaPath, query: ImportQuery, header: models.IfMatch, form: ImportForm) -> Response:
    """Take over the grids an office has today, from a list or from drawings."""
    limits().edit(person().name)
    base = based_on(header.if_match)
    label = Path((form.file.filename or "").replace("\\", "/")).name[:100]
    suffix = Path(label).suffix.lower()
    if suffix not in _suffixes():
        raise InvalidError(f"files of type {suffix[:10] or 'without suffix'} are not read")
    at = work(query.datum)
    gives_households(f"import {query.kind}{' preview' if query.preview else ''}", path.code)  # the account names them
    with TemporaryDirectory(prefix="geo-grid-import-") as folder:
        # never a name somebody else chose: a library may take it for more than a name
        file = Path(folder) / f"upload{suffix}"
        form.file.save(file)
        asked = query.model_dump(include={"level", "overlaps"}) | {"datum": query.file_datum}
        account, told = at.take_over(
            path.code, base, (query.kind, str(file), label, asked), None if query.preview else person().name
        )
    return reply(told | account, revision=told["revision"])


def _suffixes() -> set[str]:
    from geo_grid.read.limits import SUFFIXES

    return set(SUFFIXES)
