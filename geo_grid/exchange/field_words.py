"""Words of the exports of field inspection, in Chinese and English."""

from __future__ import annotations

from typing import Any

from geo_grid.field.categories import CATEGORIES
from geo_grid.field.reasons import WARNINGS
from geo_grid.report.words import check_lang, class_text

__all__ = [
    "answers_text",
    "category_text",
    "check_lang",
    "class_text",
    "heading",
    "how_text",
    "kind_text",
    "state_text",
    "unit_text",
    "warnings_text",
    "word",
]

#: Columns: Chinese, English.
HEADINGS: dict[str, tuple[str, str]] = {
    "element_id": ("要素编号", "element id"),
    "class": ("事项类别", "class"),
    "name": ("名称", "name"),
    "grid_code": ("网格编码", "grid code"),
    "grid_name": ("网格名称", "grid"),
    "grid_then": ("当时网格编码", "grid code then"),
    "grid_today": ("现网格编码", "grid code today"),
    "grid_today_name": ("现网格名称", "grid today"),
    "how": ("归属依据", "belongs by"),
    "area_code": ("区划代码", "area code"),
    "area_name": ("社区（村）", "area"),
    "person": ("负责人", "person"),
    "standing_in": ("责任方式", "post"),
    "every": ("巡查周期（天）", "every (days)"),
    "last_seen": ("最近完成", "fresh since"),
    "due": ("应巡日期", "due"),
    "state": ("状态", "state"),
    "part": ("本月已巡", "seen this month"),
    "measure": ("数量", "measure"),
    "held": ("管辖数量", "held"),
    "unit": ("单位", "unit"),
    "id": ("编号", "id"),
    "made_at": ("时间", "time"),
    "author": ("巡查员", "by"),
    "distance": ("距要素（米）", "from the element (m)"),
    "accuracy": ("定位精度（米）", "accuracy (m)"),
    "place_source": ("定位方式", "position by"),
    "lon": ("经度（WGS84）", "longitude (WGS84)"),
    "lat": ("纬度（WGS84）", "latitude (WGS84)"),
    "plan_version": ("方案版本", "plan version"),
    "checklist": ("检查情况", "checklist"),
    "notes": ("备注", "notes"),
    "warnings": ("提示", "warnings"),
    "photos": ("照片", "photos"),
    "category": ("类别", "category"),
    "conflict": ("有分歧", "in conflict"),
    "overdue": ("逾期", "overdue"),
    "found_by": ("发现人", "found by"),
    "found_at": ("发现时间", "found"),
    "assignee": ("承办人", "assigned to"),
    "due_at": ("期限", "deadline"),
    "mended_at": ("整改时间", "mended"),
    "closed_at": ("销号时间", "closed"),
    "matter": ("事项编号", "matter"),
    "change": ("动作", "change"),
    "status": ("状态", "state"),
    "said": ("说明", "what was said"),
    "role": ("身份", "role"),
    "owner_id": ("所属记录", "belongs to"),
    "file": ("文件名", "file"),
    "taken_at": ("拍摄时间", "taken"),
    "code": ("代码", "code"),
    "place": ("地区", "place"),
    "found": ("发现", "found"),
    "mended": ("整改", "mended"),
    "open": ("未整改", "open"),
    "conflicts": ("有分歧", "in conflict"),
    "rejected": ("不予处理", "rejected"),
    "share_mended": ("整改率", "share mended"),
    "whole": ("总量", "whole"),
    "seen": ("已巡", "seen"),
    "share": ("覆盖率", "cover"),
    "duties": ("巡查任务", "duties"),
    "done": ("已完成", "done"),
    "share_done": ("完成率", "share done"),
    "post": ("岗位", "post"),
    "grids": ("网格数", "grids"),
    "households": ("户数", "households"),
    "km": ("线状（公里）", "lines (km)"),
    "ha": ("面状（公顷）", "surfaces (ha)"),
    "points": ("点状（处）", "points"),
    "visits": ("月均巡查次数", "visits in 30 days"),
    "times": ("为中位数的倍数", "times the median"),
    "too_much": ("负担过重", "too much"),
}  # fmt: skip

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("网格巡查月报", "Field inspection: monthly report"),
    "title_long": ("网格巡查报告", "Field inspection: report"),
    "ledger": ("网格巡查台账", "Field inspection: ledger"),
    "sample": ("示例数据", "sample data"),
    "about": ("说明", "About"),
    "plan": ("方案名称", "plan"),
    "area": ("范围", "place"),
    "whole": ("全部", "all"),
    "month": ("时段", "period"),
    "version": ("方案版本", "version"),
    "draft": ("草案", "draft"),
    "version_n": ("已发布版本 {n}", "published version {n}"),
    "gathered": ("统计时间", "as of"),
    "on": ("任务状态截至", "duties as of"),
    "private": ("内部资料：含人员姓名与位置，不得公开", "for staff: holds names and places, never to be published"),
    "duties": ("巡查任务", "Duties"),
    "records": ("巡查记录", "Inspections"),
    "matters": ("问题事项", "Matters"),
    "changes": ("办理经过", "History"),
    "photos": ("照片", "Photos"),
    "figures": ("问题统计", "Matters by place"),
    "by_category": ("问题分类", "Matters by category"),
    "cover": ("巡查覆盖", "Cover"),
    "load": ("工作负担", "Load"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "gps": ("卫星定位", "satellites"),
    "hand": ("手工标注", "by hand"),
    "inspections": ("巡查记录", "inspections"),
    "people": ("巡查人员", "people who inspected"),
    "duties_done": ("完成任务", "duties done"),
    "overdue": ("逾期", "overdue"),
    "open_matter": ("未销号", "open"),
    "closed_matter": ("已销号", "closed"),
    "duties_overdue": ("逾期任务", "duties overdue"),
    "matters_overdue": ("逾期问题", "matters overdue"),
    "places": ("各地巡查任务", "Duties by place"),
    "found": ("发现问题", "matters found"),
    "mended": ("整改问题", "matters mended"),
    "open": ("未整改", "open"),
    "map_cover": ("巡查覆盖与问题分布", "Cover, and where matters are"),
    "map_note": (
        "颜色为本月已巡数量占应巡的比例（各类平均）；圆点为问题，红色为逾期，橙色为未销号，绿色为已销号。",
        "Colour: what was seen this month of what is to be seen (mean of the classes). Dots: matters; red overdue, orange open, green closed.",
    ),
    "plot_days": ("每日巡查记录与发现问题", "Inspections and matters found, by day"),
    "plot_classes": ("各类事项巡查覆盖率", "Cover by class"),
    "plot_categories": ("各类问题发现与整改", "Matters found and mended, by category"),
    "list_overdue": ("逾期未销号的问题", "Matters that are overdue"),
    "list_conflicts": ("有分歧、待裁定的问题", "Matters in conflict"),
    "list_load": ("负担过重的人员", "People with too much"),
    "none": ("无", "none"),
    "more": ("另有 {n} 条，见台账", "{n} more in the ledger"),
    "signed": ("填报人：", "Filled in by:"),
    "checked": ("审核人：", "Checked by:"),
    "date": ("日期：", "Date:"),
    "lang": ("zh-CN", "en"),
}  # fmt: skip

