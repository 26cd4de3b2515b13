"""How much of a township or a county was seen, and who has too much to look after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_grid.lookup.columns import rows_of, texts
from geo_grid.people.duty import in_term

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from geo_grid.field.policy import PatrolPolicy

#: Digits of the codes of counties, townships and areas.
DIGITS = {"city": 4, "county": 6, "township": 9, "area": 12}

#: How measures are told: unit, and how many of the measure make one.
TOLD = {"m": ("km", 1_000.0), "m2": ("ha", 10_000.0), "count": ("count", 1.0)}

_MONTH = 30.0


def cover(due: pd.DataFrame, part: NDArray[np.float64], policy: PatrolPolicy, *, digits: int = 9) -> pd.DataFrame:
    """Add up what was seen, by place and class.

    Parameters
    ----------
    due : DataFrame
        As :func:`geo_grid.field.duties.duties` returns it; only its coarsest level is counted.
    part : ndarray of float64, shape (n,)
        How much of each row was seen in the time (:meth:`geo_grid.field.seen.Seen.part`).
    policy : PatrolPolicy
        When a share counts as seen.
    digits : int
        Digits of the code that make a place: 6 a county, 9 a township, 12 an area (:data:`DIGITS`).

    Returns
    -------
    DataFrame
        ``code, class, unit`` (km, ha or count), ``whole, seen, share`` (of the whole, 0 to 1), ``duties, done, overdue``
        (numbers of shares). What runs along a border is counted once.
    """
    top = due["level"].to_numpy() == (due["level"].min() if len(due) else 1)
    rows, part = due[top], np.asarray(part)[top]
    measure = rows["measure"].to_numpy(dtype=float)
    needed = rows["class"].map({name: duty.part for name, duty in policy.classes.items()}).to_numpy(dtype=float)
    table = pd.DataFrame(
        {
            "code": [code[:digits] for code in texts(rows, "area_code")],
            "class": texts(rows, "class"),
            "unit": texts(rows, "unit"),
            "whole": measure,
            "seen": measure * part,
            "duties": 1,
            "done": (part >= needed - 1e-6).astype(np.int64),
            "overdue": (texts(rows, "state") == "overdue").astype(np.int64),
        }
    )
    out = table.groupby(["code", "class", "unit"], as_index=False).sum()
    per = out["unit"].map({unit: count for unit, (_, count) in TOLD.items()}).to_numpy(dtype=float)
    out["whole"], out["seen"] = out["whole"] / per, out["seen"] / per
    out["unit"] = out["unit"].map({unit: name for unit, (name, _) in TOLD.items()})
    whole = out["whole"].to_numpy(dtype=float)
    out["share"] = np.divide(out["seen"].to_numpy(dtype=float), whole, out=np.zeros(len(out)), where=whole > 0)
    return out[["code", "class", "unit", "whole", "seen", "share", "duties", "done", "overdue"]]


def load(
    patrol: pd.DataFrame, grids: pd.DataFrame, staff: pd.DataFrame, policy: PatrolPolicy, on: dt.date
) -> pd.DataFrame:
    """Compare what people have to look after.

    Parameters
    ----------
    patrol : DataFrame
        As :func:`geo_grid.field.patrol.patrol_list` returns it; a row counts for whoever goes, stand-ins too.
    grids : DataFrame
        The table ``grids``.
    staff : DataFrame
        The table ``staff``.
    policy : PatrolPolicy
        What is too much.
    on : date
        The day.

    Returns
    -------
    DataFrame
        One row a person and role: ``name, role, ids`` (tuple), ``grids`` (number), ``households, km, ha, points, visits``
        (in 30 days), ``times_households, times_km, times_ha`` (against the median of those of the role who have any; NaN
        where nobody has), ``too_much``. Most first. A person is a name and a phone; without a phone, a row of the roster.
    """
    now = staff[in_term(staff, on)].reset_index(drop=True)
    at = rows_of(texts(grids, "code"), texts(now, "grid_code"))
    homes = np.append(grids["households"].to_numpy(dtype=np.int64), 0)[at]
    phones, numbers = texts(now, "phone"), now["id"].tolist()
    person = pd.factorize(
        np.array(
            [
                f"{name}\0{phone}" if phone is not None else f"\0{number}"
                for name, phone, number in zip(now["name"], phones, numbers, strict=True)
            ],
            dtype=object,
        )
        + "\0"
        + texts(now, "role")
    )[0]
    count = int(person.max()) + 1 if len(person) else 0
    found = pd.Series(person, index=pd.Index(numbers, dtype="Int64")).reindex(patrol["staff_id"]).fillna(-1)
    walker = found.to_numpy(dtype=np.int64)
    first = np.unique(person, return_index=True)[1]
    out = pd.DataFrame({"name": texts(now, "name")[first], "role": texts(now, "role")[first]})
    ids: list[list[int]] = [[] for _ in range(count)]
    for who, number in zip(person.tolist(), numbers, strict=True):
        ids[who].append(number)
    out["ids"] = [tuple(each) for each in ids]
    out["grids"] = np.bincount(person, minlength=count)
    out["households"] = np.bincount(person, homes, minlength=count).astype(np.int64)
    units, held = texts(patrol, "unit"), patrol["held"].to_numpy(dtype=float)
    for column, unit in (("km", "m"), ("ha", "m2"), ("points", "count")):
        mine = (units == unit) & (walker >= 0)
        out[column] = np.bincount(walker[mine], held[mine] / TOLD[unit][1], minlength=count)
    often = _MONTH / patrol["every"].to_numpy(dtype=float)
    out["visits"] = np.bincount(walker[walker >= 0], often[walker >= 0], minlength=count)
    return _against_median(out, policy.too_much)


def _against_median(people: pd.DataFrame, too_much: float) -> pd.DataFrame:
    names = ["households", "km", "ha"]
    for name in names:
        any_ = people[name].where(people[name] > 0).astype(float)
        median = any_.groupby(people["role"]).transform("median")
        people[f"times_{name}"] = people[name] / median
    times = people[[f"times_{name}" for name in names]].max(axis=1).to_numpy(dtype=float)
    people["too_much"] = np.nan_to_num(times) > too_much
    order = np.argsort(-np.nan_to_num(times), kind="stable")
    return people.take(order).reset_index(drop=True)
