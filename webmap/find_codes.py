"""The answer to a code: what a lookup of any place in that grid would say, whatever floor one is on."""

from flask import Response

from geo_grid.lookup.answers import Answer, Hit
from webmap.description import answers
from webmap.public import models
from webmap.public.answers import Answers
from webmap.public.asking import count_question, edition_asked, kept, people, told
from webmap.public.routes import public


@public.get("/lookup/<code>", responses=answers(models.Lookup, 304, 404, 429))
def by_code(path: models.CodePath, query: models.DatedQuery) -> Response:  # noqa: ARG001 - checked by its model
    """Answer with a grid and those above it, as for a place in it; for an area without any grid."""
    count_question()
    at = Answers(edition_asked(), people())
    area, *above = [*at.index.parents(path.code), path.code]
    hit = Hit(area, tuple(above))
    return kept(at.edition, at.staff_key, lambda: told(at.place(Answer((hit,)))))
