"""Routes by which a month of field inspection goes out: to QGIS and QField, to Excel, and as a report to print."""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Literal, NamedTuple

from flask import Response, send_file
from flask_openapi3 import APIBlueprint
from pydantic import Field

from webmap.accounts.guard import limits, needs, person
from webmap.description import READING, SIGNED_IN, Words, answers
from webmap.field.asking import ledger, now, plan, within
from webmap.field.plan import FieldPlan
from webmap.field.routes import FIELD
from webmap.refusals import BusyError, UnknownNameError

field_exports = APIBlueprint("field_exports", __name__, url_prefix="/api/v1/field", abp_tags=[FIELD])

#: One at a time: that of a whole city keeps a processor busy for a while.
_TURN = threading.Lock()
_WAIT = 20.0


class Format(NamedTuple):
    """A kind of file: its suffix and media type."""

    suffix: str
    content_type: str


FORMATS = {
    "gpkg": Format(".gpkg", "application/geopackage+sqlite3"),
    "xlsx": Format(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "report": Format(".html", "text/html"),
}


class FormatPath(Words):
    """A kind of file."""

    format: str = Field(max_length=20, description=f"One of {', '.join(FORMATS)}")


class ExportQuery(Words):
    """What is written."""

    month: str | None = Field(None, pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="YYYY-MM; this month by default")
    area: str | None = Field(None, min_length=1, max_length=64, description="Code of an area, or the beginning of one")
    lang: Literal["zh", "en"] = "zh"


@field_exports.get(
    "/exports/<format>", security=READING, responses=answers("application/octet-stream", *SIGNED_IN, 404, 429)
)
@needs("planner", "administrator", scope="body")
def export(path: FormatPath, query: ExportQuery) -> Response:
    """Write a month to a file: who was where and when, so for the office only."""
    chosen = FORMATS.get(path.format)
    if chosen is None:
        raise UnknownNameError(f"there is no format {path.format!r}", mend=f"Choose one of {', '.join(FORMATS)}.")
    at = plan()
    prefix = person().prefix if query.area is None else within(query.area)
    limits().edit(person().name)
    month = query.month or at.today(now()).isoformat()[:7]
    folder = TemporaryDirectory(prefix="geo-grid-field-")
    try:
        file = Path(folder.name) / f"field{chosen.suffix}"
        with _turn():
            _write(at, path.format, file, month, prefix, query.lang)
        name = f"field-{prefix or 'city'}-{month}{chosen.suffix}"
        response = send_file(
            file, mimetype=chosen.content_type, as_attachment=True, download_name=name, etag=False, conditional=False
        )
    except BaseException:
        folder.cleanup()
        raise
    response.direct_passthrough = False  # else nothing is told that the file was sent
    response.call_on_close(folder.cleanup)
    response.headers["Cache-Control"] = "no-store"
    return response


def _write(at: FieldPlan, format_: str, file: Path, month: str, prefix: str, lang: Literal["zh", "en"]) -> None:
    from geo_grid.exchange.field_book import read_book

    meta = at.edition.plan.meta
    book = read_book(at.index, meta, ledger(), month, prefix=prefix, now=now(), version=at.edition.version)
    if format_ == "gpkg":
        from geo_grid.exchange.field_gpkg import write_field_gpkg

        write_field_gpkg(book, file, lang)
    elif format_ == "xlsx":
        from geo_grid.exchange.field_xlsx import write_field_xlsx

        write_field_xlsx(book, file, lang)
    else:
        from geo_grid.exchange.field_report import write_field_report

        write_field_report(book, file, lang)


class _turn:  # noqa: N801 - reads like a word
    """A turn at exporting."""

    def __enter__(self) -> None:
        if not _TURN.acquire(timeout=_WAIT):
            raise BusyError("other exports are being written", mend="Try again in a moment.", retry_after=10)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _TURN.release()