_STATES: dict[str, tuple[str, str]] = {
    "overdue": ("已逾期", "overdue"),
    "due": ("到期", "due"),
    "seen": ("已巡查", "seen"),
    "later": ("未到期", "not due yet"),
    "found": ("待交办", "to be assigned"),
    "assigned": ("整改中", "being mended"),
    "mended": ("待核查", "to be checked"),
    "checked": ("待销号", "to be closed"),
    "closed": ("已销号", "closed"),
    "rejected": ("不予处理", "rejected"),
    "own": ("本网格", "own grid"),
    "finer_grid": ("下级代巡", "stands in from a finer grid"),
    "coarser_grid": ("上级代巡", "stands in from the grid above"),
    "vacant": ("暂缺", "vacant"),
    "before": ("整改前", "before"), "after": ("整改后", "after"),
    "record": ("记录", "record"),
    "inspector": ("网格员", "inspector"),
    "planner": ("乡镇（街道）", "planner"),
    "administrator": ("管理员", "administrator"),
}  # fmt: skip

_KINDS: dict[str, tuple[str, str]] = {
    "found": ("发现", "Found"), "assigned": ("交办", "Assigned"), "mended": ("整改", "Mended"),
    "checked": ("核查", "Checked"), "closed": ("销号", "Closed"), "reopened": ("退回重办", "Sent back"),
    "rejected": ("不予处理", "Rejected"), "noted": ("留言", "Note"), "resolved": ("裁定分歧", "Conflict settled"),
}  # fmt: skip

