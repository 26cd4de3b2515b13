"""What docs/exchange.md says is what the program does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from geo_grid.cli import exchange_commands
from geo_grid.cli.parser import _OneLineParser
from geo_grid.exchange.formats import FORMATS
from geo_grid.exchange.sheets import _SMALLEST
from geo_grid.read.words import COLUMNS, fold

PAGE = (Path(__file__).resolve().parents[2] / "docs/exchange.md").read_text(encoding="utf-8")
COMMANDS = [line.partition("  #")[0] for line in PAGE.splitlines() if line.startswith("geo-grid ")]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_shown_is_understood(line: str) -> None:
    parser = _OneLineParser(prog="geo-grid")
    exchange_commands.register(parser.add_subparsers(required=True))
    assert callable(parser.parse_args(shlex.split(line)[1:]).run)


def test_every_format_is_in_the_table() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (\.\w+) \|", PAGE, re.MULTILINE))
    assert rows == {name: item.suffix for name, item in FORMATS.items()}


@pytest.mark.parametrize("role", ["assignment", "polygons"])
def test_every_column_name_shown_is_known(role: str) -> None:
    title = {"assignment": "### Assignment list", "polygons": "### Hand-drawn"}[role]
    table = PAGE.partition(title)[2].partition("\n- ")[0]
    known = {fold(name) for names in COLUMNS[role].values() for name in names}
    shown = []
    for cells in re.findall(r"^\| [^|]+ \| ([^|]+) \|$", table, re.MULTILINE)[1:]:
        plain = re.sub(r"\([^)]*\)|:.*|…", "", cells)
        shown += [word.strip() for word in re.split(r",|\bor\b|\band\b", plain) if word.strip()]
    assert len(shown) > 10
    assert [word for word in shown if fold(word) not in known] == []


def test_the_figures_named() -> None:
    assert f"gaps of {_SMALLEST:g} m² and more" in PAGE
