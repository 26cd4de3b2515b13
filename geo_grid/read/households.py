"""Households: every row is placed in an area, or quarantined with a reason; none is lost and none is guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo_grid.errors import InputError
from geo_grid.read.coordinates import project
from geo_grid.read.expand import expand_rows, households_of_rows
from geo_grid.read.placing import nearest_area, place_points
from geo_grid.read.positions import Positions, read_positions
from geo_grid.read.table import column_map, is_none, missing_column
from geo_grid.read.words import fold

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_grid.read.batches import Ids
    from geo_grid.read.buildings import Buildings
    from geo_grid.read.quarantine import Quarantine
    from geo_grid.read.table import Table


@dataclass(slots=True)
class Fates:
    """What becomes of each row.

    Parameters
    ----------
    reason : ndarray of object, shape (n,)
        Why a row goes to quarantine; None for rows that are placed.
    area : ndarray of int, shape (n,)
        Position of its area; -1 for none.
    x, y : ndarray of float64, shape (n,)
        Working coordinates.
    """

    reason: NDArray[np.object_]
    area: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]

    def refuse(self, which: NDArray[Any], reasons: Any) -> None:
        """Quarantine rows, those that have a reason already excepted.

        Parameters
        ----------
        which : ndarray of bool, shape (n,)
            The rows.
        reasons : str or sequence of str
            One reason, or one a row of `which`.
        """
        texts = np.full(len(self.reason), None, dtype=object)
        texts[which] = reasons
        new = which & is_none(self.reason)
        self.reason[new] = texts[new]

    @property
    def open(self) -> NDArray[np.bool_]:
        """Rows without a reason against them."""
        return is_none(self.reason)


def read_households(
    table: Table,
    areas: gpd.GeoDataFrame,
    buildings: Buildings | None,
    quarantine: Quarantine,
    notes: list[str],
    ids: Ids | None = None,
    *,
    bare: bool = False,
) -> pd.DataFrame:
    """Place all households of a source.

    Parameters
    ----------
    table : Table
        The source.
    areas : GeoDataFrame
        Areas, noded, in the working coordinate system.
    buildings : Buildings or None
        Where rows without coordinates take theirs from.
    quarantine : Quarantine
        Takes what cannot be placed.
    notes : list of str
        Told what was decided.
    ids : Ids, optional
        Ids of the batches before, where the source comes in several.
    bare : bool
        Whether columns will do: texts as ``str``, and ``x`` and ``y`` instead of a geometry.

    Returns
    -------
    GeoDataFrame, or a DataFrame where it is bare
        As :class:`geo_grid.model.CityInput` describes it.

    Raises
    ------
    InputError
        The file as a whole cannot be used.
    """
    columns = column_map(table.source, list(table.frame.columns))
    positions = read_positions(table, columns, areas)
    if buildings is None and table.geometry is None and not positions.has_columns:
        raise missing_column(table.source, "lon", list(table.frame.columns))
    fates = decide(table, columns, positions, areas, buildings, notes, ids)
    refused = np.flatnonzero(~fates.open)
    quarantine.add(table, refused, fates.reason[refused])
    quarantine.add_broken(table)
    return (_bare if bare else _frame)(table, columns, fates, areas, notes)


def decide(
    table: Table,
    columns: dict[str, str],
    positions: Positions,
    areas: gpd.GeoDataFrame,
    buildings: Buildings | None,
    notes: list[str],
    ids: Ids | None = None,
) -> Fates:
    """Decide row by row what is placed where.

    Parameters
    ----------
    table : Table
        The source.
    columns : dict of str to str
        Its column map.
    positions : Positions
        Its coordinates.
    areas : GeoDataFrame
        Areas, in the working coordinate system.
    buildings : Buildings or None
        Where rows without coordinates take theirs from.
    notes : list of str
        Told what was decided.
    ids : Ids, optional
        Ids of the batches before.

    Returns
    -------
    Fates
        One a row.
    """
    n = len(table)
    fates = Fates(positions.reason.copy(), np.full(n, -1, dtype=np.int64), np.full(n, np.nan), np.full(n, np.nan))
    declared = _declared_areas(table, columns, areas)
    _place_given(table, positions, areas, declared, fates, notes)
    _place_from_buildings(table, columns, positions, buildings, declared, fates, notes)
    _note_contradictions(table, fates, declared, positions, notes)
    count = households_of_rows(table, columns)
    without = ~is_none(count.reason)
    if without.any():
        fates.refuse(without, count.reason[without])
    _refuse_doubled_ids(table, columns, fates, ids)
    return fates


def _place_given(
    table: Table,
    positions: Positions,
    areas: gpd.GeoDataFrame,
    declared: NDArray[np.int64],
    fates: Fates,
    notes: list[str],
) -> None:
    here = np.flatnonzero(fates.open & positions.given)
    if not len(here):
        return
    x, y = project(table, positions.x[here], positions.y[here], str(areas.crs))
    finite = np.isfinite(x) & np.isfinite(y)
    if not finite.all():
        lost = np.zeros(len(table), dtype=bool)
        lost[here[~finite]] = True
        fates.refuse(lost, "coordinates cannot be projected into the city's coordinate system")
        here, x, y = here[finite], x[finite], y[finite]
    shapes, codes = np.asarray(areas.geometry.array, dtype=object), areas["code"].tolist()
    placed = place_points(x, y, shapes, codes, declared[here])
    fates.area[here], fates.x[here], fates.y[here] = placed.area, placed.x, placed.y
    if placed.brought_in.any():
        text = "households on the outer border were brought inside by millimetres"
        notes.append(f"{table.source.label}: {placed.brought_in.sum()} {text}")
    outside = placed.area < 0
    if outside.any():
        places = np.column_stack((placed.x[outside], placed.y[outside]))
        nearest, distance = nearest_area(places, shapes, codes)
        which = np.zeros(len(table), dtype=bool)
        which[here[outside]] = True
        swap = positions.swapped[here[outside]]
        fates.refuse(which, [_outside(codes[a], d, s) for a, d, s in zip(nearest, distance, swap, strict=True)])


def _outside(code: str, distance: float, swapped: bool) -> str:
    if swapped:
        return "outside all areas, and inside with longitude and latitude swapped: swap them"
    shown = f"{distance:.2f} m" if distance < 1000 else f"{distance / 1000:.1f} km"
    return f"outside all areas: {shown} from {code}, the nearest"


def _declared_areas(table: Table, columns: dict[str, str], areas: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return the area each row names, by code, else by name; -1 for none, -2 for one there is not."""
    declared = np.full(len(table), -1, dtype=np.int64)
    for word, values in (("area_name", areas["name"]), ("area_code", areas["code"])):
        if word not in columns:
            continue
        lookup: dict[str, int] = {}
        for position, value in enumerate(values):
            lookup[fold(value)] = -2 if fold(value) in lookup else position
        codes, unique = table.coded(columns[word])
        found = np.array([lookup.get(fold(text), -2) for text in unique] + [-1], dtype=np.int64)[codes]
        declared = np.where(found >= 0, found, np.where(declared >= 0, declared, np.minimum(found, declared)))
    return declared


