"""What docs/field.md says is what the library does."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from geo_grid.field.categories import CATEGORIES
from geo_grid.field.events import KINDS
from geo_grid.field.forms import BODY_KEYS, check_form
from geo_grid.field.matters import STATUSES, TRANSITIONS
from geo_grid.field.policy import FieldPolicy, FieldSettings, read_field_policy
from geo_grid.field.reasons import REFUSALS, WARNINGS
from geo_grid.field.tables import FIELD_TABLES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/field.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_every_column_is_described() -> None:
    for table in FIELD_TABLES.values():
        section = re.search(rf"\*\*{table.name}\*\* –(.*?)(?=\n\*\*\w|\n## |\nThey are)", PAGE, re.DOTALL)
        assert section, table.name
        assert set(re.findall(r"`([a-z0-9_]+)`", section[1])) == set(table.column_names), table.name
        assert not table.public


def test_the_settings_are_those_of_the_page_and_they_are_the_defaults() -> None:
    values = tomllib.loads(block("toml"))["policy"]
    assert read_field_policy(values) == FieldPolicy()
    assert set(values["field"]) == set(FieldSettings.__dataclass_fields__)


def test_the_example_of_an_event_is_understood() -> None:
    raw = json.loads(
        block("json")
        .replace("3f0c…", "3f0c0000-0000-4000-8000-000000000000")
        .replace("91ab…", "91ab0000-0000-4000-8000-000000000000")
    )
    assert check_form(raw, FieldSettings())["kind"] == "found"


def test_every_kind_key_and_category_is_described() -> None:
    for kind in KINDS:
        assert re.search(rf"\b{kind}\b", PAGE)
        for key in BODY_KEYS[kind]:
            assert key in PAGE, key
    for category in CATEGORIES.values():
        row = re.search(rf"\| {category.key} \| {category.zh} \| (\d+) \| (\d+) \|", PAGE)
        assert row, category.key
        assert (int(row[1]), int(row[2])) == (category.mend_days, category.check_days)
    for kind, way in TRANSITIONS.items():
        row = re.search(rf"\n\| {kind} \| ([^|]*)\|", PAGE)
        assert row
        assert all(source in row[1] for source in way.sources)
    assert all(status in PAGE for status in STATUSES)


def test_every_reason_the_library_gives_can_be_told() -> None:
    given: set[str] = set()
    for path in (ROOT / "geo_grid/field").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        given |= set(re.findall(r'(?:RefusedChangeError|FormError)\(\s*"(\w+)"', text))
    assert given
    assert given <= set(REFUSALS)
    assert all(zh and en for zh, en in [*REFUSALS.values(), *WARNINGS.values()])
