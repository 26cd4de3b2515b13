"""What the documentation says is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo_grid.schema import ELEMENT_CLASSES, LEDGER_TABLES, PUBLISHED, REASONS, TABLES

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def test_every_column_is_described() -> None:
    text = (ROOT / "docs/store.md").read_text(encoding="utf-8")
    copies = {table.name for table in PUBLISHED.values()}  # their columns are those of the plan's tables
    assert all(name in text for name in copies)
    for table in (*TABLES.values(), *LEDGER_TABLES.values()):
        if table.name in copies:
            continue
        section = re.search(rf"\*\*{table.name}\*\*(.*?)(?=\n\*\*\w|\n## |\Z)", text, re.DOTALL)
        assert section, table.name
        for name in table.column_names:
            assert f"`{name}`" in section[1], f"{table.name}.{name}"
    for word in (*REASONS, *ELEMENT_CLASSES):
        assert word in text


def test_the_example_of_city_toml_is_understood(tmp_path) -> None:
    from geo_grid.config import load_config

    text = (ROOT / "docs/city.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example
    path = tmp_path / "city.toml"
    path.write_text(example[1], encoding="utf-8")
    config = load_config(path)
    assert config.barriers == {"river": 1.0, "road": 0.3}
    assert config.inputs.households.columns["building"] == "楼栋"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readme_starts_with_the_two_commands_and_a_picture(name: str) -> None:
    first_screen = (ROOT / name).read_text(encoding="utf-8")[:1200]
    assert "scripts/demo" in first_screen
    assert "scripts/test" in first_screen
    assert re.search(r"!\[.+\]\(docs/pictures/.+\.png\)", first_screen)
