"""The city's numbers as its leaders quote them: by level, county and township; told in public, or exactly to staff."""

from geo_grid.figures.counting import FIGURE_TABLES, CityFigures, city_figures
from geo_grid.figures.places import AREA_DIGITS, COUNTY_DIGITS, TOWNSHIP_DIGITS, county_and_township
from geo_grid.figures.told import figures_told

__all__ = [
    "AREA_DIGITS",
    "COUNTY_DIGITS",
    "FIGURE_TABLES",
    "TOWNSHIP_DIGITS",
    "CityFigures",
    "city_figures",
    "county_and_township",
    "figures_told",
]
