"""A small plan, stored, and the commands of exchange run in this process."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pg import postgis_cluster, postgis_url
from plans import tiny_plan

from geo_grid.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.model import Plan


__all__ = ["postgis_cluster", "postgis_url"]


@pytest.fixture
def plan() -> Plan:
    return tiny_plan()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan, stored once."""
    path = tmp_path_factory.mktemp("plan") / "plan.gpkg"
    with open_store(path) as store:
        store.write(tiny_plan())
    return path


@pytest.fixture
def stored(tmp_path: Path, template: Path) -> Path:
    return Path(shutil.copy(template, tmp_path / "plan 计划.gpkg"))


@pytest.fixture
def run(capsys: Any) -> Callable[..., tuple[int, str, str]]:
    """Run a command of exchange: exit status, standard output, standard error."""
    from geo_grid.cli import _ended_by, exchange_commands
    from geo_grid.cli.parser import _OneLineParser

    def command(*words: object) -> tuple[int, str, str]:
        parser = _OneLineParser(prog="geo-grid")
        exchange_commands.register(parser.add_subparsers(required=True))
        try:
            options = parser.parse_args([str(word) for word in words])
            status = int(options.run(options) or 0)
        except Exception as error:  # noqa: BLE001 - as the program does
            status = _ended_by(error)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return command
