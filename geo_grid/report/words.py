"""Words of the report in Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from geo_grid.errors import UsageError
from geo_grid.schema import ELEMENT_CLASSES
from geo_grid.telling import percent_told

if TYPE_CHECKING:
    from geo_grid.report.summary import ElementFigures, LevelFigures

Lang = Literal["zh", "en"]

# key: Chinese, English
_WORDS: dict[str, tuple[str, str]] = {
    "title": ("网格划分成果报告", "Grid plan: report"),
    "sample": ("样例数据，仅供演示", "sample data, for demonstration only"),
    "built": ("生成时间", "built"),
    "crs": ("坐标系", "coordinate system"),
    "program": ("程序版本", "program version"),
    "seed": ("随机种子", "seed"),
    "field_policy": ("巡查规则（与默认不同者）", "field inspection, other than the defaults"),
    "units_of": ("行政区", "areas"),
    "urban": ("社区", "urban"),
    "rural": ("行政村", "rural"),
    "both": ("合计", "all"),
    "urban_areas": ("社区", "communities"),
    "rural_areas": ("行政村", "villages"),
    "border_shift": ("边界与输入的最大偏移", "largest shift of a border from the input"),
    "households": ("户数", "households"),
    "s_households": ("住户数据", "Households"),
    "rows_read": ("读入行数", "rows read"),
    "rows_placed": ("落图行数", "rows placed"),
    "rows_quarantined": ("隔离行数", "rows quarantined"),
    "accounted": ("读入 = 落图 + 隔离", "read = placed + quarantined"),
    "not_accounted": ("注意：落图与隔离之和不等于读入！", "Attention: placed and quarantined do not add up to read!"),
    "quarantine": ("隔离的记录（住户及其他输入）", "Quarantined rows (households and other inputs)"),
    "source": ("来源", "source"),
    "reason": ("原因", "reason"),
    "rows": ("行数", "rows"),
    "other_reasons": ("其他原因", "other reasons"),
    "s_levels": ("各级网格", "Grids by level"),
    "kind": ("类别", "kind"),
    "level": ("级别", "level"),
    "level_n": ("{n}级", "level {n}"),
    "grids": ("网格数", "grids"),
    "mean": ("平均户数", "mean"),
    "smallest": ("最少", "least"),
    "largest": ("最多", "most"),
    "in_band": ("达标网格", "in band"),
    "share_in_band": ("达标率", "share in band"),
    "given": ("既定小组", "given"),
    "exceptions": ("例外", "exceptions"),
    "elements_per_grid": ("平均要素数", "elements a grid"),
    "band_note": (
        "达标率按有户数区间的网格计算；既定的村民小组不设区间。",
        "The share counts grids that have a band; villager groups as given have none.",
    ),
    "s_exceptions": ("例外网格", "Exceptions"),
    "no_exceptions": ("无：所有网格均在规定户数区间内。", "None: every grid is within its band."),
    "code": ("编码", "code"),
    "name": ("名称", "name"),
    "area": ("行政区", "area"),
    "band": ("区间", "band"),
    "violation": ("与区间相差", "off the band by"),
    "short_by": ("少{n}户", "{n} too few"),
    "over_by": ("多{n}户", "{n} too many"),
    "smallest_violation": ("最小可能", "smallest possible"),
    "s_shape": ("形状与边界", "Shape and borders"),
    "compactness_mean": ("紧凑度均值", "compactness, mean"),
    "compactness_least": ("紧凑度最低", "compactness, least"),
    "cut_km": ("内部边界（km）", "inner borders (km)"),
    "crossing_grids": ("被屏障穿越", "crossed by barriers"),
    "crossing_km": ("穿越长度（km）", "crossing (km)"),
    "buildings_split": ("拆分楼栋", "buildings split"),
    "splits_unavoidable": ("其中不可避免", "of which unavoidable"),
    "shape_note": (
        "紧凑度为 Polsby-Popper 指数 4πA/P²，圆为 1。楼栋户数超过网格上限，或由既定村民小组分开的，其拆分不可避免。",
        "Compactness is Polsby-Popper, 4πA/P², 1 for a circle. A split is unavoidable where the building holds more households than a grid may, or where villager groups as given divide it.",
    ),
    "s_barriers": ("穿越屏障的网格", "Grids that straddle barriers"),
    "class": ("类别", "class"),
    "strength": ("强度", "strength"),
    "no_barriers": ("未设线状屏障。", "No barriers are set."),
    "barriers_note": (
        "屏障在网格内部的长度达到 1 米即计入；沿边界走行的不计。",
        "A grid counts where at least 1 m of a barrier line lies inside it; along its border does not count.",
    ),
    "s_elements": ("管理事项", "Managed elements"),
    "no_elements": ("无。", "None."),
    "elements": ("要素", "elements"),
    "measure": ("总量", "measure in all"),
    "inside": ("其中网格内", "of which in grids"),
    "outside": ("其中行政区外", "of which outside all areas"),
    "outside_elements": ("涉及要素", "elements concerned"),
    "grids_with": ("有此事项的{n}级网格", "level-{n} grids with any"),
    "elements_note": (
        "沿网格边界的线状要素由两侧网格共管，长度只计一次。县、乡、村的数量相加等于网格内的总量。",
        "A line along a border is held by the grids on both sides and counted once. Counties, townships and areas add up to what lies in grids.",
    ),
    "s_counties": ("按县（市、区）汇总", "By county"),
    "s_townships": ("按乡镇（街道）汇总", "By township"),
    "s_areas": ("按社区（行政村）", "By community and village"),
    "areas": ("行政区数", "areas"),
    "groups_note": (
        "一格中有数个数字的，依次为1级、2级、3级网格。",
        "Where a cell has several numbers they are those of levels 1, 2 and 3.",
    ),
    "amounts": ("管理事项", "elements"),
    "s_notes": ("说明", "Notes"),
    "s_signature": ("签字确认", "Signatures"),
    "prepared": ("编制人", "prepared by"),
    "reviewed": ("审核人", "reviewed by"),
    "approved": ("批准人（盖章）", "approved by (seal)"),
    "date": ("日期", "date"),
    "unit_count": ("处", ""),
    "page_lang": ("zh-CN", "en"),
}

_REASONS: dict[str, tuple[str, str]] = {
    "too_few_households": ("户数不足：现有住户少于一个网格的下限", "too few households for one grid"),
    "count_gap": (
        "户数落在空隙：分成几个网格都不能全部达标",
        "count gap: no number of grids puts all of them in band",
    ),
    "disconnected_part": (
        "不相连的部分：单独成片，本身无法达标",
        "detached part: apart from the rest, and not in band by itself",
    ),
    "given_group": ("既定村民小组：按原有范围，由数片组成", "villager group as given, in several pieces"),
    "units_too_coarse": ("最小单元过大：不可拆分的单元使区间无法满足", "what may not be split forbids the band"),
    "not_proved": ("尚未证明：未找到达标方案，也未证明其不存在", "not proved: the search fell short of a proof"),
}


# Reasons of quarantine as the reader words them; what is not here is shown as it is.
_CAUSES: dict[str, str] = {
    "no coordinates": "没有坐标",
    "no coordinates, and no building to take them from": "没有坐标，也没有可取坐标的楼栋",
    "outside all areas": "在所有行政区之外",
    "outside all areas, and inside with longitude and latitude swapped": "在所有行政区之外，经纬度对调后则在其内",
    "longitude and latitude are swapped in this row": "经纬度颠倒",
    "coordinates beyond ±180°, ±90°": "坐标超出经纬度范围",
    "a coordinate is not a finite number": "坐标不是有限数",
    "the geometry is not a point": "几何不是点",
    "no geometry": "没有几何",
    "invalid geometry": "几何无效",
    "a line without length": "线的长度为零",
    "a collection of several kinds of geometry": "几何为多种类型的集合",
    "building …: no such building in its area": "本行政区内没有此楼栋",
    "building …: no such building in the city, and the row does not name its area": "全市没有此楼栋，且未注明行政区",
    "building …: … buildings are called so in its area": "本行政区内有数栋同名楼栋",
    "the id … was given in row … already": "编号与前面的行重复",
    "a building without a position": "楼栋没有位置",
    "a building without a name or number": "楼栋没有名称或编号",
    "a building outside all areas": "楼栋在所有行政区之外",
    "the footprint is invalid": "楼栋轮廓无效",
    "a group that is not a polygon": "村民小组不是面",
    "a group outside all areas": "村民小组在所有行政区之外",
}


def cause_text(cause: str, lang: str) -> str:
    """Say why rows were put aside.

    Parameters
    ----------
    cause : str
        As in :class:`geo_grid.report.QuarantineFigures`.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        The cause, as it is where there is no other wording.
    """
    if not cause:
        return word("other_reasons", lang)
    return _CAUSES.get(cause, cause) if lang == "zh" else cause


def check_lang(lang: str) -> None:
    """Refuse a language there are no words in.

    Parameters
    ----------
    lang : str
        "zh" or "en".

    Raises
    ------
    UsageError
        If it is another.
    """
    if lang not in get_args(Lang):
        raise UsageError(f"there are no words in {lang!r}", mend="Choose zh or en.")


def word(key: str, lang: str, **values: object) -> str:
    """Return a word or sentence.

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


