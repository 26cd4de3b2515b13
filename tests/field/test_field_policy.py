"""What an office writes into city.toml about field inspection is what a service reads from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cities import City, run

from geo_grid.field import FieldPolicy, field_policy
from geo_grid.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """
[policy.patrol]
worst_accuracy = 60.0
[policy.patrol.river]
every = 9
season = false
[policy.matters.house]
mend_days = 2
[policy.field]
refuse_far = true
track_days = 30
"""


def test_the_plan_carries_it(tmp_path: Path, capsys: Any) -> None:
    city, store = City(tmp_path).write(), tmp_path / "plan.gpkg"
    city.write_text(city.read_text(encoding="utf-8") + POLICY, encoding="utf-8")
    assert "field inspection: patrol.river.every = 9" in run(capsys, "inspect", city)[1]
    assert run(capsys, "build", city, "--store", store)[0] == 0
    assert "field.refuse_far = true" in run(capsys, "report", store)[1]
    policy = field_policy(open_store(store).meta())
    assert (policy.patrol.worst_accuracy, policy.patrol.classes["river"].every) == (60.0, 9)
    assert policy.patrol.classes["river"].season is None
    assert policy.categories["house"].mend_days == 2
    assert (policy.settings.refuse_far, policy.settings.track_days, policy.settings.photos) == (True, 30, 9)


def test_a_plan_that_says_nothing_has_the_defaults(tmp_path: Path, capsys: Any) -> None:
    city, store = City(tmp_path).write(), tmp_path / "plan.gpkg"
    assert run(capsys, "build", city, "--store", store)[0] == 0
    assert "field_policy" not in open_store(store).meta()
    assert field_policy(open_store(store).meta()) == FieldPolicy()
    assert "field inspection" not in run(capsys, "inspect", city)[1]
