"""Words of the exported files in Chinese and English."""

from __future__ import annotations

from geo_grid.report.words import check_lang, class_text, kind_text, reason_text

__all__ = [
    "check_lang",
    "class_text",
    "heading",
    "kind_text",
    "measure_unit_text",
    "reason_text",
    "status_text",
    "word",
]

#: Columns: field of at most ten ASCII characters (a DBF holds no more), Chinese, English.
COLUMNS: dict[str, tuple[str, str, str]] = {
    "code": ("code", "网格编码", "grid code"),
    "level": ("level", "级别", "level"),
    "parent_code": ("parent", "上级网格编码", "parent grid code"),
    "parent_name": ("parentname", "上级网格名称", "parent grid name"),
    "parent_area_code": ("parent", "上级区划代码", "parent area code"),
    "area_code": ("area", "区划代码", "area code"),
    "area_name": ("area_name", "社区（村）", "area name"),
    "name": ("name", "网格名称", "grid name"),
    "role": ("role", "负责人员", "role"),
    "households": ("households", "户数", "households"),
    "low": ("low", "户数下限", "band from"),
    "high": ("high", "户数上限", "band to"),
    "status": ("status", "状态", "state"),
    "reason": ("reason", "例外原因", "reason of exception"),
    "kind": ("kind", "类别", "kind"),
    "violation": ("violation", "偏离户数", "off the band by"),
    "smallest_violation": ("least_out", "最小可能", "smallest possible"),
    "id": ("id", "要素编号", "element id"),
    "class": ("class", "事项类别", "element class"),
    "element_name": ("name", "要素名称", "element name"),
    "measure": ("measure", "数量", "measure"),
    "held": ("held", "管辖数量", "held"),
    "measure_unit": ("unit", "单位", "unit"),
    "outside": ("outside", "行政区外", "outside all areas"),
    "element_id": ("element", "要素编号", "element id"),
    "grid_code": ("grid", "网格编码", "grid code"),
    "household_id": ("household", "户编号", "household id"),
    "l1": ("l1", "一级网格编码", "level 1 grid code"),
    "l2": ("l2", "二级网格编码", "level 2 grid code"),
    "l3": ("l3", "三级网格编码", "level 3 grid code"),
    "border_shift": ("shift", "边界偏移（米）", "border shift (m)"),
}

_WORDS: dict[str, tuple[str, str]] = {
    "about": ("说明", "About"),
    "grids_of": ("{n}级网格", "Grids level {n}"),
    "areas": ("社区（村）", "Areas"),
    "exceptions": ("例外", "Exceptions"),
    "shares": ("网格事项", "Elements by grid"),
    "elements": ("管理事项", "Elements"),
    "plan": ("方案名称", "plan"),
    "area": ("范围", "area"),
    "whole": ("全部", "all areas"),
    "version": ("版本", "version"),
    "draft": ("草案", "draft"),
    "version_n": ("已发布版本 {n}", "published version {n}"),
    "crs": ("坐标系", "coordinate system"),
    "built_at": ("生成时间", "built"),
    "program": ("程序版本", "program version"),
    "sample": ("样例数据，仅供演示", "sample data, for demonstration only"),
    "households": ("户数", "households"),
    "band": ("户数区间", "band"),
    "no_band": ("不设区间", "no band"),
    "status": ("状态", "state"),
    "code": ("网格编码", "grid code"),
    "count": ("处", "count"),
    "m": ("米", "m"),
    "m2": ("平方米", "m²"),
    "in_band": ("达标", "in band"),
    "exception": ("例外", "exception"),
    "open": ("未达标", "out of band"),
    "given": ("既定村民小组", "given villager group"),
    "decided": ("书面说明", "written reason"),
}


def word(key: str, lang: str, **values: object) -> str:
    """Return a word.

    Parameters
    ----------
    key : str
        Which.
    lang : str
        "zh" or "en".
    **values : object
        What to fill in.

    Returns
    -------
    str
        The text.
    """
    return _WORDS[key][lang == "en"].format(**values)


def heading(column: str, lang: str) -> str:
    """Return the heading of a column.

    Parameters
    ----------
    column : str
        Key of :data:`COLUMNS`.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        What stands above it.
    """
    return COLUMNS[column][1 + (lang == "en")]


def status_text(status: str, lang: str) -> str:
    """Say the state of a grid.

    Parameters
    ----------
    status : str
        As in the table ``grids``; any other text is returned as it is.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Its words.
    """
    return word(status, lang) if status in ("in_band", "exception", "given", "open") else status


def measure_unit_text(unit: str, lang: str) -> str:
    """Name the unit of a measure.

    Parameters
    ----------
    unit : str
        "m", "m2" or "count"; any other text is returned as it is.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Its name.
    """
    return word(unit, lang) if unit in ("m", "m2", "count") else unit
