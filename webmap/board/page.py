"""The document boards stand in: served one at a time, or saved as one file that prints page by page."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import segno
from markupsafe import Markup

from geo_grid.telling import BEIJING
from webmap import assets
from webmap.board.drawing import draw_map
from webmap.board.facts import board_of
from webmap.find_page import words
from webmap.page_frame import code_in_script, environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geo_grid.lookup import LookupIndex

Paper = Literal["A3", "A4"]

_STYLES = ("board.css", "board_parts.css", "board_map.css")


def find_address(public_url: str, code: str) -> str:
    """Return where a QR code leads.

    Parameters
    ----------
    public_url : str
        Address of the service, as phones reach it.
    code : str
        Code of a grid.

    Returns
    -------
    str
        Of the lookup page, open at the grid.
    """
    from urllib.parse import quote

    return f"{public_url.rstrip('/')}/find?grid={quote(code, safe='')}"


def qr_code(address: str) -> Markup:
    """Return a QR code that still reads when a sixth of it is scratched.

    Parameters
    ----------
    address : str
        What it says.

    Returns
    -------
    Markup
        An ``<svg>`` without size, with the four modules of quiet around it that readers want.
    """
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=4, omitsize=True, dark="#000", light="#fff"))  # noqa: S704 - segno escapes


def filled(
    index: LookupIndex,
    code: str,
    staff: Mapping[str, Sequence[Mapping[str, Any]]],
    language: str,
    public_url: str,
) -> dict[str, Any]:
    """Return what the template shows of one board.

    Parameters
    ----------
    index : LookupIndex
        The plan.
    code : str
        Code of a grid.
    staff : mapping
        Who works in it and in those above it, by grid.
    language : str
        "zh" or "en".
    public_url : str
        Address of the service, as phones reach it.

    Returns
    -------
    dict
        Facts, map, QR code and its address.
    """
    said = words(language)
    board = board_of(index, code, staff, said)
    address = find_address(public_url, code)
    title = said["board.map"].replace("{name}", board.name)
    return asdict(board) | {"map": draw_map(index, code, title), "qr": qr_code(address), "address": address}


def issued(version: int | None, made_at: str | None, language: str) -> str:
    """Return which version a board shows.

    Parameters
    ----------
    version : int or None
        Its number; None for a draft.
    made_at : str or None
        When it was published.
    language : str
        "zh" or "en".

    Returns
    -------
    str
        One line.
    """
    said = words(language)
    if version is None:
        return str(said["board.draft"])
    day = ""
    if made_at:
        on = dt.datetime.fromisoformat(made_at).astimezone(dt.timezone(dt.timedelta(hours=BEIJING)))
        day = f"{on.year}年{on.month}月{on.day}日" if language == "zh" else f"{on.day} {on:%B %Y}"
    return str(said["board.version"]).replace("{n}", str(version)).replace("{date}", day)


def board_page(
    boards: Iterable[dict[str, Any]], *, title: str, language: str, paper: Paper, line: str, static: str
) -> str:
    """Return the page of a service.

    Parameters
    ----------
    boards : iterable of dict
        As :func:`filled` gives them.
    title : str
        Name of the plan.
    language : str
        "zh" or "en".
    paper : {"A3", "A4"}
        What it is printed on.
    line : str
        Which version it shows.
    static : str
        Where assets are served from.

    Returns
    -------
    str
        HTML.
    """
    return _render(boards, title, language, paper, line, static, None)


def saved_boards(boards: Iterable[dict[str, Any]], *, title: str, language: str, paper: Paper, line: str) -> str:
    """Return a document that needs nothing beside it and prints a page a board.

    Parameters
    ----------
    boards : iterable of dict
        As :func:`filled` gives them.
    title : str
        Name of the plan.
    language : str
        "zh" or "en".
    paper : {"A3", "A4"}
        What it is printed on.
    line : str
        Which version it shows.

    Returns
    -------
    str
        HTML.
    """
    style = code_in_script("\n".join(assets.text(assets.STATIC / "find" / name) for name in _STYLES))
    return _render(boards, title, language, paper, line, "", style)


def _render(
    boards: Iterable[dict[str, Any]],
    title: str,
    language: str,
    paper: Paper,
    line: str,
    static: str,
    style: Markup | None,
) -> str:
    context = {
        "language": language,
        "html_language": {"zh": "zh-CN", "en": "en"}[language],
        "title": title,
        "words": words(language),
        "boards": list(boards),
        "paper": paper,
        "issued": line,
        "static": static,
        "style": style,
        "styles": _STYLES,
    }
    return environment().get_template("board.html").render(c=context)
