"""Words of the workbook of numbers."""

from __future__ import annotations

from typing import Literal

from geo_grid.schema import ELEMENT_CLASSES

Lang = Literal["zh", "en"]

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("网格数据一览", "Grids in numbers"),
    "sample": ("示例数据，仅供演示", "Sample data, for demonstration only"),
    "version": ("版本", "Version"),
    "draft": ("草稿，尚未发布", "Draft, not published"),
    "built": ("网格生成时间", "Grids built"),
    "made": ("本表导出时间", "Workbook made"),
    "note_public": ("户数不足10的，只写“<10”。", "Household counts below 10 are “<10”."),
    "note_exact": ("内部数据：户数为准确数，不得公布。", "For staff: counts are exact and not to be published."),
    "note_elements": (
        "管理事项的长度、面积按网格份额累计，逐级相加等于合计，行政区外的另列；跨区的事项，各处都计一项。",
        "Lengths and areas are the shares of grids and add up, what lies outside all areas stands apart; an element in several places counts as one in each.",
    ),
    "s_overview": ("总览", "Overview"),
    "s_county": ("区县", "Counties"),
    "s_township": ("乡镇街道", "Townships"),
    "s_area": ("村和社区", "Areas"),
    "s_elements": ("管理事项", "Elements"),
    "code": ("代码", "Code"),
    "name": ("名称", "Name"),
    "parent": ("所属", "Part of"),
    "outside": ("行政区外（不归任何网格）", "Outside all areas (in no grid)"),
    "with_outside": ("总量（含行政区外）", "All, with what lies outside"),
    "s_elements_township": ("管理事项（乡镇街道）", "Elements by township"),
    "kind": ("类别", "Kind"),
    "urban": ("社区", "Communities"),
    "rural": ("行政村", "Villages"),
    "kind_urban": ("社区", "community"),
    "kind_rural": ("行政村", "village"),
    "households": ("户数", "Households"),
    "per_grid": ("末级网格平均户数", "Households per smallest grid"),
    "grids": ("网格数", "Grids"),
    "level_1": ("一级网格", "Level 1"),
    "level_2": ("二级网格", "Level 2"),
    "level_3": ("三级网格", "Level 3"),
    "level": ("级别", "Level"),
    "banded": ("有户数范围", "With a size range"),
    "in_band": ("达标网格", "In range"),
    "share": ("达标率", "Share in range"),
    "exceptions": ("例外", "Exceptions"),
    "vacant": ("空缺", "Vacancies"),
    "all": ("合计", "All"),
    "unnamed": ("未命名", "unnamed"),
    "m": ("公里", "km"),
    "m2": ("公顷", "ha"),
    "count": ("处", "number"),
    "chart_county_grids": ("各区县网格数", "Grids by county"),
    "chart_county_exceptions": ("各区县例外", "Exceptions by county"),
    "chart_county_vacant": ("各区县空缺", "Vacancies by county"),
    "chart_township_grids": ("各乡镇街道网格数", "Grids by township"),
    "chart_township_exceptions": ("各乡镇街道例外", "Exceptions by township"),
    "chart_township_vacant": ("各乡镇街道空缺", "Vacancies by township"),
}
_CLASSES = {
    "forest": "Forest",
    "farmland": "Farmland",
    "road": "Road",
    "well": "Well",
    "mine": "Mine",
    "river": "River",
    "gully": "Gully",
    "hill": "Hill",
}


def word(key: str, lang: Lang) -> str:
    """Return a word.

    Parameters
    ----------
    key : str
        Its name.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        The word.
    """
    chinese, english = _WORDS[key]
    return chinese if lang == "zh" else english


def class_word(name: str, lang: Lang) -> str:
    """Return what a class of elements is called.

    Parameters
    ----------
    name : str
        The class.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        Its name; of a class nobody foresaw as it is.
    """
    return (ELEMENT_CLASSES if lang == "zh" else _CLASSES).get(name, name)