def reason_text(reason: str, lang: str) -> str:
    """Say the reason of an exception in words.

    Parameters
    ----------
    reason : str
        One of :data:`geo_grid.schema.REASONS`; any other text is returned as it is.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        The reason.
    """
    pair = _REASONS.get(reason)
    return pair[lang == "en"] if pair else reason


def class_text(class_: str, lang: str) -> str:
    """Name a class of elements.

    Parameters
    ----------
    class_ : str
        Class; one that is not known is returned as it is.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Its name.
    """
    return ELEMENT_CLASSES.get(class_, class_) if lang == "zh" else class_


def kind_text(kind: str | None, lang: str) -> str:
    """Name a kind of area.

    Parameters
    ----------
    kind : str or None
        "urban", "rural", or None for both.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Its name.
    """
    return word(kind or "both", lang)


def amount_text(measure: float, unit: str, lang: str) -> str:
    """Write an amount in a unit that suits its size.

    Parameters
    ----------
    measure : float
        Metres, square metres or pieces.
    unit : str
        "m", "m2" or "count".
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Kilometres from 1 km on, hectares from 1 ha on.
    """
    if unit == "count":
        whole = f"{measure:,.0f}" if abs(measure - round(measure)) < 1e-6 else f"{measure:,.2f}"
        return f"{whole} {word('unit_count', lang)}".rstrip()
    if unit == "m":
        return f"{measure / 1000:,.2f} km" if measure >= 1000 else f"{measure:,.0f} m"
    if measure >= 10_000:
        return f"{measure / 10_000:,.2f} {'公顷' if lang == 'zh' else 'ha'}"
    return f"{measure:,.0f} m²"


