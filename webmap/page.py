"""The page: a folium map in a document of our own, served or as one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import folium
from branca.element import Figure, MacroElement
from folium.template import Template

from webmap import assets
from webmap.accounts.guard import find_session
from webmap.page_frame import page_context, shown_atlas

if TYPE_CHECKING:
    from webmap.library import Library
    from webmap.settings import BaseMap

#: Where a map without areas looks: the middle of Lüliang.
_NOWHERE = (37.5, 111.2)


class Page(Figure):
    """The document around the map, in place of branca's, which loads its parts from other hosts.

    Parameters
    ----------
    context : dict
        What the template shows: language, words, title, where assets come from, nonce.
    """

    _template = Template(assets.text(assets.HERE / "templates" / "page.html"))

    def __init__(self, context: dict[str, Any]) -> None:
        super().__init__()
        self.context = context


class GridMap(folium.Map):
    """A folium map that needs Leaflet and nothing else.

    The page brings Leaflet itself, from this package; folium's own lists of scripts and styles name other hosts.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own name and type
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id="{{ this.get_name() }}" role="application"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }},
            crs: L.CRS.{{ this.crs }},
            ...{{ this.options|tojavascript }}
        });
        {% endmacro %}
        """
    )

    def __init__(self, bounds: list[float] | None) -> None:
        west, south, east, north = bounds or (_NOWHERE[1], _NOWHERE[0], _NOWHERE[1], _NOWHERE[0])
        super().__init__(
            location=((south + north) / 2, (west + east) / 2),
            zoom_start=13,
            tiles=None,
            prefer_canvas=True,
            zoom_control=False,
            attribution_control=False,
            zoom_snap=0.25,
            max_zoom=21,
            min_zoom=4,
            world_copy_jump=False,
        )
        # the name folium makes up is new every time; a fixed one keeps equal plans equal files
        self._id = "plan"


class BaseTiles(MacroElement):
    """The base map's layers below everything else.

    Parameters
    ----------
    base_map : BaseMap
        The tiles.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {% for url in this.base_map.urls %}
        L.tileLayer({{ url|tojson }}, {
            subdomains: {{ this.base_map.subdomains|tojson }},
            maxNativeZoom: {{ this.base_map.max_zoom }}, maxZoom: 21, className: "base-map"
        }).addTo({{ this._parent.get_name() }});
        {% endfor %}
        {% endmacro %}
        """
    )

    def __init__(self, base_map: BaseMap) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "BaseTiles"
        self.base_map = base_map


def render(context: dict[str, Any], bounds: list[float] | None, base_map: BaseMap | None = None) -> str:
    """Return the whole document.

    Parameters
    ----------
    context : dict
        What the template shows.
    bounds : list of float or None
        West, south, east, north of the plan.
    base_map : BaseMap, optional
        Tiles below it.

    Returns
    -------
    str
        HTML.
    """
    page, grid_map = Page(context), GridMap(bounds)
    page.add_child(grid_map)
    if base_map is not None:
        grid_map.add_child(BaseTiles(base_map))
    return page.render()


def served_page(library: Library, language: str, static: str, nonce: str) -> str:
    """Return the page of a service.

    Parameters
    ----------
    library : Library
        The plan.
    language : str
        "zh" or "en".
    static : str
        Where assets are served from.
    nonce : str
        Marks inline scripts.

    Returns
    -------
    str
        HTML.
    """
    base, atlas = library.settings.base_map, shown_atlas(library)
    config = {
        "datum": base.datum if base else "WGS84",
        "attribution": base.attribution if base else "",
        "tiles_from": library.settings.tiles_from,
        "staff": find_session() is not None,
    }
    context = page_context(
        language,
        str(atlas.plan.meta.get("name") or ""),
        config,
        saved=False,
        static=static,
        styles=sorted(path.name for path in assets.OWN.glob("*.css")),
        nonce=nonce,
    )
    return render(context, atlas.projector.bounds(atlas.plan.areas["geom"].to_numpy()), base)
