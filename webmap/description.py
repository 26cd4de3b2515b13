"""What the description of the data interface (OpenAPI) is made of, shared by all routes."""

from functools import cache
from typing import Any, Literal

from flask_openapi3 import Tag
from pydantic import BaseModel, ConfigDict, Field, RootModel

from webmap.errors import TITLES

PUBLIC = Tag(name="map", description="What the public map shows: no household, no name of a single home.")
ACCOUNTS = Tag(name="accounts", description="Signing in, and who may do what.")
DESK = Tag(name="desk", description="Redrawing the grids of an area.")
VERSIONS = Tag(name="versions", description="Publishing, exchange, and the record of all changes.")
SERVICE = Tag(name="service", description="The service itself.")

#: A changing request needs the session's cookie and its token.
CHANGING: list[dict[str, list[Any]]] = [{"session": [], "token": []}]
#: A reading request needs the session's cookie.
READING: list[dict[str, list[Any]]] = [{"session": []}]

SCHEMES: dict[str, Any] = {
    "session": {"type": "apiKey", "in": "cookie", "name": "geo_grid_session"},
    "token": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
}

#: Statuses that any route may answer with.
ANYWHERE = (400, 421, 500, 503)
#: Statuses of a route that needs somebody to be signed in.
SIGNED_IN = (401, 403)
#: Statuses of a route that reads a body.
WITH_BODY = (413, 415, 422)


class Problem(BaseModel):
    """Problem details (RFC 9457); some codes bring further members."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str = Field(description="Short name that a program can tell cases apart by")
    detail: str | None = Field(None, description="One sentence for a person")


class Asked(BaseModel):
    """A body: exactly these members, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Told(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")


class Words(BaseModel):
    """Parameters of an address: text that is read as what it has to be."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    @classmethod
    @cache
    def model_json_schema(cls, *args: Any, **named: Any) -> dict[str, Any]:  # type: ignore[override]
        """Return the schema, made once: the library asks for it at every request.

        Parameters
        ----------
        *args : object
            For pydantic.
        **named : object
            For pydantic.

        Returns
        -------
        dict
            JSON schema; not to be changed.
        """
        return super().model_json_schema(*args, **named)


class DatumQuery(Words):
    """Datum of coordinates, asked and told."""

    datum: Literal["WGS84", "GCJ02"] = Field("WGS84", description="GCJ02 only where the service's base map is in it")


class AreaPath(Words):
    """An area."""

    code: str = Field(min_length=1, max_length=64, description="Code of the area")


class Feature(BaseModel):
    """A GeoJSON feature (RFC 7946)."""

    model_config = ConfigDict(extra="allow")

    type: Literal["Feature"]
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class FeatureCollection(BaseModel):
    """A GeoJSON feature collection (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[Feature]


class Anything(RootModel[dict[str, Any]]):
    """An object."""


def answers(
    told: type[BaseModel] | str | None,
    *problems: int,
    status: int = 200,
    kind: str = "application/json",
    headers: dict[str, str] | None = None,
) -> dict[Any, Any]:
    """Return the answers of a route, for its description.

    Parameters
    ----------
    told : type, str or None
        Model of the body of a success; its media type where it is no JSON; None where there is no body.
    *problems : int
        Statuses of refusals beside those any route has.
    status : int
        Status of a success.
    kind : str
        Media type of a body that has a model.
    headers : dict of str to str, optional
        Names and meanings of headers of a success.

    Returns
    -------
    dict
        By status.
    """
    good: dict[str, Any] = {"description": "Done"}
    if headers:
        good["headers"] = {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}
    if isinstance(told, str):
        good["content"] = {told: {"schema": {"type": "string"}}}
    elif told is not None:
        good["content"] = {kind: {"schema": {"$ref": f"#/components/schemas/{_told(told)}"}}}
    return {str(status): good, **{str(number): refusal(number) for number in sorted({*ANYWHERE, *problems})}}


#: Models of answers, for the list of schemas in the description.
MODELS: dict[str, type[BaseModel]] = {}


def _told(model: type[BaseModel]) -> str:
    MODELS[model.__name__] = model
    return model.__name__


def refusal(status: int) -> dict[str, Any]:
    """Return the description of a refusal.

    Parameters
    ----------
    status : int
        HTTP status.

    Returns
    -------
    dict
        A response object of OpenAPI.
    """
    if status == 304:
        return {"description": "The copy at hand is still good"}
    return {
        "description": TITLES[status],
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