_HOW: dict[str, tuple[str, str]] = {
    "element": ("同一要素", "element"), "place": ("所在位置", "place"), "lineage": ("网格沿革", "lineage"), "lost": ("无法归属", "lost"),
}  # fmt: skip
_UNITS: dict[str, tuple[str, str]] = {
    "m": ("米", "m"), "m2": ("平方米", "m²"), "count": ("处", "count"), "km": ("公里", "km"), "ha": ("公顷", "ha"),
}  # fmt: skip


def _said(pair: tuple[str, str], lang: str) -> str:
    return pair[0] if lang == "zh" else pair[1]


def heading(column: str, lang: str) -> str:
    """Return the heading of a column.

    Parameters
    ----------
    column : str
        Its name.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Words.
    """
    return _said(HEADINGS[column], lang)


def word(key: str, lang: str, **values: object) -> str:
    """Return words.

    Parameters
    ----------
    key : str
        Their key.
    lang : str
        "zh" or "en".
    **values : object
        What stands in them.

    Returns
    -------
    str
        Words.
    """
    return _said(_WORDS[key], lang).format(**values)


def state_text(value: Any, lang: str) -> str:
    """Say a state, a role or how somebody goes.

    Parameters
    ----------
    value : str or missing
        Its key.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Words; the key where there are none, nothing where it is missing.
    """
    return _said(_STATES[value], lang) if value in _STATES else value if isinstance(value, str) else ""


def kind_text(value: Any, lang: str) -> str:
    """Say a kind of change of a matter.

    Parameters
    ----------
    value : str
        Its key.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Words, as the page of the office has them; the key where there are none.
    """
    return _said(_KINDS[value], lang) if value in _KINDS else str(value)


def how_text(value: Any, lang: str) -> str:
    """Say by what something belongs to a grid of today.

    Parameters
    ----------
    value : str
        As :func:`geo_grid.field.history.today` gives it.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Words.
    """
    return _said(_HOW[value], lang)


def unit_text(value: Any, lang: str) -> str:
    """Say a unit of measure.

    Parameters
    ----------
    value : str
        m, m2, count, km or ha.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Words.
    """
    return _said(_UNITS[value], lang)


def category_text(value: str, lang: str) -> str:
    """Say a category.

    Parameters
    ----------
    value : str
        Its key.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Words; the key where there is no such category.
    """
    known = CATEGORIES.get(value)
    return value if known is None else known.zh if lang == "zh" else known.en


def answers_text(kind: str | None, answers: dict[str, Any], lang: str) -> str:
    """Say what was answered to a checklist.

    Parameters
    ----------
    kind : str or None
        Class of the element; None for a free place.
    answers : dict
        Answers by key.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        One line.
    """
    from geo_grid.field.checklists import CHECKLISTS, FREE_PLACE, label

    options = {
        item.key: {key: (zh, en) for key, zh, en in item.options} for item in CHECKLISTS.get(kind or FREE_PLACE, ())
    }

    def told(key: str, value: Any) -> str:
        if isinstance(value, bool):
            return word("yes" if value else "no", lang)
        pair = options.get(key, {}).get(str(value))
        return _said(pair, lang) if pair else "" if value is None else str(value)

    separator = "；" if lang == "zh" else "; "
    return separator.join(f"{label(kind, key, lang)}: {told(key, value)}" for key, value in answers.items())


def warnings_text(keys: list[str], lang: str) -> str:
    """Say what a record was taken with.

    Parameters
    ----------
    keys : list of str
        Keys of :data:`geo_grid.field.reasons.WARNINGS`.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        One line.
    """
    separator = "；" if lang == "zh" else "; "
    return separator.join(_said(WARNINGS[key], lang) if key in WARNINGS else key for key in keys)
