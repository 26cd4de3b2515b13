"""Rules of the house that a linter does not know: layers look down, docstrings are whole, nothing names another host."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
from pathlib import Path

import pytest

import geo_grid

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 400

#: package → what it must not import
FORBIDDEN = {
    "geo_grid": {"webmap", "flask", "folium"},
    "geo_grid/zoning": {
        "shapely",
        "geopandas",
        "pyogrio",
        "pandas",
        "geo_grid.cells",
        "geo_grid.read",
        "geo_grid.store",
    },
    "geo_grid/check": {"geo_grid.cells", "geo_grid.zoning", "geo_grid.codes", "geo_grid.elements", "geo_grid.build"},
    "geo_grid/cells": {"geo_grid.read", "geo_grid.store", "geo_grid.build", "geo_grid.plan"},
    "geo_grid/read": {"geo_grid.cells", "geo_grid.zoning", "geo_grid.store", "geo_grid.plan"},
    "geo_grid/store": {"geo_grid.cells", "geo_grid.zoning", "geo_grid.read", "geo_grid.build", "geo_grid.edit"},
    "geo_grid/edit": {"geo_grid.desk", "geo_grid.read", "geo_grid.build", "geo_grid.exchange"},
    "geo_grid/exchange": {"geo_grid.cells", "geo_grid.zoning", "geo_grid.build", "geo_grid.desk"},
    "geo_grid/lookup": {"geo_grid.cells", "geo_grid.zoning", "geo_grid.build", "geo_grid.desk", "geo_grid.edit"},
    "geo_grid/tiles": {"geo_grid.cells", "geo_grid.zoning", "geo_grid.build", "geo_grid.desk", "geo_grid.edit"},
}


def tracked(*suffixes: str) -> list[Path]:
    """Files under version control, without what others wrote."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in names.split("\0") if name]
    return [path for path in paths if path.suffix in suffixes and "vendor" not in path.parts and path.exists()]


def imported(path: Path) -> set[str]:
    """Names of modules that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("package", FORBIDDEN)
def test_layers_only_look_down(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        for name in imported(path):
            bad = [word for word in FORBIDDEN[package] if name == word or name.startswith(word + ".")]
            assert not bad, f"{path.relative_to(ROOT)} imports {name}"


def modules() -> list[str]:
    found = [info.name for info in pkgutil.walk_packages(geo_grid.__path__, "geo_grid.")]
    return [name for name in found if "__main__" not in name and not name.rsplit(".", 1)[-1].startswith("_")]


def public_objects(module_name: str) -> list[str]:
    module = importlib.import_module(module_name)
    names = [module_name]
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module_name:
            continue
        if inspect.isclass(value):
            names.append(f"{module_name}.{name}")
            names += [
                f"{module_name}.{name}.{member}"
                for member, method in vars(value).items()
                if inspect.isfunction(method) and not member.startswith("_")
            ]
        elif inspect.isfunction(value):
            names.append(f"{module_name}.{name}")
    return names


def inherits_its_parameters(name: str) -> bool:
    """Whether this is a class without parameters of its own: a kind of error, a protocol."""
    module, _, last = name.rpartition(".")
    value = getattr(importlib.import_module(module), last, None) if module in modules() else None
    return inspect.isclass(value) and ("__init__" not in vars(value) or getattr(value, "_is_protocol", False))


@pytest.mark.parametrize("module_name", modules())
def test_public_docstrings_are_whole(module_name: str) -> None:
    from numpydoc.validate import validate

    names = public_objects(module_name)
    if not names[1:]:
        names = []  # constants only: numpydoc cannot read such a module

    wanted = {"GL03", "GL07", "GL08", "PR01", "PR02", "PR03", "PR04", "PR07", "RT03", "SS01", "YD01"}
    faults = [
        f"{name}: {code} {text}"
        for name in names
        for code, text in validate(name)["errors"]
        if code in wanted and not (code == "PR01" and inherits_its_parameters(name))
    ]
    assert not faults, "\n".join(faults)


def test_files_stay_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked(".py", ".js", ".css")
        if "tests" not in path.parts and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert not long


def test_lock_files_name_no_host() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert text.count("--hash=") > 100


def test_lock_files_hold_every_dependency() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = {line.split("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line}
    wanted = {word.split(">")[0].split("[")[0] for word in project["dependencies"]}
    assert wanted <= locked
