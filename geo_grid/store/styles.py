"""QGIS styles (QML) of the layers of a plan."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from geo_grid.schema import ELEMENT_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable


class Symbol(NamedTuple):
    """How one category is drawn.

    Parameters
    ----------
    value : str
        Value of the attribute that puts a row in the category.
    label : str
        Words of the legend.
    fill, line : str
        Colours "r,g,b,a", 0..255.
    width : float
        Width of the line, millimetres.
    """

    value: str
    label: str
    fill: str
    line: str
    width: float


#: Colours keep apart for colour-blind eyes: blue is in order, orange is not.
_STATUS = {
    "in_band": ("在区间内 in band", "86,156,214,60"),
    "given": ("既有村民小组 given group", "150,150,150,60"),
    "exception": ("例外 exception", "230,140,30,130"),
}
_LEVEL_LINE = {1: ("20,40,80,255", 0.9), 2: ("40,80,140,255", 0.45), 3: ("90,120,160,255", 0.2)}
_ELEMENT_COLOURS = {
    "forest": "52,131,71",
    "farmland": "206,176,64",
    "road": "96,96,96",
    "well": "0,120,168",
    "mine": "122,74,48",
    "river": "44,123,201",
    "gully": "168,112,56",
    "hill": "150,140,100",
}


def grid_style(level: int | None) -> str:
    """Return the style of the grids of one level, by status, labelled by name.

    Parameters
    ----------
    level : int or None
        Level; None for the table of all levels.

    Returns
    -------
    str
        QML text.
    """
    line, width = _LEVEL_LINE[level or 2]
    symbols = [Symbol(value, label, fill, line, width) for value, (label, fill) in _STATUS.items()]
    return _qml("fill", "status", symbols, label="name" if level else None)


def element_style(kind: str) -> str:
    """Return the style of elements of one kind of geometry, by class.

    Parameters
    ----------
    kind : {"fill", "line", "marker"}
        Kind of symbol.

    Returns
    -------
    str
        QML text.
    """
    symbols = [
        Symbol(class_, f"{word} {class_}", f"{colour},110" if kind == "fill" else f"{colour},255", f"{colour},255", 0.5)
        for (class_, word), colour in zip(
            ELEMENT_CLASSES.items(), (_ELEMENT_COLOURS[class_] for class_ in ELEMENT_CLASSES), strict=True
        )
    ]
    return _qml(kind, "class", symbols)


def plain_style(kind: str, fill: str, line: str, width: float) -> str:
    """Return a style with one symbol for all rows.

    Parameters
    ----------
    kind : {"fill", "line", "marker"}
        Kind of symbol.
    fill, line : str
        Colours "r,g,b,a".
    width : float
        Width of the line, millimetres.

    Returns
    -------
    str
        QML text.
    """
    return _qml(kind, None, [Symbol("", "", fill, line, width)])


def categories_style(kind: str, attribute: str | None, symbols: list[Symbol]) -> str:
    """Return a style with a symbol for each value of an attribute.

    Parameters
    ----------
    kind : {"fill", "line", "marker"}
        Kind of symbol.
    attribute : str or None
        Name of the column; None for the first symbol for all rows.
    symbols : list of Symbol
        Symbols.

    Returns
    -------
    str
        QML text.
    """
    return _qml(kind, attribute, symbols)


def _qml(kind: str, attribute: str | None, symbols: list[Symbol], label: str | None = None) -> str:
    root = ET.Element(
        "qgis", version="3.22.0", styleCategories="Symbology|Labeling", labelsEnabled=str(int(bool(label)))
    )
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        type="categorizedSymbol" if attribute else "singleSymbol",
        forceraster="0",
        symbollevels="0",
        enableorderby="0",
    )
    if attribute:
        renderer.set("attr", attribute)
        categories = ET.SubElement(renderer, "categories")
        for number, symbol in enumerate(symbols):
            ET.SubElement(
                categories,
                "category",
                symbol=str(number),
                value=symbol.value,
                label=symbol.label,
                render="true",
                type="string",
            )
    drawn = ET.SubElement(renderer, "symbols")
    for number, symbol in enumerate(symbols):
        element = ET.SubElement(drawn, "symbol", type=kind, name=str(number), alpha="1", clip_to_extent="1")
        _layer(element, kind, symbol)
    if label:
        _labels(root, label)
    return "<!DOCTYPE qgis>\n" + ET.tostring(root, encoding="unicode")


def _layer(parent: ET.Element, kind: str, symbol: Symbol) -> None:
    if kind == "fill":
        class_, options = (
            "SimpleFill",
            {
                "color": symbol.fill,
                "style": "solid",
                "outline_color": symbol.line,
                "outline_style": "solid",
                "outline_width": str(symbol.width),
                "outline_width_unit": "MM",
                "joinstyle": "round",
            },
        )
    elif kind == "line":
        class_, options = (
            "SimpleLine",
            {
                "line_color": symbol.line,
                "line_style": "solid",
                "line_width": str(symbol.width),
                "line_width_unit": "MM",
                "capstyle": "round",
                "joinstyle": "round",
            },
        )
    else:
        class_, options = (
            "SimpleMarker",
            {
                "name": "circle",
                "color": symbol.fill,
                "outline_color": "255,255,255,255",
                "outline_width": "0.2",
                "size": str(round(2 * symbol.width + 1, 2)),
                "size_unit": "MM",
            },
        )
    layer = ET.SubElement(parent, "layer", {"class": class_, "enabled": "1", "locked": "0", "pass": "0"})
    table = ET.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(table, "Option", name=name, value=value, type="QString")
    for name, value in options.items():  # QGIS before 3.22 reads these
        ET.SubElement(layer, "prop", k=name, v=value)


def _labels(root: ET.Element, attribute: str) -> None:
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    text = ET.SubElement(
        settings,
        "text-style",
        fieldName=attribute,
        isExpression="0",
        fontSize="8",
        fontSizeUnit="Point",
        textColor="20,20,20,255",
    )
    ET.SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor="255,255,255,220",
    )
    ET.SubElement(settings, "placement", placement="1")
    ET.SubElement(settings, "rendering", drawLabels="1", obstacle="0", displayAll="0")


#: Style by layer.
STYLES: dict[str, Callable[[], str]] = {
    "areas": partial(plain_style, "fill", "0,0,0,0", "60,20,90,255", 1.2),
    "grids": partial(grid_style, None),
    "grids_l1": partial(grid_style, 1),
    "grids_l2": partial(grid_style, 2),
    "grids_l3": partial(grid_style, 3),
    "units": partial(plain_style, "fill", "0,0,0,0", "150,150,150,255", 0.1),
    "households": partial(plain_style, "marker", "60,60,60,255", "255,255,255,255", 0.2),
    "elements_areas": partial(element_style, "fill"),
    "elements_lines": partial(element_style, "line"),
    "elements_points": partial(element_style, "marker"),
}
