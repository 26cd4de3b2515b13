"""What a report says, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class QuarantineFigures:
    """Rows of one source that were put aside for one reason.

    Parameters
    ----------
    source : str
        File or table.
    reason : str
        Why, without what concerns the single row; empty for all reasons beyond those listed.
    rows : int
        How many.
    """

    source: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class HouseholdFigures:
    """Where the household rows went.

    Parameters
    ----------
    read, placed, quarantined : int or None
        Rows; None where the plan does not say.
    households : int
        Households in the plan (a row may stand for several).
    reasons : list of QuarantineFigures
        Everything put aside, of every source.
    """

    read: int | None
    placed: int | None
    quarantined: int | None
    households: int
    reasons: list[QuarantineFigures]

    @property
    def accounted(self) -> bool:
        """Whether placed and quarantined rows add up to the rows read."""
        parts = (self.read, self.placed, self.quarantined)
        return None not in parts and self.read == (self.placed or 0) + (self.quarantined or 0)


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """Grids of one level, of a city, a county, a township or an area.

    Parameters
    ----------
    level : int
        1 to 3.
    kind : str or None
        "urban" or "rural", or None for both together.
    grids, households : int
        Their number, and the households in them.
    mean, smallest, largest : float, int, int
        Households of a grid.
    banded, in_band : int
        Grids that have a band, and those of them within it.
    given, exceptions : int
        Grids given by villager groups, and exceptions.
    compactness_mean, compactness_least : float
        Polsby-Popper, 4π·area / perimeter²: 1 for a circle.
    cut_km : float
        Length of borders between grids inside areas.
    crossing_grids : int
        Grids that a barrier runs through.
    crossing_km : float
        Length of barriers inside grids.
    buildings_split, splits_unavoidable : int
        Buildings in more than one grid, and those of them that hold more households than a grid may have (or that
        given villager groups divide).
    elements_per_grid : float
        Mean number of elements a grid holds.
    """

    level: int
    kind: str | None
    grids: int
    households: int
    mean: float
    smallest: int
    largest: int
    banded: int
    in_band: int
    given: int
    exceptions: int
    compactness_mean: float
    compactness_least: float
    cut_km: float
    crossing_grids: int
    crossing_km: float
    buildings_split: int
    splits_unavoidable: int
    elements_per_grid: float

    @property
    def share_in_band(self) -> float | None:
        """Share of the grids with a band that are within it, None where none has a band."""
        return self.in_band / self.banded if self.banded else None


@dataclass(frozen=True, slots=True)
class ExceptionFigures:
    """One grid outside its band.

    Parameters
    ----------
    code, name : str
        The grid.
    area_code, area_name : str
        Its area.
    level : int
        1 to 3.
    households : int
        In the grid.
    low, high : int or None
        Its band, None for a given villager group.
    reason : str
        One of :data:`geo_grid.schema.REASONS`.
    violation, smallest_violation : int
        Households outside the band, and the fewest possible.
    proof : Any
        The numbers that prove it.
    """

    code: str
    name: str
    area_code: str
    area_name: str
    level: int
    households: int
    low: int | None
    high: int | None
    reason: str
    violation: int
    smallest_violation: int
    proof: Any


@dataclass(frozen=True, slots=True)
class ElementFigures:
    """Elements of one class that are measured alike.

    Parameters
    ----------
    element_class : str
        Class.
    unit : str
        "m", "m2" or "count".
    elements : int
        How many.
    measure : float
        All of them together; of a county, township or area, what it counts.
    outside : float
        What lies outside all areas (of the whole city only).
    outside_elements : int
        Elements of which anything lies outside.
    grids : dict of int to int
        For each level how many grids hold any.
    """

    element_class: str
    unit: str
    elements: int
    measure: float
    outside: float = 0.0
    outside_elements: int = 0
    grids: dict[int, int] | None = None


@dataclass(frozen=True, slots=True)
class BarrierFigures:
    """Grids that barriers of one class run through, at one level.

    Parameters
    ----------
    element_class : str
        Class.
    strength : float
        0 to 1.
    level : int
        1 to 3.
    grids : int
        How many grids.
    km : float
        Length of barriers inside them.
    """

    element_class: str
    strength: float
    level: int
    grids: int
    km: float


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Figures of a county, a township or an area.

    Parameters
    ----------
    code : str
        Code of the area, or the first 9 or 6 digits of its areas' codes.
    name : str or None
        Name, where known.
    kind : str or None
        "urban" or "rural" for an area.
    areas, households : int
        Their number.
    levels : list of LevelFigures
        One a level that occurs.
    elements : list of ElementFigures
        One a class and unit that occurs.
    """

    code: str
    name: str | None
    kind: str | None
    areas: int
    households: int
    levels: list[LevelFigures]
    elements: list[ElementFigures]


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures a planner signs.

    Parameters
    ----------
    meta : dict of str to Any
        What the plan says of itself.
    urban_areas, rural_areas : int
        Communities and villages.
    households : HouseholdFigures
        Rows read, placed and put aside.
    levels : list of LevelFigures
        One a kind and level; where both kinds occur, then one a level for both.
    exceptions : list of ExceptionFigures
        Every grid outside its band, by reason and code.
    barriers : list of BarrierFigures
        One a class and level.
    elements : list of ElementFigures
        One a class and unit.
    counties, townships, areas : list of GroupFigures
        The same, closer by.
    border_shift : float
        Farthest (m) that any area's border is from the input's.
    """

    meta: dict[str, Any]
    urban_areas: int
    rural_areas: int
    households: HouseholdFigures
    levels: list[LevelFigures]
    exceptions: list[ExceptionFigures]
    barriers: list[BarrierFigures]
    elements: list[ElementFigures]
    counties: list[GroupFigures]
    townships: list[GroupFigures]
    areas: list[GroupFigures]
    border_shift: float

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values.

        Returns
        -------
        dict
            Nested dictionaries and lists.
        """
        return asdict(self)
