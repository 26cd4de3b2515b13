"""The map on a board: a grid among its neighbours, as an SVG in the plan's own metres."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from markupsafe import Markup, escape

from geo_grid.lookup.columns import texts
from webmap.board.facts import short_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_grid.lookup import LookupIndex

#: Width and height of the drawing, in thousandths of its width.
WIDTH, HEIGHT = 1000, 860

#: Share of the grid's size that is shown around it.
_AROUND = 0.28

#: The least ground that is shown (m): a grid of one house would say nothing of where it is.
_LEAST = 120.0

_NICE = (1, 2, 5)


@dataclass
class _Sheet:
    """The window of ground that is drawn, and what is written on it so far."""

    west: float
    north: float
    scale: float  # drawing units a metre
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    @property
    def box(self) -> Any:
        return shapely.box(self.west, self.north - HEIGHT / self.scale, self.west + WIDTH / self.scale, self.north)

    def clipped(self, shape: Any) -> Any:
        # a little beyond the frame, so that cut edges are not drawn along it
        margin = 12 / self.scale
        return shapely.clip_by_rect(
            shape,
            self.west - margin,
            self.north - HEIGHT / self.scale - margin,
            self.west + WIDTH / self.scale + margin,
            self.north + margin,
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.west) * self.scale, (self.north - y) * self.scale

    def path(self, shape: Any) -> str:
        """Return a geometry as path data."""
        return "".join(self._line(part) for part in _lines(shape))

    def _line(self, line: Any) -> str:
        ground = shapely.get_coordinates(line)
        x = (ground[:, 0] - self.west) * self.scale
        y = (self.north - ground[:, 1]) * self.scale
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        return f"M{points}{'Z' if line.is_closed else ''}"

    def room(self, text: str, x: float, y: float, size: float) -> bool:
        """Take the room a word needs, if it is inside the frame and free."""
        width = sum(size if ord(sign) > 0x2E80 else 0.58 * size for sign in text)
        box = (x - width / 2 - 4, y - 0.6 * size, x + width / 2 + 4, y + 0.6 * size)
        inside = box[0] > 6 and box[1] > 6 and box[2] < WIDTH - 6 and box[3] < HEIGHT - 6
        free = all(box[2] < a or box[0] > c or box[3] < b or box[1] > d for a, b, c, d in self.taken)
        if inside and free:
            self.taken.append(box)
        return inside and free


def _lines(shape: Any) -> Iterable[Any]:
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            yield part.exterior
            yield from part.interiors
        elif part.geom_type in {"LineString", "LinearRing"}:
            yield part
        elif part.geom_type.startswith("Multi") or part.geom_type == "GeometryCollection":
            yield from _lines(part)


def draw_map(index: LookupIndex, code: str, title: str) -> Markup:
    """Draw a grid with its neighbours' outlines, its parts and the elements there.

    Parameters
    ----------
    index : LookupIndex
        The plan.
    code : str
        Code of a grid.
    title : str
        What the picture is, for those who do not see it.

    Returns
    -------
    Markup
        An ``<svg>`` without any style of its own: classes say what is what.

    Raises
    ------
    UnknownCodeError
        If there is no such grid.
    """
    shape = index.shape(code)
    sheet = _sheet_of(shape)
    facts = index.by_code(code)
    area = index.by_code(facts["area"])["name"]
    own = short_name(facts["name"], area, code)
    layers = [
        *_neighbours(index, code, sheet),
        f'<path class="own" d="{sheet.path(sheet.clipped(shape))}"/>',
        *(
            f'<path class="child" d="{sheet.path(sheet.clipped(index.shape(child)))}"/>'
            for child in index.children(code)
        ),
        *_elements(index, sheet),
        f'<path class="own-line" d="{sheet.path(sheet.clipped(shape))}"/>',
    ]
    x, y = sheet.at(*shapely.get_coordinates(shapely.point_on_surface(_largest(shape)))[0])
    # the grid's own name has the first claim to room, and is written last
    sheet.taken.append((-50, HEIGHT - 70, 340, HEIGHT))
    sheet.taken.append((WIDTH - 80, 0, WIDTH, 110))
    name = _word(sheet, own, x, y, 40, "own-name")
    words = [*name, *_element_names(index, sheet), *_neighbour_names(index, code, sheet)]
    return Markup("").join(  # every text is escaped where it is written
        Markup(part)  # noqa: S704
        for part in (
            f'<svg class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
            *layers,
            *words,
            *_furniture(sheet),
            "</svg>",
        )
    )


def _sheet_of(shape: Any) -> _Sheet:
    west, south, east, north = shapely.bounds(shape).tolist()
    width = max((east - west) * (1 + 2 * _AROUND), _LEAST)
    height = max((north - south) * (1 + 2 * _AROUND), _LEAST * HEIGHT / WIDTH)
    scale = min(WIDTH / width, HEIGHT / height)
    middle = (west + east) / 2, (south + north) / 2
    return _Sheet(middle[0] - WIDTH / scale / 2, middle[1] + HEIGHT / scale / 2, scale)


def _largest(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return parts[int(np.argmax(shapely.area(parts)))]


def _beside(index: LookupIndex, code: str, sheet: _Sheet) -> list[tuple[str, Any]]:
    """Return codes and shapes of what else is in the window: areas, then grids of the same level."""
    own = index.by_code(code)
    found = []
    for table in (index.areas, index.grids[index.grids["level"] == own["level"]]):
        shapes, codes = table["geom"].to_numpy(), texts(table, "code")
        at = np.flatnonzero(shapely.intersects(shapes, sheet.box))
        found += [(str(codes[row]), shapes[row]) for row in at if codes[row] not in {code, own["area"]}]
    return found


def _neighbours(index: LookupIndex, code: str, sheet: _Sheet) -> Iterable[str]:
    area = index.by_code(code)["area"]
    yield f'<path class="beside" d="{sheet.path(sheet.clipped(index.shape(area)))}"/>'
    for each, shape in _beside(index, code, sheet):
        kind = "beside" if index.by_code(each)["area"] == area else "beside other"
        yield f'<path class="{kind}" d="{sheet.path(sheet.clipped(shape))}"/>'


def _neighbour_names(index: LookupIndex, code: str, sheet: _Sheet) -> Iterable[str]:
    near, own = _beside(index, code, sheet), index.by_code(code)["area"]
    # an area is named where it has no grid of this level to be named
    told = {index.by_code(each)["area"] for each, _ in near if index.by_code(each)["level"]}
    for each, shape in near:
        facts = index.by_code(each)
        seen = shapely.intersection(shape, sheet.box)
        if seen.is_empty or (facts["level"] == 0 and each in told):
            continue
        text = short_name(facts["name"], index.by_code(facts["area"])["name"] if facts["level"] else None, each)
        if facts["level"] and facts["area"] != own:
            text = f"{index.by_code(facts['area'])['name']} {text}"
        x, y = sheet.at(*shapely.get_coordinates(shapely.point_on_surface(seen))[0])
        yield from _word(sheet, text, x, y, 24, "beside-name")


def _near(index: LookupIndex, sheet: _Sheet) -> list[tuple[str, str | None, Any]]:
    shapes = index.elements["geom"].to_numpy()
    at: Any = np.flatnonzero(shapely.intersects(shapes, sheet.box)) if len(shapes) else []
    kinds, names = texts(index.elements, "class"), texts(index.elements, "name")
    found = [(str(kinds[row]), names[row] if isinstance(names[row], str) else None, shapes[row]) for row in at]
    return sorted(found, key=lambda each: -shapely.get_dimensions(each[2]))


def _elements(index: LookupIndex, sheet: _Sheet) -> Iterable[str]:
    for kind, _, shape in _near(index, sheet):
        dimension = int(shapely.get_dimensions(shape))
        name = f"element {escape(kind)}"
        if dimension == 0:
            for x, y in shapely.get_coordinates(shape):
                a, b = sheet.at(x, y)
                yield f'<circle class="{name}" cx="{a:.1f}" cy="{b:.1f}" r="8"/>'
            continue
        drawn = sheet.path(sheet.clipped(shape))
        if dimension == 1:
            yield f'<path class="casing" d="{drawn}"/>'
        yield f'<path class="{name} {"line" if dimension == 1 else "ground"}" d="{drawn}"/>'


def _element_names(index: LookupIndex, sheet: _Sheet) -> Iterable[str]:
    for kind, name, shape in _near(index, sheet):
        seen = shapely.intersection(shape, sheet.box)
        if name is None or seen.is_empty:
            continue
        dimension = int(shapely.get_dimensions(shape))
        if dimension == 1:
            longest = max(_lines(seen), key=shapely.length, default=None)
            if longest is None:
                continue
            place = shapely.line_interpolate_point(longest, 0.3, normalized=True)
        else:
            place = shapely.point_on_surface(seen)
        x, y = sheet.at(*shapely.get_coordinates(place)[0])
        yield from _word(sheet, name, x, y + (0 if dimension == 2 else 24), 21, f"name {escape(kind)}")


def _word(sheet: _Sheet, text: str, x: float, y: float, size: float, kind: str) -> list[str]:
    if not sheet.room(text, x, y, size):
        return []
    return [f'<text class="{kind}" x="{x:.1f}" y="{y + 0.35 * size:.1f}" font-size="{size}">{escape(text)}</text>']


def _furniture(sheet: _Sheet) -> Iterable[str]:
    """Yield a scale bar and where north is."""
    length = _nice(0.28 * WIDTH / sheet.scale)
    width = length * sheet.scale
    text = f"{length:g} m" if length < 1000 else f"{length / 1000:g} km"
    y = HEIGHT - 24
    yield f'<path class="bar" d="M24,{y - 10}V{y}H{24 + width:.1f}V{y - 10}"/>'
    yield f'<text class="bar-text" x="{24 + width / 2:.1f}" y="{y - 14}" font-size="20">{text}</text>'
    yield f'<path class="north" d="M{WIDTH - 44},84V30M{WIDTH - 56},48L{WIDTH - 44},26L{WIDTH - 32},48"/>'
    yield f'<text class="bar-text" x="{WIDTH - 44}" y="106" font-size="22">N</text>'


def _nice(metres: float) -> float:
    power = 10.0 ** math.floor(math.log10(metres))
    return max(step * power for step in _NICE if step * power <= metres)
