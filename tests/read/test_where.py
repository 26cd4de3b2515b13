"""Conditions on rows: a small grammar, and nothing that executes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.config import Source
from geo_grid.errors import InputError
from geo_grid.read.where import matching_rows

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = Source("elements", "e.gpkg", "e.gpkg")
FRAME = pd.DataFrame({"类": ["a", "b", None, "it's"], "n": [1, 2, 3, 4], "two words": ["x", "y", "x", ""]})


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("类 = 'a'", [0]),
        ("类 != 'a'", [1, 2, 3]),
        ("类 <> 'a' and n = 2", [1]),
        ("类 in ('a', 'b')", [0, 1]),
        ("类 not in ('a', 'b')", [2, 3]),
        ("类 is null", [2]),
        ("类 IS NOT NULL AND NOT n = '1'", [1, 3]),
        ("类 = 'it''s'", [3]),
        ("n = 1 or n = 2 and 类 = 'a'", [0]),
        ("(n = 1 or n = 2) and 类 = 'b'", [1]),
        ("\"two words\" = 'x'", [0, 2]),
        ("n in (4)", [3]),
    ],
)
def test_meaning(condition, rows):
    assert matching_rows(condition, FRAME, SOURCE).nonzero()[0].tolist() == rows


@pytest.mark.parametrize(
    "condition",
    [
        "n =",
        "= 1",
        "n 1",
        "n = 1 and",
        "(n = 1",
        "n = 1)",
        "n in 1",
        "n in ()",
        "n = 'a",
        "n like 'a'",
        "",
        "n = 1; n = 2",
    ],
)
def test_mistakes(condition):
    with pytest.raises(InputError, match=r"e\.gpkg"):
        matching_rows(condition, FRAME, SOURCE)


def test_unknown_column_names_the_nearest():
    with pytest.raises(InputError, match=r"column two word: .*'two words'"):
        matching_rows("\"two word\" = 'x'", FRAME, SOURCE)


@settings(deadline=None)
@given(st.text(st.sampled_from("n=1'\"() ,<>!类abin orndtull"), max_size=20) | st.text(max_size=40))
def test_any_text_is_a_condition_or_an_error(condition):
    with contextlib.suppress(InputError):
        assert matching_rows(condition, FRAME, SOURCE).shape == (4,)


def test_nothing_is_executed(tmp_path: Path):
    target = tmp_path / "made"
    with pytest.raises(InputError):
        matching_rows(f"@__import__('pathlib').Path('{target}').touch()", FRAME, SOURCE)
    assert not target.exists()
