"""Who is in charge on a day: vacancies, doubles, and what of it the public may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from numpy.typing import NDArray


def in_term(staff: pd.DataFrame, on: dt.date) -> NDArray[np.bool_]:
    """Tell who is in charge on a day.

    Parameters
    ----------
    staff : DataFrame
        The table ``staff``.
    on : date
        The day.

    Returns
    -------
    ndarray of bool, shape (n,)
        Whether the day is in the term, its first and last day included.
    """
    day = on.isoformat()  # ISO dates sort as text
    begun = staff["term_from"].fillna("").to_numpy(dtype=object) <= day
    open_ = staff["term_to"].fillna("9999-12-31").to_numpy(dtype=object) >= day
    return np.asarray(begun & open_, dtype=bool)


def vacancies(staff: pd.DataFrame, grids: pd.DataFrame, on: dt.date) -> pd.DataFrame:
    """List the grids nobody is in charge of.

    Parameters
    ----------
    staff : DataFrame
        The table ``staff``.
    grids : DataFrame
        The table ``grids``.
    on : date
        The day.

    Returns
    -------
    DataFrame
        ``code, level, name, area_code, role, next_from``, by level and code; ``next_from`` is the day somebody begins.
    """
    held = set(staff["grid_code"][in_term(staff, on)])
    free = grids[~grids["code"].isin(held)][["code", "level", "name", "area_code", "role"]]
    coming = staff["term_from"].fillna("") > on.isoformat()
    called_off = staff["term_to"].fillna("9999-12-31") < staff["term_from"].fillna("")
    later = staff[coming & ~called_off]
    begins = later.groupby("grid_code")["term_from"].min() if len(later) else pd.Series(dtype=object)
    free = free.assign(next_from=free["code"].map(begins).astype(object))
    return free.sort_values(["level", "code"], ignore_index=True)


def gone(staff: pd.DataFrame, grids: pd.DataFrame, on: dt.date) -> pd.DataFrame:
    """List who is in charge of grids that are not there any more.

    Parameters
    ----------
    staff : DataFrame
        The table ``staff``.
    grids : DataFrame
        The table ``grids``.
    on : date
        The day.

    Returns
    -------
    DataFrame
        ``id, grid_code, level, role, name``, by code.
    """
    left = staff[in_term(staff, on) & ~staff["grid_code"].isin(grids["code"]).to_numpy()]
    return left[["id", "grid_code", "level", "role", "name"]].sort_values(["grid_code", "id"], ignore_index=True)


def doubles(staff: pd.DataFrame, on: dt.date) -> pd.DataFrame:
    """List the grids with several people in charge, and the people in charge of several grids.

    Parameters
    ----------
    staff : DataFrame
        The table ``staff``.
    on : date
        The day.

    Returns
    -------
    DataFrame
        ``kind`` ("grid" or "person"), ``level``, ``role``, ``codes`` and ``names`` (tuples) and ``ids`` (tuple), grids
        first. A person is a name and a phone; without a phone, namesakes are not told apart and are not listed.
    """
    now = staff[in_term(staff, on)].sort_values("id")
    found = [_double("grid", part) for _, part in now.groupby("grid_code") if len(part) > 1]
    called = now[now["phone"].notna()]
    found += [_double("person", part) for _, part in called.groupby(["name", "phone", "level"]) if len(part) > 1]
    return pd.DataFrame(found, columns=["kind", "level", "role", "codes", "names", "ids"])


def _double(kind: str, part: pd.DataFrame) -> dict[str, Any]:
    return {
        "kind": kind,
        "level": int(part["level"].iloc[0]),
        "role": str(part["role"].iloc[0]),
        "codes": tuple(dict.fromkeys(part["grid_code"])),
        "names": tuple(dict.fromkeys(part["name"])),
        "ids": tuple(int(each) for each in part["id"]),
    }


def public_staff(staff: pd.DataFrame, codes: Iterable[str], on: dt.date) -> dict[str, list[dict[str, str | None]]]:
    """Return who is in charge of grids, as the public may see it.

    Parameters
    ----------
    staff : DataFrame
        The table ``staff``.
    codes : iterable of str
        Codes of the grids.
    on : date
        The day.

    Returns
    -------
    dict of str to list of dict
        By grid ``role, name, phone``; the phone is None unless the person agreed.
    """
    out: dict[str, list[dict[str, str | None]]] = {code: [] for code in codes}
    shown = staff[in_term(staff, on) & staff["grid_code"].isin(list(out)).to_numpy()].sort_values("id")
    columns = (shown[name].tolist() for name in ("grid_code", "role", "name", "phone", "phone_public"))
    for code, role, name, phone, public in zip(*columns, strict=True):
        told = str(phone) if public == 1 and isinstance(phone, str) else None
        out[code].append({"role": role, "name": name, "phone": told})
    return out
