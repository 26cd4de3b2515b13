"""OGC API – Features by pygeoapi: what is published, for QGIS, ArcGIS and other programs to add as layers.

Only pygeoapi's answers as JSON are used: its pages load scripts from other hosts.
"""

from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Response, g, request
from werkzeug.datastructures import Headers, MultiDict

from webmap.atlas.geo import dumps
from webmap.public.asking import count_question, library, people
from webmap.refusals import UnknownNameError

if TYPE_CHECKING:
    from webmap.public.edition import Edition

#: Parameters that are passed on, beside properties by name. What is not here is not looked at: no filter language.
PASSED = frozenset({"bbox", "bbox-crs", "crs", "limit", "offset", "resulttype", "sortby", "properties", "skipGeometry"})

#: Features of an answer where a request names no limit.
DEFAULT_ITEMS = 100

_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
#: What stands in its documents and is not here.
_ABSENT = ("processes", "job-list", "tiling-schemes")
_LOCK = threading.Lock()
#: Names of this machine by which it is asked at the same time.
_HOSTS = 8


class Asked(NamedTuple):
    """A request as pygeoapi reads it."""

    args: MultiDict[str, str]
    headers: Headers
    path_info: str
    data: bytes = b""


def features(work: str, *names: str) -> Response:
    """Answer a request.

    Parameters
    ----------
    work : str
        What is asked: landing_page, conformance, describe_collections, get_collection_schema,
        get_collection_queryables, get_collection_items or get_collection_item.
    *names : str
        Ids of collection and feature.

    Returns
    -------
    Response
        JSON.
    """
    from pygeoapi import api as core
    from pygeoapi.api import itemtypes

    from webmap.public.ogc_provider import COLLECTIONS

    count_question()
    edition = library().current()
    if names and names[0] not in COLLECTIONS:
        raise UnknownNameError("there is no such collection", mend="See /ogc/collections.")
    g.ogc_edition, g.ogc_people = edition, people()
    made = _api(request.host_url.rstrip("/"), edition)
    passed = PASSED | set(COLLECTIONS[names[0]].fields) if names else frozenset()
    args = MultiDict([("f", "json"), *((key, value) for key, value in request.args.items() if key in passed)])
    asked = core.APIRequest(Asked(args, Headers(), request.path.strip("/")), made.locales)
    function = getattr(core, work, None) or getattr(itemtypes, work)
    if work == "conformance":
        status, text = 200, _conformance(lambda: function(made, asked))
        headers: dict[str, str] = {}
    else:
        headers, code, text = function(made, asked, *names)
        status = int(code)
    if status >= 400:
        return _refused(status, text)
    kind = "application/geo+json" if work.startswith("get_collection_item") else "application/json"
    if work in ("get_collection_schema", "get_collection_queryables"):
        kind = "application/schema+json"
    response = Response(dumps(_own(json.loads(text))), content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={edition.settings.cache_seconds}"
    if "Content-Crs" in headers:
        response.headers["Content-Crs"] = headers["Content-Crs"]
    return response


def _refused(status: int, text: str) -> Response:
    from webmap.errors import problem

    told = json.loads(text)
    if status == 404 or told.get("code") == "NotFound":
        return problem(404, "unknown_code", "there is no such feature")
    return problem(400, "bad_request", str(told.get("description"))[:200])


_SAID: dict[str, str] = {}


def _conformance(ask: Any) -> str:
    """Ask once: the library adds to a list of its own every time."""
    with _LOCK:
        if "text" not in _SAID:
            _, _, text = ask()
            told = json.loads(text)
            skipped = ("/conf/html", "create-replace-delete", "/conf/oas30", "ogcapi-common", "json-ld")
            told["conformsTo"] = [
                name for name in told["conformsTo"] if "features" in name and not any(word in name for word in skipped)
            ]
            _SAID["text"] = json.dumps(told)
        return _SAID["text"]


def _own(value: Any) -> Any:
    """Leave out links to what is not here: pages, linked data, processes, tiles."""
    if isinstance(value, dict):
        return {key: _links(each) if key == "links" else _own(each) for key, each in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_own(each) for each in value]
    return value


def _links(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = []
    for link in links:
        if link.get("rel") == "service-desc":
            kept.append(link | {"href": f"{request.host_url}api/v1/openapi.json"})
        elif link.get("type") not in ("text/html", "application/ld+json") and not link["rel"].endswith(_ABSENT):
            kept.append(link)
    return kept


def _api(host: str, edition: Edition) -> Any:
    """Return pygeoapi for an edition, under the name by which somebody asks."""
    with _LOCK:
        hosts: dict[str, Any] = edition.kept.setdefault("ogc", {})
        if host not in hosts:
            if len(hosts) >= _HOSTS:
                hosts.clear()
            hosts[host] = _made(host, edition)
        return hosts[host]


def _made(host: str, edition: Edition) -> Any:
    from pygeoapi.api import API

    # it tells visitors' mistakes as errors, and would make itself at home in everybody's log
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL)
    silence, root = logging.NullHandler(), logging.getLogger()
    root.addHandler(silence)
    try:
        return API(_config(host, edition), {})
    finally:
        root.removeHandler(silence)


def _config(host: str, edition: Edition) -> dict[str, Any]:
    from webmap.public.ogc_provider import COLLECTIONS

    name = str(edition.plan.meta.get("name") or "geo-grid")
    version = f" v{edition.version}" if edition.version is not None else ""
    extent = list(edition.extent or (-180, -90, 180, 90))
    resources = {
        key: {
            "type": "collection",
            "title": {"zh": told.zh, "en": told.en},
            "description": f"{name}{version}",
            "keywords": ["网格", "grid"],
            "links": [],
            "extents": {"spatial": {"bbox": extent, "crs": _CRS84}},
            "providers": [
                {
                    "type": "feature",
                    "name": "webmap.public.ogc_provider.EditionProvider",
                    "data": key,
                    "id_field": next(iter(told.fields)),
                    "crs": [_CRS84],
                    "storage_crs": _CRS84,
                }
            ],
        }
        for key, told in COLLECTIONS.items()
    }
    limits = {"default_items": DEFAULT_ITEMS, "max_items": edition.settings.answer_rows, "on_exceed": "throttle"}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 80},
            "url": f"{host}/ogc",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["zh-CN", "en-US"],
            "limits": limits,
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "CRITICAL"},
        "metadata": {
            "identification": {
                "title": name,
                "description": f"{name}{version}",
                "keywords": ["网格"],
                "url": host,
                "terms_of_service": "",
            },
            "license": {"name": "", "url": ""},
            "provider": {"name": name, "url": host},
            "contact": {},
        },
        "resources": resources,
    }
