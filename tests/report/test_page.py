"""The report as a page: alone, printable, harmless."""

import re
from html.parser import HTMLParser

import pytest
from plans import tiny_plan

from geo_grid.errors import UsageError
from geo_grid.report import summarise, write_html
from geo_grid.report.words import amount_text


class Outline(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def page_of(plan, tmp_path, lang="zh"):
    path = tmp_path / "报告.html"
    write_html(summarise(plan), path, lang)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_well_formed_and_asks_nobody_for_anything(tmp_path, lang):
    page = page_of(tiny_plan(), tmp_path, lang)
    outline = Outline(page)
    assert outline.open == []
    assert not {"script", "link", "img", "iframe"} & set(outline.tags)
    assert not {"src", "href"} & {name for name, _ in outline.attributes}
    assert not re.search(r"https?://|@import|url\(", page)


@pytest.mark.parametrize(("lang", "words"), [("zh", ["编制人", "批准人", "日期"]), ("en", ["prepared by", "date"])])
def test_there_is_a_place_for_signature_and_date(tmp_path, lang, words):
    text = Outline(page_of(tiny_plan(), tmp_path, lang)).text
    assert set(words) <= {piece.split("（")[0].split(" (")[0].strip() for piece in text}
    page = page_of(tiny_plan(), tmp_path, lang)
    assert "break-before: page" in page
    assert "table-header-group" in page


def test_text_of_the_data_is_text_on_the_page(tmp_path):
    plan = tiny_plan()
    nasty = '<script>alert("1")</script>'
    plan.meta["name"] = nasty
    plan.meta["notes"] = [nasty]
    plan["grids"]["name"] = nasty
    plan["areas"]["name"] = nasty
    plan["quarantine"]["reason"] = nasty
    outline = Outline(page_of(plan, tmp_path))
    assert "script" not in outline.tags
    assert nasty in outline.text


def test_rows_that_do_not_add_up_catch_the_eye(tmp_path):
    plan = tiny_plan()
    assert 'class="alert"' not in page_of(plan, tmp_path)
    plan.meta["household_rows"]["placed"] -= 1
    assert 'class="alert"' in page_of(plan, tmp_path)


def test_a_sample_says_so(tmp_path):
    plan = tiny_plan()
    assert "样例数据" in page_of(plan, tmp_path)
    plan.meta["sample"] = False
    assert "样例数据" not in page_of(plan, tmp_path)


def test_no_exceptions_no_elements_no_barriers(tmp_path):
    plan = tiny_plan()
    plan.tables["exceptions"] = plan["exceptions"].iloc[:0]
    for name in ("elements", "element_shares"):
        plan.tables[name] = plan[name].iloc[:0]
    plan.meta["barriers"] = {}
    page = page_of(plan, tmp_path)
    assert "所有网格均在规定户数区间内" in page
    assert "未设线状屏障" in page


def test_what_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        write_html(summarise(tiny_plan()), tmp_path)
    with pytest.raises(UsageError, match="no words in 'de'"):
        write_html(summarise(tiny_plan()), tmp_path / "x.html", "de")


@pytest.mark.parametrize(
    ("measure", "unit", "lang", "text"),
    [
        (999.6, "m", "zh", "1,000 m"),
        (12_345.0, "m", "en", "12.35 km"),
        (9_999.0, "m2", "zh", "9,999 m²"),
        (25_000.0, "m2", "zh", "2.50 公顷"),
        (25_000.0, "m2", "en", "2.50 ha"),
        (3.0, "count", "zh", "3 处"),
        (0.5, "count", "en", "0.50"),
    ],
)
def test_amounts_are_written_in_a_unit_that_suits(measure, unit, lang, text):
    assert amount_text(measure, unit, lang) == text


def test_reasons_of_quarantine_are_told_in_the_readers_language(tmp_path):
    plan = tiny_plan()
    plan["quarantine"]["reason"] = ["outside all areas: 5 m from x", "something new"]
    chinese, english = page_of(plan, tmp_path), page_of(plan, tmp_path, "en")
    assert "在所有行政区之外" in chinese
    assert "outside all areas" in english
    assert "something new" in chinese
