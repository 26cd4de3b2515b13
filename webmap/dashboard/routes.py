"""Routes of the city's numbers."""

import datetime as dt
from hashlib import blake2b
from typing import Any, Literal

from flask import Response, current_app, request
from flask_openapi3 import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from geo_grid.figures.workbook import figures_workbook
from webmap.accounts.guard import find_session, limits, needs, person
from webmap.api import api
from webmap.dashboard.numbers import exact_figures, exact_told, head, public_workbook
from webmap.dashboard.page import dashboard_page
from webmap.description import PUBLIC, READING, SERVICE, SIGNED_IN, Words, answers
from webmap.desk.asking import office, reply
from webmap.find_routes import html
from webmap.languages import language_of_request
from webmap.pages import PageQuery
from webmap.public.asking import AS_OF, count_question, edition_asked, kept, library, told

dashboard = APIBlueprint("dashboard", __name__, abp_tags=[PUBLIC])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NumbersQuery(Words):
    """Of which day."""

    as_of: str | None = AS_OF


class BookQuery(NumbersQuery):
    """Of which day, and in which language."""

    lang: Literal["zh", "en"] = Field("zh", description="Language of the workbook")


class StaffBookQuery(Words):
    """In which language."""

    lang: Literal["zh", "en"] = Field("zh", description="Language of the workbook")


class Numbers(BaseModel):
    """Numbers of the city, its counties and townships; of staff, areas too."""

    model_config = ConfigDict(extra="allow")

    name: str
    sample: bool
    version: dict[str, Any] | None
    built_at: str | None
    exact: bool = Field(description="Whether counts below 10 are told, and vacancies")
    city: dict[str, Any]
    counties: list[dict[str, Any]]
    townships: list[dict[str, Any]]


@api.get("/dashboard", responses=answers(Numbers, 304, 404, 429))
def numbers(query: NumbersQuery) -> Response:  # noqa: ARG001 - checked by its model
    """Grids, households, exceptions and elements of the city, its counties and townships."""
    count_question()
    edition = edition_asked()

    def body() -> str:
        figures = edition.plan.figures
        return told(head(edition) | {"exact": False} | {key: figures[key] for key in ("city", "counties", "townships")})

    return kept(edition, ("dashboard",), body)


@api.get("/dashboard.xlsx", responses=answers(XLSX, 304, 404, 429))
def workbook(query: BookQuery) -> Response:
    """Return the same numbers, and those of areas, as a workbook with charts."""
    count_question()
    edition = edition_asked()
    response = Response(content_type=XLSX)
    response.set_etag(blake2b(f"{edition.key} {query.lang}".encode(), digest_size=12).hexdigest(), weak=True)
    response.headers["Cache-Control"] = f"public, max-age={edition.settings.cache_seconds}"
    if request.if_none_match:
        response.make_conditional(request)
        if response.status_code == 304:
            return response
    response.set_data(public_workbook(edition, query.lang))
    return _named(response, f"grids-v{edition.version or 0}.xlsx")


@dashboard.get("/api/v1/dashboard/staff", security=READING, responses=answers(Numbers, *SIGNED_IN))
@needs(scope="body")
def staff_numbers(query: Words) -> Response:  # noqa: ARG001
    """Count exactly what one's codes cover, with areas and today's vacancies."""
    edition, prefix = library().current(), person().prefix
    return reply(exact_told(edition, exact_figures(edition, office().ledger, prefix, _today()), prefix))


@dashboard.get("/api/v1/dashboard/staff.xlsx", security=READING, responses=answers(XLSX, *SIGNED_IN, 429))
@needs(scope="body")
def staff_workbook(query: StaffBookQuery) -> Response:
    """Return exact numbers as a workbook with charts; not to be published."""
    limits().edit(person().name)
    edition = library().current()
    figures = exact_figures(edition, office().ledger, person().prefix, _today())
    version = edition.plan.meta.get("version")
    hours = edition.settings.utc_offset_hours
    content = figures_workbook(figures, query.lang, least_count=0, version=version, utc_offset_hours=hours)
    response = Response(content, content_type=XLSX)
    response.headers["Cache-Control"] = "no-store"
    return _named(response, f"grids-v{edition.version or 0}-internal.xlsx")


@dashboard.get("/dashboard", responses=answers("text/html"), tags=[SERVICE])
def page(query: PageQuery) -> Response:  # noqa: ARG001 - read by the page itself
    """Show the city's numbers: to whoever is signed in exactly, with vacancies."""
    library().open()
    language = language_of_request(library().settings.language)
    return html(
        dashboard_page(library(), language, current_app.static_url_path or "", staff=find_session() is not None)
    )


def _named(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()
