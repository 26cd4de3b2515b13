"""Names, codes and household counts of the city's counties, townships, villages and communities."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[2] / "data/boundaries"
NAMES = DATA / "lvliang_names"

#: Households of the whole city, about; more than that is a second city beside the first, not a denser one.
CITY_HOUSEHOLDS = 1_200_000
#: Share of the city's households that live in communities.
URBAN_SHARE = 0.42


class RefusedError(Exception):
    """A city that cannot be made as it was ordered; one line says why."""


@dataclass(frozen=True, slots=True)
class Places:
    """What the registers say.

    Parameters
    ----------
    areas : DataFrame
        ``code, name, kind, town, county, weight`` of villages and communities that have territory, by code; the
        weights are household counts of a city of :data:`CITY_HOUSEHOLDS`, made up.
    towns : DataFrame
        ``code, name, county`` of townships and streets that have such areas.
    counties : DataFrame
        ``code, name, km2, lon, lat``.
    virtual : list of str
        Names of the communities that have no territory.
    """

    areas: pd.DataFrame
    towns: pd.DataFrame
    counties: pd.DataFrame
    virtual: list[str]


def load_places(seed: int) -> Places:
    areas = pd.read_csv(NAMES / "lvliang_villages_2456.csv", dtype=str)
    areas = areas.rename(columns={"streetCode": "town", "areaCode": "county"})[["code", "name", "town", "county"]]
    # the register keeps 3 communities for industrial zones' statistics; nobody lives there and they have no land
    is_virtual = areas["name"].str.contains("虚拟社区")
    virtual = areas.loc[is_virtual, "name"].tolist()
    areas = areas[~is_virtual].sort_values("code", ignore_index=True)
    urban = areas["name"].str.contains("社区|居委会|居民委员会")
    areas["kind"] = np.where(urban, "urban", "rural")
    areas["weight"] = _weights(urban.to_numpy(), np.random.default_rng([seed, 1]))
    towns = pd.read_csv(NAMES / "lvliang_streets_154.csv", dtype=str).rename(columns={"areaCode": "county"})
    towns = towns.loc[towns["code"].isin(areas["town"]), ["code", "name", "county"]].sort_values("code")
    counties = pd.read_csv(NAMES / "county_frame.csv", dtype={"code": str}).sort_values("code", ignore_index=True)
    return Places(areas, towns.reset_index(drop=True), counties, virtual)


def _weights(urban: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw households: communities of 300 to 4,000, villages of 20 to 1,500, either with a long tail."""
    spread = rng.standard_normal(len(urban))
    size = np.where(
        urban, np.clip(1500 * np.exp(0.45 * spread), 250, 4000), np.clip(250 * np.exp(0.65 * spread), 20, 1500)
    )
    share = np.where(urban, URBAN_SHARE, 1 - URBAN_SHARE)
    total = np.where(urban, size[urban].sum(), size[~urban].sum())
    return np.asarray(size * share * CITY_HOUSEHOLDS / total)


def apportion(weight: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Share out a whole number by weight, largest remainder first, at least 1 to each."""
    spare = total - len(weight)
    if spare < 0:
        raise RefusedError(f"{total} households are fewer than the {len(weight)} areas")
    exact = weight / weight.sum() * spare
    count = np.floor(exact).astype(np.int64)
    first = np.argsort(count - exact, kind="stable")[: spare - int(count.sum())]
    count[first] += 1
    return count + 1
