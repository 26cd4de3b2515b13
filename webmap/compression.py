"""Pack what a browser can unpack."""

from __future__ import annotations

import gzip
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from flask import Flask, Response

#: Bodies below this many bytes gain nothing.
PACK_FROM = 1_000
_TEXT = ("text/", "application/json", "application/geo+json", "image/svg+xml", "application/javascript")


@lru_cache(maxsize=64)
def _packed_asset(_tag: str, body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=9, mtime=0)


def register_compression(app: Flask) -> None:
    """Compress text answers of an application.

    Parameters
    ----------
    app : Flask
        The application.
    """

    @app.after_request
    def _pack(response: Response) -> Response:
        if response.status_code != 200 or not (response.mimetype or "").startswith(_TEXT):
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings.quality("gzip") or "Content-Encoding" in response.headers:
            return response
        asset = response.direct_passthrough
        response.direct_passthrough = False
        body = response.get_data()
        if len(body) < PACK_FROM:
            return response
        tag, _ = response.get_etag()
        packed = _packed_asset(tag or "", body) if asset else gzip.compress(body, compresslevel=5, mtime=0)
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
        if tag:
            response.set_etag(tag, weak=True)  # the same meaning, not the same bytes
        return response