def band_text(low: int | None, high: int | None) -> str:
    """Write a band.

    Parameters
    ----------
    low, high : int or None
        Bounds, None where there is no band.

    Returns
    -------
    str
        "10–20", or a dash.
    """
    return "–" if low is None or high is None else f"{low}–{high}"


def percent(figures: LevelFigures) -> str:
    """Write the share of grids in band; cut, never rounded up to 100 %.

    Parameters
    ----------
    figures : LevelFigures
        Figures of a level.

    Returns
    -------
    str
        Per cent with one decimal, or a dash where no grid has a band.
    """
    return percent_told(figures.in_band, figures.banded)


def off_band_text(households: int, low: int | None, violation: int, lang: str) -> str:
    """Say how far a grid is off its band, and to which side.

    Parameters
    ----------
    households : int
        Of the grid.
    low : int or None
        Lower end of the band, if it has one.
    violation : int
        By how many households it is off.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        "8 too few", "3 too many"; the number alone where there is no band or nothing is off.
    """
    if low is None or not violation:
        return f"{violation:,}"
    return word("short_by" if households < low else "over_by", lang, n=f"{violation:,}")


def elements_text(elements: list[ElementFigures], lang: str) -> str:
    """Write what an area holds of each class in one line.

    Parameters
    ----------
    elements : list of ElementFigures
        Amounts.
    lang : str
        "zh" or "en".

    Returns
    -------
    str
        Class and amount, separated by semicolons.
    """
    gap = "；" if lang == "zh" else "; "
    return gap.join(
        f"{class_text(item.element_class, lang)} {amount_text(item.measure, item.unit, lang)}" for item in elements
    )
