"""The description of the data interface, and a page that shows it, both from this service alone."""

import json
from functools import cache
from importlib.metadata import version
from typing import Any, NoReturn

from flask import Flask, Response, current_app, render_template_string, request
from flask_openapi3 import APIBlueprint, Info, OpenAPI
from pydantic import BaseModel, ValidationError

from geo_grid.errors import UsageError
from webmap.atlas.geo import dumps
from webmap.bodies import invalid
from webmap.description import MODELS, SCHEMES, SERVICE, Anything, Problem, answers
from webmap.security import nonce

_REF = "#/components/schemas/{model}"

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>geo-grid /api/v1</title>
<link rel="icon" href="{{ static }}/app/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{{ static }}/vendor/swagger-ui/swagger-ui.css">
</head>
<body>
<main id="description"></main>
<script src="{{ static }}/vendor/swagger-ui/swagger-ui-bundle.js"></script>
<script nonce="{{ nonce }}">
SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#description",
  validatorUrl: null,
  supportedSubmitMethods: ["get"],
  presets: [SwaggerUIBundle.presets.apis],
});
</script>
</body>
</html>
"""

pages = APIBlueprint("description", __name__)


def described_app(import_name: str, **settings: Any) -> OpenAPI:
    """Return an application that describes its routes.

    Parameters
    ----------
    import_name : str
        Name of the package.
    **settings : object
        For Flask.

    Returns
    -------
    OpenAPI
        A Flask application.
    """
    return OpenAPI(
        import_name,
        info=Info(
            title="geo-grid",
            version=version("geo-grid"),
            description="Grids (网格) of a city: the public map, the desk where they are redrawn, and their versions.",
        ),
        security_schemes=SCHEMES,
        validation_error_model=Problem,
        validation_error_callback=_refuse,
        doc_ui=False,
        **settings,
    )


def _refuse(error: ValidationError) -> NoReturn:
    """Refuse a request that has not the form described: 400 for an address, 422 for a body."""
    refused = invalid(error)
    if request.method == "GET":
        raise UsageError(f"parameter {refused.message}")
    raise refused


@pages.get("/api/v1/openapi.json", tags=[SERVICE], responses=answers(Anything))
def openapi_json() -> Response:
    """Return this description, as OpenAPI 3.1."""
    return Response(dumps(document(current_app)), content_type="application/json; charset=utf-8")


@pages.get("/api/docs", tags=[SERVICE], responses=answers("text/html"))
def docs() -> Response:
    """Show this description as a page."""
    page = render_template_string(_PAGE, static=current_app.static_url_path, nonce=nonce())
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def document(app: Flask) -> dict[str, Any]:
    """Return the description of an application.

    Parameters
    ----------
    app : Flask
        From :func:`described_app`.

    Returns
    -------
    dict
        OpenAPI 3.1.
    """
    assert isinstance(app, OpenAPI)  # noqa: S101
    # two marks are how docstrings quote; a description is Markdown, which needs one
    made: dict[str, Any] = json.loads(json.dumps(app.api_doc).replace("``", "`"))
    schemas = made["components"]["schemas"]
    for model in MODELS.values():
        _add(schemas, model)
    for schema in list(schemas.values()):
        schema.pop("$defs", None)  # they are listed beside it
    for operations in made["paths"].values():
        for operation in operations.values():
            operation["summary"] = operation.get("summary", "").replace("`", "")  # and this is plain text
            responses = operation["responses"]
            if "application/json" in responses.get("422", {}).get("content", {}):
                del responses["422"]  # the library adds it to every route, whether it reads anything or not
    return made


def _add(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    schema = dict(_schema(model))
    for name, part in schema.pop("$defs", {}).items():
        schemas.setdefault(name, part)
    schemas[model.__name__] = schema


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(ref_template=_REF, mode="serialization")