def _place_from_buildings(
    table: Table,
    columns: dict[str, str],
    positions: Positions,
    buildings: Buildings | None,
    declared: NDArray[np.int64],
    fates: Fates,
    notes: list[str],
) -> None:
    missing = fates.open & ~positions.given
    if not missing.any():
        return
    if buildings is None:
        fates.refuse(missing, "no coordinates")
        return
    fates.refuse(missing & (declared == -2), "no coordinates, and it names an area there is not, or not one alone")
    here = np.flatnonzero(missing & fates.open)
    names = table.text(columns["building"])[here] if "building" in columns else [None] * len(here)
    building, reason = buildings.directory.match(declared[here], list(names))
    unmatched = np.zeros(len(table), dtype=bool)
    unmatched[here[building < 0]] = True
    fates.refuse(unmatched, [text for text in reason if text])
    here, building = here[building >= 0], building[building >= 0]
    fates.area[here] = buildings.directory.area[building]
    fates.x[here], fates.y[here] = buildings.x[building], buildings.y[building]
    notes.append(f"{table.source.label}: {len(here)} rows without coordinates took those of their building")


def _note_contradictions(
    table: Table, fates: Fates, declared: NDArray[np.int64], positions: Positions, notes: list[str]
) -> None:
    against = fates.open & positions.given & (fates.area >= 0) & (declared != -1) & (declared != fates.area)
    if against.any():
        rows = ", ".join(str(row) for row in table.rows[against][:5])
        more = ", …" if against.sum() > 5 else ""
        text = f"{against.sum()} rows lie in another area than they name, and count where they lie (rows {rows}{more})"
        notes.append(f"{table.source.label}: {text}")


