"""Cut a city into one job an area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from geo_grid.area import AreaJob

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_grid.model import CityInput
    from geo_grid.policy import Policies


class Rules(Protocol):
    """What of a configuration the zones depend on."""

    @property
    def policies(self) -> Policies:
        """Bands and roles."""

    @property
    def min_contact(self) -> float:
        """Metres of common border that make neighbours."""

    @property
    def seed(self) -> int:
        """Seed of all random choices."""


def area_jobs(city: CityInput, config: Rules) -> list[AreaJob]:
    """Cut the city into one job an area.

    Parameters
    ----------
    city : CityInput
        What was read.
    config : Rules
        What ``city.toml`` says.

    Returns
    -------
    list of AreaJob
        In the order of ``city.areas``.
    """
    from geo_grid.cells import CellSettings

    label_by_polygon(city)
    by_area = city.households.groupby("area_code").indices
    none = np.empty(0, dtype=np.int64)
    barriers = _lines_near(city)
    dividers = _dividers(city)
    return [
        AreaJob(
            code=area.code,
            polygon=area.geometry,
            households=city.households.iloc[np.sort(by_area.get(area.code, none))],
            barriers=barriers[i],
            dividers=dividers.get(area.code, np.empty(0, dtype=object)),
            policy=config.policies.of(area.kind),
            cells=CellSettings(),
            min_contact=config.min_contact,
            seed=config.seed,
        )
        for i, area in enumerate(city.areas.itertuples())
    ]


def label_by_polygon(city: CityInput) -> None:
    """Write the villager group of households that lie in a group's polygon.

    Parameters
    ----------
    city : CityInput
        Changed in place; a polygon wins over the label in the household's row.
    """
    import geopandas as gpd

    if city.groups is None or not len(city.groups):
        return
    hits = gpd.sjoin(city.households[["area_code", "geometry"]], city.groups, predicate="intersects")
    hits = hits[hits["area_code_left"] == hits["area_code_right"]]
    hits = hits[~hits.index.duplicated()]
    city.households.loc[hits.index, "group"] = hits["name"].fillna(hits["code"])


def _dividers(city: CityInput) -> dict[str, NDArray[Any]]:
    """Borders of villager groups by area."""
    from geo_grid.cells import dividing_lines

    if city.groups is None:
        return {}
    areas = city.areas.set_index("code").geometry
    return {
        str(code): dividing_lines(rows.geometry.to_numpy(), areas[code])
        for code, rows in city.groups.groupby("area_code")
    }


def _lines_near(city: CityInput) -> list[list[tuple[NDArray[Any], float]]]:
    """Barrier lines that meet each area, by strength."""
    import shapely

    out: list[list[tuple[NDArray[Any], float]]] = [[] for _ in range(len(city.areas))]
    areas = city.areas.geometry.to_numpy()
    by_strength: dict[float, list[str]] = {}
    for name, strength in city.barriers.items():
        by_strength.setdefault(strength, []).append(name)
    for strength, names in sorted(by_strength.items(), reverse=True):
        lines = _as_lines(city.elements[city.elements["class"].isin(names)])
        if not len(lines):
            continue
        area, line = shapely.STRtree(lines).query(areas, predicate="intersects")
        for i in np.unique(area):
            out[i].append((lines[line[area == i]], strength))
    return out


def _as_lines(elements: gpd.GeoDataFrame) -> NDArray[Any]:
    """Lines as they are, polygons by their border."""
    import shapely

    geoms = elements.geometry.to_numpy()
    polygonal = shapely.get_dimensions(geoms) == 2
    lines = np.where(polygonal, shapely.boundary(geoms), geoms)
    return shapely.get_parts(lines[shapely.get_dimensions(lines) == 1])
