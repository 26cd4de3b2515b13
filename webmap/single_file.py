"""A map in one file that needs no network: the answers of the service, saved in the page that shows them."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from geo_grid.errors import StoreError, UsageError
from webmap import assets
from webmap.atlas import Atlas, PublicPlan, UnknownCodeError, read_public
from webmap.atlas.geo import dumps
from webmap.page import render
from webmap.page_frame import code_in_script, json_in_script, page_context
from webmap.settings import LANGUAGES, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEGA = 1_000_000


def write_map(
    store_url: str | Path,
    area_code: str | None,
    out_path: str | Path,
    lang: str | None = None,
    *,
    settings: Settings | None = None,
    exact: bool = False,
) -> None:
    """Write a map of one area, or of a whole plan, as one self-contained HTML file.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    area_code : str or None
        Code of the area; None for all of them, if they fit.
    out_path : str or Path
        The file to write; replaced only once the new one is whole.
    lang : str, optional
        "zh" or "en", the language it opens in; both are inside.
    settings : Settings, optional
        Limits.
    exact : bool
        Tell small counts of households too: for staff, not to be handed on.

    Raises
    ------
    StoreError
        If the store cannot be read, or the file cannot be written.
    UsageError
        If the area or the language is unknown, or the file would be too large.
    """
    settings = settings or Settings()
    language = lang or settings.language
    if language not in LANGUAGES:
        raise UsageError(f"no language {language!r}", mend=f"Choose one of {', '.join(LANGUAGES)}.")
    plan = read_public(store_url, least_count=0 if exact else settings.least_count)
    if area_code is not None:
        try:
            plan = plan.part(area_code)
        except KeyError:
            raise UnknownCodeError(
                f"no area has the code {area_code}", mend="See the list of areas in the report."
            ) from None
    _write(Path(out_path), saved_page(plan, language, settings))


def saved_page(plan: PublicPlan, language: str, settings: Settings) -> str:
    """Return the page with everything in it.

    Parameters
    ----------
    plan : PublicPlan
        What it shows.
    language : str
        "zh" or "en".
    settings : Settings
        Tells the largest size.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    UsageError
        If it would be too large.
    """
    atlas = Atlas(plan, settings)
    parts, size = [], 0
    for path, answer in answers(atlas):
        size += len(answer.encode())
        if size > settings.single_file_bytes:
            raise UsageError(
                f"a map of {len(atlas.area_codes)} areas in one file would be larger than"
                f" {settings.single_file_bytes / _MEGA:g} MB",
                mend="Write one file an area with --area CODE, or use geo-grid serve.",
            )
        parts.append(f"{dumps(path)}:{answer}")
    icon = base64.b64encode((assets.OWN / "icon.svg").read_bytes()).decode()
    title = str(plan.meta.get("name") or "")
    if len(atlas.area_codes) == 1:
        title = f"{plan.areas['name'].iloc[0]} · {title}"
    context = page_context(
        language,
        title,
        {"datum": "WGS84", "attribution": ""},
        saved=True,
        icon=f"data:image/svg+xml;base64,{icon}",
        style=code_in_script(assets.one_style()),
        leaflet=code_in_script(assets.leaflet_script()),
        script=code_in_script(assets.one_script()),
        answers=json_in_script("{" + ",\n".join(parts) + "}"),
    )
    return render(context, atlas.projector.bounds(plan.areas["geom"].to_numpy()))


def answers(atlas: Atlas) -> Iterator[tuple[str, str]]:
    """Yield every answer the page may ask for.

    Parameters
    ----------
    atlas : Atlas
        The plan.

    Yields
    ------
    tuple of str
        Path below ``/api/v1/`` and JSON text.
    """
    yield "summary", atlas.summary()
    yield "places", atlas.places()
    yield "figures", atlas.figures()
    for place in (*atlas.plan.figures["counties"], *atlas.plan.figures["townships"]):
        yield f"places/{_quoted(place['code'])}", atlas.place(place["code"])
    yield "areas", atlas.areas()
    yield "exceptions", atlas.exceptions()
    limit = atlas.settings.exceptions_limit
    for offset in range(limit, len(atlas.plan.exceptions), limit):
        yield f"exceptions?offset={offset}", atlas.exceptions(offset=offset)
    for code in atlas.area_codes:
        name = _quoted(code)
        yield f"areas/{name}", atlas.area(code)
        yield f"areas/{name}/units", atlas.units(code)
        yield f"areas/{name}/elements", atlas.elements(code)
        for level in (1, 2, 3):
            yield f"areas/{name}/grids?level={level}", atlas.grids(code, level)
    for code in atlas.plan.grid_row:
        yield f"grids/{_quoted(code)}", atlas.card(code)
    yield "index", atlas.index()


def _quoted(code: str) -> str:
    """Quote a code as the page does (``encodeURIComponent``)."""
    from urllib.parse import quote

    return quote(code, safe="-_.!~*'()")


def _write(path: Path, text: str) -> None:
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".", suffix=".part", delete=False
        ) as file:
            file.write(text)
        Path(file.name).chmod(0o666 & ~_umask())
        Path(file.name).replace(path)
    except OSError as error:
        raise StoreError(f"the map cannot be written: {error.strerror}", file=path) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
