"""Put a city into a room, part by part, as it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.engine.division import divide, places_of_elements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import geopandas as gpd

    from geo_grid.engine.division import Division
    from geo_grid.engine.rooms import Room
    from geo_grid.model import CityInput


class Settled:
    """A city in a room.

    Parameters
    ----------
    city : CityInput
        The city; its households may be elsewhere.
    room : Room
        Where it goes.
    """

    def __init__(self, city: CityInput, room: Room) -> None:
        self.division: Division = divide(city.areas)
        self.codes: list[str] = city.areas["code"].tolist()
        self.households = np.zeros(len(city.areas), dtype=np.int64)
        self.placed_rows = 0
        self.between: dict[str, list[str]] = {}
        self._city, self._room = city, room
        self._place = {code: i for i, code in enumerate(self.codes)}
        room.crs = city.crs

    def take(self, batches: Iterable[gpd.GeoDataFrame]) -> None:
        """Put everything into the room; what of the city is read after the households must be there then.

        Parameters
        ----------
        batches : iterable of GeoDataFrame
            Its households.
        """
        from geo_grid.jobs import label_by_polygon

        city, room, names = self._city, self._room, self.division.names
        for part, rows in self._by_part(self.division.of_area):
            room.put_input(names[part], "areas", city.areas.take(rows).reset_index(drop=True))
        first = True
        for batch in batches:
            city.households = batch
            label_by_polygon(city)
            self._take_households(batch, whole=first)
            first = False
        if city.groups is not None:
            of_group = self.division.of_area[[self._place[code] for code in city.groups["area_code"]]]
            for part, rows in self._by_part(of_group):
                room.put_input(names[part], "groups", city.groups.take(rows).reset_index(drop=True))
        self._take_elements()
        room.seal()

    def _take_households(self, batch: gpd.GeoDataFrame, *, whole: bool) -> None:
        area = batch["area_code"].map(self._place).to_numpy(dtype=np.int64)
        self.households += np.bincount(area, minlength=len(self.codes))
        rows = batch["row"].to_numpy()
        self.placed_rows += int(np.count_nonzero(np.diff(rows))) + bool(len(rows))
        of_row = self.division.of_area[area]
        for part, name in enumerate(self.division.names):
            mine = np.flatnonzero(of_row == part)
            if whole or len(mine):  # each part has the layer, if only an empty one
                self._room.put_input(name, "households", batch.take(mine).reset_index(drop=True))

    def _take_elements(self) -> None:
        elements, names = self._city.elements, self.division.names
        element, part = places_of_elements(elements, self._city.areas, self.division)
        parts_of = np.bincount(element, minlength=len(elements))
        home = parts_of == 1
        for number, name in enumerate(names):
            mine = element[part == number]
            frame = elements.take(mine).reset_index(drop=True)
            self._room.put_input(name, "elements", frame.assign(home=home[mine]))
        lowest = np.full(len(elements), len(names), dtype=np.int64)
        np.minimum.at(lowest, element, part)
        for number, rows in self._by_part(np.where(home, -1, lowest)):
            if number < 0:
                continue
            name = f"between-{names[number]}" if number < len(names) else "outside"
            met = np.unique(part[np.isin(element, rows)])
            self.between[name] = [names[at] for at in met]
            frame = elements.take(rows).reset_index(drop=True)
            self._room.put_input(name, "elements", frame.assign(home=False))

    @staticmethod
    def _by_part(of_row: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        for part in np.unique(of_row):
            yield int(part), np.flatnonzero(of_row == part)
