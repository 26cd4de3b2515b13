"""Routes of OGC API – Features."""

from typing import Any, Literal

from flask import Response
from flask_openapi3 import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from webmap.description import PUBLIC, Anything, Feature, Words, answers
from webmap.public.asking import GEOJSON
from webmap.public.ogc import features

ogc = APIBlueprint("ogc", __name__, url_prefix="/ogc", abp_tags=[PUBLIC])


_NAMES = r"^[+ -]?[a-z_]+(,[+ -]?[a-z_]+)*$"


class CollectionPath(Words):
    """A collection."""

    collection: str = Field(max_length=40, description="areas, grids_1, grids_2, grids_3 or elements")


class ItemPath(CollectionPath):
    """A feature."""

    item: str = Field(max_length=200, description="Code of an area or a grid, id of an element")


class ItemsQuery(Words):
    """A page of features; properties may be asked for by name too."""

    model_config = ConfigDict(extra="ignore")

    bbox: str | None = Field(None, max_length=200, description="West, south, east, north, in degrees")
    limit: int | None = Field(None, ge=1, le=1_000_000, description="Features at most")
    offset: int | None = Field(None, ge=0, le=999_999_999, description="How many to skip")
    sortby: str | None = Field(
        None, max_length=200, pattern=_NAMES, description="Names of properties, - in front for the other way"
    )
    properties: str | None = Field(None, max_length=400, description="Names of the properties wanted")
    skipGeometry: bool | None = Field(None, description="Leave geometry out")  # noqa: N815 - the standard's name
    resulttype: Literal["results", "hits"] | None = Field(None, description="hits: only count")
    crs: str | None = Field(None, max_length=200, description="CRS84 is the only one")


class Features(BaseModel):
    """A GeoJSON feature collection (RFC 7946)."""

    model_config = ConfigDict(extra="allow")

    features: list[Feature]


JSON: dict[Any, Any] = answers(Anything, 404, 429)
SCHEMA: dict[Any, Any] = answers(Anything, 404, 429, kind="application/schema+json")


@ogc.get("", responses=JSON)
def landing() -> Response:
    """Tell what is here (OGC API – Features)."""
    return features("landing_page")


@ogc.get("/conformance", responses=JSON)
def conformance() -> Response:
    """Tell which parts of the standard are kept."""
    return features("conformance")


@ogc.get("/collections", responses=JSON)
def collections() -> Response:
    """List the collections: areas, grids by level, elements."""
    return features("describe_collections")


@ogc.get("/collections/<collection>", responses=JSON)
def collection(path: CollectionPath) -> Response:
    """Describe a collection."""
    return features("describe_collections", path.collection)


@ogc.get("/collections/<collection>/schema", responses=SCHEMA)
def schema(path: CollectionPath) -> Response:
    """Tell the properties of a collection."""
    return features("get_collection_schema", path.collection)


@ogc.get("/collections/<collection>/queryables", responses=SCHEMA)
def queryables(path: CollectionPath) -> Response:
    """Tell by which properties features may be asked for."""
    return features("get_collection_queryables", path.collection)


@ogc.get("/collections/<collection>/items", responses=answers(Features, 404, 429, kind=GEOJSON))
def items(path: CollectionPath, query: ItemsQuery) -> Response:  # noqa: ARG001 - checked by its model
    """Return a page of features, in WGS84."""
    return features("get_collection_items", path.collection)


@ogc.get("/collections/<collection>/items/<item>", responses=answers(Feature, 404, 429, kind=GEOJSON))
def item(path: ItemPath) -> Response:
    """Return one feature, in WGS84."""
    return features("get_collection_item", path.collection, path.item)