def _refuse_doubled_ids(table: Table, columns: dict[str, str], fates: Fates, before: Ids | None) -> None:
    if "id" not in columns:
        return
    if before is not None and before.all_differ:
        return
    if before is not None and before.doubled:
        _refuse_ids_given_before(table, columns, fates, before)
    words = table.words(columns["id"])
    if pc.count_distinct(words).as_py() == len(words) - words.null_count:
        return
    ids = pd.Series(table.text(columns["id"]), dtype=object)
    placed = np.flatnonzero(fates.open & ids.notna().to_numpy())
    seen = ids.iloc[placed]
    again = seen.duplicated().to_numpy()
    if again.any():
        first = dict(zip(seen[~again], table.rows[placed[~again]], strict=True))
        which = np.zeros(len(table), dtype=bool)
        which[placed[again]] = True
        fates.refuse(which, [f"the id {value!r} was given in row {first[value]} already" for value in seen[again]])


def _refuse_ids_given_before(table: Table, columns: dict[str, str], fates: Fates, before: Ids) -> None:
    """Refuse ids of placed rows in earlier batches, and remember those of this one that may come again."""
    texts = table.text(columns["id"])
    open_rows = np.flatnonzero(fates.open & ~is_none(texts))
    again: dict[int, str] = {}
    for row in open_rows[before.suspects(texts[open_rows])].tolist():
        first = before.first.setdefault(texts[row], int(table.rows[row]))
        if first < table.rows[0]:
            again[row] = f"the id {texts[row]!r} was given in row {first} already"
    which = np.zeros(len(table), dtype=bool)
    which[list(again)] = True
    fates.refuse(which, [again[row] for row in sorted(again)])


def _frame(
    table: Table, columns: dict[str, str], fates: Fates, areas: gpd.GeoDataFrame, notes: list[str]
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    keep = np.flatnonzero(fates.open)
    part = table if len(keep) == len(table) else table.take(keep)  # as it is, it keeps the texts it has worked out
    rows = expand_rows(part, columns, notes)
    origin = rows.origin
    sources = np.full(len(origin), table.source.label, dtype=object)
    frame = pd.DataFrame({"id": rows.id, "source": sources}, dtype=object)
    frame["row"] = part.rows[origin]
    codes = areas["code"].to_numpy(dtype=object)
    frame["area_code"] = pd.Series(codes[fates.area[keep]][origin], dtype=object)
    for word in ("building", "entrance"):
        frame[word] = _text_column(part, columns, word, origin)
    frame["floor"] = rows.floor
    for word in ("group", "address"):
        frame[word] = _text_column(part, columns, word, origin)
    frame["residents"] = rows.residents
    points = shapely.points(fates.x[keep], fates.y[keep])[origin]
    return gpd.GeoDataFrame(frame, geometry=points, crs=areas.crs)


def _bare(
    table: Table, columns: dict[str, str], fates: Fates, areas: gpd.GeoDataFrame, notes: list[str]
) -> pd.DataFrame:
    keep = np.flatnonzero(fates.open)
    part = table if len(keep) == len(table) else table.take(keep)
    given = part.words(columns["id"]) if "id" in columns else pa.nulls(len(part))
    rows = expand_rows(part, columns, notes, ids=given.null_count > 0 or "households" in columns)
    codes = pa.array(areas["code"], pa.large_string())
    texts = {
        "id": pa.array(rows.id, pa.large_string()) if len(rows.id) else given,
        "source": pa.repeat(pa.scalar(table.source.label, pa.large_string()), len(rows.origin)),
        "area_code": codes.take(pa.array(fates.area[keep][rows.origin])),
    }
    for word in ("building", "entrance", "group", "address"):
        here = part.words(columns[word]) if word in columns else pa.nulls(len(part), pa.large_string())
        texts[word] = here if len(rows.origin) == len(part) else here.take(pa.array(rows.origin))
    return pd.DataFrame(
        {name: pd.array(values, dtype="str") for name, values in texts.items()}
        | {"row": part.rows[rows.origin], "floor": rows.floor, "residents": rows.residents}
        | {"x": fates.x[keep][rows.origin], "y": fates.y[keep][rows.origin]}
    )


def _text_column(table: Table, columns: dict[str, str], word: str, origin: NDArray[np.int64]) -> pd.Series:
    empty = np.full(len(table), None, dtype=object)
    values = table.text(columns[word]) if word in columns else empty
    return pd.Series(values[origin], dtype=object)  # left to itself, pandas would make None a NaN


def require_rows(table: Table) -> None:
    """Refuse a source without any row.

    Parameters
    ----------
    table : Table
        The source.

    Raises
    ------
    InputError
        It is empty.
    """
    if not len(table) and not len(table.broken):
        raise InputError("the file is empty: it has no rows", file=table.source.label, mend="Check layer and where")
