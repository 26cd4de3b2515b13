"""The report on a terminal."""

import pytest
from plans import tiny_plan

from geo_grid.errors import UsageError
from geo_grid.report import summarise, text_lines
from geo_grid.report.text import columns


@pytest.fixture(scope="module")
def summary():
    return summarise(tiny_plan())


def test_wide_characters_take_two_columns():
    assert columns("3级网格") == 7
    assert columns("level 3") == 7
    assert columns("e\u0301") == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_columns_end_together(summary, lang):
    lines = text_lines(summary, lang)
    start = next(i for i, text in enumerate(lines) if text in {"各级网格", "Grids by level"})
    table = lines[start + 1 : start + 10]
    assert len({columns(text) for text in table}) == 1  # the last column stands on the right
    assert len(table) == 9


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_exception_stands_in_the_text(summary, lang):
    text = "\n".join(text_lines(summary, lang))
    assert all(item.code in text for item in summary.exceptions)
    assert "1,175" in text


def test_both_languages_say_the_same_number_of_things(summary):
    assert len(text_lines(summary, "zh")) == len(text_lines(summary, "en"))


def test_notes_come_last():
    plan = tiny_plan()
    plan.meta["notes"] = ["areas.gpkg was read as GB18030"]
    assert text_lines(summarise(plan), "en")[-2:] == ["Notes", "  areas.gpkg was read as GB18030"]


def test_other_languages_are_refused(summary):
    with pytest.raises(UsageError, match="no words in 'fr'"):
        text_lines(summary, "fr")


def test_a_share_below_one_is_never_rounded_up_to_it():
    plan = tiny_plan()
    summary = summarise(plan)
    assert "66.6%" in "\n".join(text_lines(summary, "zh"))
    from dataclasses import replace

    from geo_grid.report.words import percent

    assert percent(replace(summary.levels[0], banded=100_000, in_band=99_999)) == "99.9%"
    assert percent(replace(summary.levels[0], banded=7, in_band=7)) == "100.0%"
    assert percent(replace(summary.levels[0], banded=0, in_band=0)) == "–"


def test_what_is_short_is_not_called_over():
    from geo_grid.report.words import off_band_text

    assert off_band_text(2, 10, 8, "zh") == "少8户"
    assert off_band_text(23, 10, 3, "zh") == "多3户"
    assert off_band_text(2, 10, 8, "en") == "8 too few"
    assert off_band_text(14, 10, 0, "en") == off_band_text(14, None, 0, "en") == "0"
    assert "超出" not in "\n".join(text_lines(summarise(tiny_plan()), "zh"))


def test_times_name_their_zone(summary):
    assert any(line.endswith(" Beijing time") for line in text_lines(summary, "en"))
    assert not any("+00:00" in line for lang in ("zh", "en") for line in text_lines(summary, lang))
