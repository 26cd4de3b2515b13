"""The figures a planner signs: computed from a plan, printed on a terminal or as a page."""

from geo_grid.report.page import write_html
from geo_grid.report.summarise import summarise
from geo_grid.report.summary import (
    BarrierFigures,
    ElementFigures,
    ExceptionFigures,
    GroupFigures,
    HouseholdFigures,
    LevelFigures,
    QuarantineFigures,
    Summary,
)
from geo_grid.report.text import text_lines

__all__ = [
    "BarrierFigures",
    "ElementFigures",
    "ExceptionFigures",
    "GroupFigures",
    "HouseholdFigures",
    "LevelFigures",
    "QuarantineFigures",
    "Summary",
    "summarise",
    "text_lines",
    "write_html",
]
