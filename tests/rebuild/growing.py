"""Small cities that change from year to year (``from growing import city, changed``)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from cities import City, houses, square

if TYPE_CHECKING:
    from pathlib import Path

TOWN, VALE, DALE, WASTE = "141102901001", "141102901201", "141102901202", "141102901203"


def city(folder: Path, seed: int = 0, *, ids: bool = True) -> City:
    """A community of blocks, a village with groups, one without, and one where nobody lives; beside each other."""
    random = np.random.default_rng(seed)
    town = houses(square(0, 0), 4, 5, int(random.integers(12, 30)), "C")
    vale = _hamlet(random, square(1, 0), 90, "V")
    vale["group"] = np.where(vale["lon"] < vale["lon"].median(), "一组", "二组")
    dale = _hamlet(random, square(0, 1), 130, "D")
    people = pd.concat([town, vale, dale], ignore_index=True)
    people["address"] = [f"{row.building}{row.floor}-{at}" for at, row in enumerate(people.itertuples())]
    if not ids:
        people = people.drop(columns="id")
    folder.mkdir(exist_ok=True)
    areas = gpd.GeoDataFrame(
        {
            "code": [TOWN, VALE, DALE, WASTE],
            "name": ["凤山社区", "岭上村", "沟里村", "荒坡村"],
            "kind": ["urban", "rural", "rural", "rural"],
        },
        geometry=[square(0, 0), square(1, 0), square(0, 1), square(1, 1)],
        crs="EPSG:4326",
    )
    road = shapely.LineString([(111.1002, 37.5055), (111.1198, 37.5061), (111.118, 37.519)])
    layer = gpd.GeoDataFrame({"name": ["县道"]}, geometry=[road], crs="EPSG:4326")
    layer.to_file(folder / "roads.gpkg")
    extra = '[[inputs.elements]]\nclass = "road"\npath = "roads.gpkg"\n[barriers]\nroad = 0.3\n'
    return City(folder, areas=areas, households=people, extra=extra)


def _hamlet(random: np.random.Generator, where: shapely.Polygon, count: int, prefix: str) -> pd.DataFrame:
    west, south, east, north = where.bounds
    x = west + (0.05 + 0.9 * random.random(count)) * (east - west)
    y = south + (0.05 + 0.9 * random.random(count)) * (north - south)
    return pd.DataFrame(
        {
            "id": [f"{prefix}{at:04d}" for at in range(count)],
            "building": [f"{prefix}{at + 1}号" for at in range(count)],
            "floor": 1,
            "lon": x,
            "lat": y,
        }
    )


def changed(people: pd.DataFrame, seed: int, share: float = 0.03) -> pd.DataFrame:
    """Some households torn down, and as many new: in buildings that stand, and in houses of their own near by."""
    random = np.random.default_rng((seed, 77))
    half = max(1, round(share * len(people) / 2))
    kept = people.drop(people.index[random.choice(len(people), half, replace=False)])
    new = kept.iloc[random.choice(len(kept), half)].copy()
    own = random.random(half) < 0.5
    name = [f"新{seed}-{at}" for at in range(half)]
    if "id" in new:
        new["id"] = name
    new["address"] = name
    new.loc[own, "building"] = np.array(name, dtype=object)[own]
    for axis in ("lon", "lat"):
        new.loc[own, axis] += random.uniform(-2e-4, 2e-4, int(own.sum()))
    everybody = pd.concat([kept, new], ignore_index=True)
    return everybody.iloc[random.permutation(len(everybody))].reset_index(drop=True)


def grids_of(store: Any) -> pd.DataFrame:
    """Grids of each household of the draft, by its address: the name no store gives it."""
    plan = store.read(("households", "units"))
    units = plan["units"].set_index("id")
    people = pd.DataFrame(plan["households"][["address", "unit_id", "area_code"]])
    for level in (1, 2, 3):
        people[level] = units[f"grid_code_l{level}"].reindex(people["unit_id"]).to_numpy()
    return people.set_index("address")


def codes_by_the_rule(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Assert who keeps a code: exactly the grids that have most of the households of an old one, under the same parent."""
    both = before.join(after, how="inner", suffixes=("_old", "_new"))
    for level in (1, 2, 3):
        pairs = both[[f"{level}_old", f"{level}_new"]].dropna().value_counts()
        shares: dict[str, dict[str, int]] = defaultdict(dict)
        for (old, new), count in pairs.items():
            shares[old][new] = count
        taken = {code: count for code, news in shares.items() for new, count in news.items() if new == code}
        for old, news in shares.items():
            new, most = max(news.items(), key=lambda item: item[1])
            clear = 2 * most > sum(news.values())
            if new == old:
                assert clear or old not in taken, f"{old} keeps its code with half of its households or less"
            elif clear and _parent(old, level) == _parent(new, level):
                # another old grid went on there
                assert taken.get(new, 0) >= most, f"{old} goes on as {new}, which has most of nobody else"


def _parent(code: str, level: int) -> str:
    return code[:-3] if level == 1 else code[:-2]
