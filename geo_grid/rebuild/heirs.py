"""Codes of a new plan: grids that keep most of their households keep their code, all others get numbers never given before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_grid.errors import ConfigError
from geo_grid.rebuild.former import LEVEL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_grid.codes import CodeProfile

    Ints = NDArray[np.int64]


def new_codes(
    grids: pd.DataFrame,
    kinds: Mapping[str, str],
    pairs: pd.DataFrame,
    old: pd.DataFrame,
    numbers: Mapping[str, int],
    profile: CodeProfile,
) -> dict[str, str]:
    """Give the grids of a new plan their codes, parents first.

    Parameters
    ----------
    grids : DataFrame
        Grids of the new plan, ``code, level, parent_code, area_code``.
    kinds : mapping of str to str
        Kind of each area.
    pairs : DataFrame
        What :func:`shared_households` returned.
    old : DataFrame
        Grids of the former plan, ``code, parent_code, area_code``.
    numbers : mapping of str to int
        Highest number ever given under each parent.
    profile : CodeProfile
        How codes are put together.

    Returns
    -------
    dict of str to str
        Code of each grid by the one the build gave it.

    Raises
    ------
    ConfigError
        If a parent has no numbers left.
    """
    parent_of = _parents(old)
    final: dict[str, str] = {}
    top = dict(numbers)
    for level in sorted(grids["level"].unique().tolist()):
        mine = grids[grids["level"] == level].sort_values("code")
        stems = [final[up] if isinstance(up, str) else area for up, area in _above(mine)]
        of_code = dict(zip(mine["code"], stems, strict=True))
        goes_on = _heirs(pairs[pairs["level"] == level], of_code, parent_of)
        for (code, area), stem in zip(zip(mine["code"], mine["area_code"], strict=True), stems, strict=True):
            was, kind = goes_on.get(code), kinds[area]
            if was is None or not profile.pattern(area, kind, level).fullmatch(was):
                was = _next(stem, level, kind, top, profile)
            final[code] = was
    return final


def _parents(old: pd.DataFrame) -> dict[str, str]:
    return {
        code: up if isinstance(up, str) else area for code, (up, area) in zip(old["code"], _above(old), strict=True)
    }


def _above(grids: pd.DataFrame) -> list[tuple[str | None, str]]:
    return list(zip(grids["parent_code"].astype(object), grids["area_code"].astype(object), strict=True))


def _heirs(pairs: pd.DataFrame, stems: Mapping[str, str], parent_of: Mapping[str, str]) -> dict[str, str]:
    """Return the old grid that each new one goes on with: most of the households of it, under the same parent."""
    total = pairs.groupby("old")["households"].transform("sum")
    most = pairs[2 * pairs["households"] > total].sort_values(["households", "old"], ascending=[False, True])
    out: dict[str, str] = {}
    for new, was in zip(most["new"], most["old"], strict=True):
        if new not in out and stems.get(new) == parent_of.get(was):
            out[new] = was
    return out


def _next(stem: str, level: int, kind: str, top: dict[str, int], profile: CodeProfile) -> str:
    width = profile.widths(kind)[level - 1]
    number = top.get(stem, 0) + 1
    if number >= 10**width:
        raise ConfigError(
            f"{stem} has no numbers left for another grid of level {level}: numbers are never given twice",
            mend=f"Give level {level} more digits in codes.levels.{kind}.",
        )
    top[stem] = number
    return f"{stem}{profile.separator}{number:0{width}d}"


def shared_households(old: pd.DataFrame, new: pd.DataFrame, match: Ints) -> pd.DataFrame:
    """Count the households that grids of the new and the former plan have in common.

    Parameters
    ----------
    old, new : DataFrame
        Households with their grids, :data:`geo_grid.rebuild.former.LEVEL_COLUMNS`.
    match : ndarray of int64
        Household of ``old`` that each of ``new`` is, −1 for none.

    Returns
    -------
    DataFrame
        ``level, old, new, households``, a row for each pair.
    """
    known = np.flatnonzero(match >= 0)
    parts = []
    for level, name in enumerate(LEVEL_COLUMNS, start=1):
        pair = pd.DataFrame({"old": old[name].to_numpy()[match[known]], "new": new[name].to_numpy()[known]}).dropna()
        parts.append(pair.groupby(["old", "new"]).size().rename("households").reset_index().assign(level=level))
    return pd.concat(parts, ignore_index=True)
