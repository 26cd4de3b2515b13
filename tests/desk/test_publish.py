"""Publishing: every band met or a reason written, one transaction, and a version that never changes."""

from __future__ import annotations

from typing import Any

import pytest
from plans import URBAN_1, VILLAGE

from geo_grid.check import check_plan
from geo_grid.desk import Desk, FirstVersionError, NothingChangedError, NotPublishableError, UnknownAreaError
from geo_grid.store import content_hash, open_store

B, C = f"{URBAN_1}0010102", f"{URBAN_1}0010103"
RENAME = {"op": "rename", "grid": B, "name": "西楼"}


def published(address: str, version: int | str = "published") -> Any:
    with open_store(address) as store:
        return store.read(version=version)


def move(desk: Desk) -> dict[str, Any]:
    units = desk.view(URBAN_1).tables["units"]
    return {
        "op": "move",
        "units": units.loc[units["grid_code_l3"] == C, "id"].tolist()[:1],
        "to": B,
        "level": 3,
    }


def test_the_first_version_is_the_whole_draft(desk: Desk, address: str) -> None:
    with open_store(address) as store:
        draft = store.read()
    assert desk.publisher.publish(name="首版", author="li") == 1
    version = published(address)
    for table in ("areas", "units", "grids", "exceptions", "elements", "element_shares"):
        assert len(version[table]) == len(draft[table])
    assert check_plan(published(address)) == []
    with pytest.raises(NothingChangedError):
        desk.publisher.publish(name="again", author="li")


def test_a_published_version_never_changes(desk: Desk, address: str) -> None:
    desk.publisher.publish(name="首版", author="li")
    before = content_hash(published(address, 1))
    desk.edit(URBAN_1, 0, RENAME, author="li")
    assert content_hash(published(address, 1)) == before
    assert desk.publisher.publish(name="二版", author="li") == 2
    assert content_hash(published(address, 1)) == before
    names = published(address)["grids"].set_index("code")["name"]
    assert names[B] == "西楼"


def test_a_band_that_is_broken_without_a_reason_keeps_a_draft_from_publishing(desk: Desk) -> None:
    desk.publisher.publish(name="首版", author="li")
    desk.edit(URBAN_1, 0, move(desk), author="li")
    broken = {problem.fault.grid for problem in desk.publisher.problems()}
    assert B in broken
    with pytest.raises(NotPublishableError) as caught:
        desk.publisher.publish(name="二版", author="li")
    assert {problem.fault.grid for problem in caught.value.problems} == broken
    assert len(desk.ledger.versions()) == 1


def test_a_written_reason_lets_it_be_published_as_an_exception(desk: Desk, address: str) -> None:
    desk.publisher.publish(name="首版", author="li")
    number = desk.edit(URBAN_1, 0, move(desk), author="li").number
    for problem in desk.publisher.problems():
        op = {"op": "excuse", "grid": problem.fault.grid, "reason": "街道办同意"}
        number = desk.edit(URBAN_1, number, op, author="li").number
    desk.publisher.publish(name="二版", author="li")
    rows = published(address)["exceptions"]
    row = rows.set_index("grid_code").loc[B]
    assert row["reason"] == "decided"
    assert "街道办同意" in row["proof"]


def test_areas_can_be_published_one_by_one_after_the_first_version(desk: Desk, address: str) -> None:
    assert desk.publisher.wants_whole_city([URBAN_1])
    assert not desk.publisher.wants_whole_city([row["code"] for row in desk.ledger.area_figures()])
    with pytest.raises(FirstVersionError):
        desk.publisher.publish([URBAN_1], name="part", author="li")
    desk.publisher.publish(name="首版", author="li")
    desk.edit(URBAN_1, 0, RENAME, author="li")
    grid = desk.view(VILLAGE).tables["grids"]["code"].iloc[0]
    desk.edit(VILLAGE, 0, {"op": "rename", "grid": grid, "name": "新一组"}, author="li")
    desk.publisher.publish([VILLAGE], name="二版", author="li")
    names = published(address)["grids"].set_index("code")["name"]
    assert names[grid] == "新一组"
    assert names[B] != "西楼"
    assert desk.publisher.changed() == [URBAN_1]


def test_an_area_there_is_not_is_named(desk: Desk) -> None:
    desk.publisher.publish(name="首版", author="li")
    assert not desk.publisher.wants_whole_city([URBAN_1])
    for ask in (desk.publisher.problems, lambda areas: desk.publisher.publish(areas, name="二版", author="li")):
        with pytest.raises(UnknownAreaError, match="no area has the code 123"):
            ask([URBAN_1, "123"])


def test_shares_and_seams_are_settled_when_a_version_is_published(desk: Desk, address: str) -> None:
    """An edit that moves borders leaves the shares of elements behind; the version has them right again."""
    desk.publisher.publish(name="首版", author="li")
    number = desk.edit(URBAN_1, 0, move(desk), author="li").number
    for problem in desk.publisher.problems():
        op = {"op": "excuse", "grid": problem.fault.grid, "reason": "街道办同意"}
        number = desk.edit(URBAN_1, number, op, author="li").number
    desk.publisher.publish(name="二版", author="li")
    assert check_plan(published(address)) == []


def test_lineage_tells_what_became_of_grids(desk: Desk) -> None:
    desk.publisher.publish(name="首版", author="li")
    number = desk.edit(URBAN_1, 0, {"op": "merge", "grids": [B, C], "into": B}, author="li").number
    for problem in desk.publisher.problems():
        op = {"op": "excuse", "grid": problem.fault.grid, "reason": "街道办同意"}
        number = desk.edit(URBAN_1, number, op, author="li").number
    version = desk.publisher.publish(name="二版", author="li")
    rows = desk.ledger.lineage(version)
    merged = rows[(rows["level"] == 3) & (rows["old_code"] == C)]
    assert merged["new_code"].tolist() == [B]
    assert set(merged["kind"]) == {"merged"}
