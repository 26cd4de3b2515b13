"""What is wrong with a row has a name a page can translate."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo_grid import exchange
from geo_grid.exchange.assignment import error_frame
from geo_grid.exchange.reasons import CODES, OTHER, reason_of

SOURCE = "".join(path.read_text(encoding="utf-8") for path in Path(exchange.__file__).parent.glob("[!r]*.py"))


@pytest.mark.parametrize(
    ("sentence", "code", "fields"),
    [
        ("the row is of area 1411", "other_area", {"area": "1411"}),
        ("no household is left to this grid of level 2", "nothing_left", {"level": "2"}),
        ("household 'x: y': none in this area has this id", "unknown_household", {"household": "x: y"}),
        ("001 is a grid of level 1; level 3 is wanted", "other_level", {"grid": "001", "level": "1", "wanted": "3"}),
        ("building '1幢': no household on floors 1 to 3", "empty_floors", {"building": "1幢", "low": "1", "high": "3"}),
        ("something nobody foresaw", OTHER, {}),
    ],
)
def test_a_sentence_has_a_name_and_fields(sentence: str, code: str, fields: dict[str, str]) -> None:
    assert reason_of(sentence) == (code, fields)


def test_every_named_sentence_is_one_that_is_said() -> None:
    from geo_grid.exchange.reasons import _SENTENCES

    assert set(CODES) == {*_SENTENCES, OTHER}
    said = re.sub(r"\{[^{}]*\}", "{}", SOURCE)
    for sentence in _SENTENCES.values():
        assert re.sub(r"\{\w+\}", "{}", sentence) in said, sentence


def test_rows_are_told_with_their_codes() -> None:
    from geo_grid.exchange.assignment import told_rows

    (row,) = told_rows(error_frame([("a.csv", 3, "the row names no grid")]))
    assert (row["row"], row["reason"], row["code"], row["fields"]) == (3, "the row names no grid", "no_grid", {})
