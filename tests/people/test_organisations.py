"""Organisations beside the grid: by code, by area, by building."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lists import csv, xlsx
from plans import URBAN_1, URBAN_2, VILLAGE, tiny_plan

from geo_grid.people import ORGANISATIONS, Imported, organisations_of, read_organisations

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "组织类别,组织名称,编码,所属社区,楼栋,书记,电话,同意公开"


def read(path: Path) -> Imported:
    found = read_organisations(path, tiny_plan())
    assert len(found.taken) + len(found.refused) == found.read
    assert list(found.taken.columns) == ORGANISATIONS.column_names
    return found


def test_by_code_by_area_and_by_building(tmp_path: Path) -> None:
    found = read(
        csv(
            tmp_path / "a.csv",
            HEADER,
            f"社区党委,凤山社区党委,{URBAN_1},,,张三,13800000001,是",
            f"小区党支部,东区党支部,{URBAN_1}002,,,,,",
            "楼栋党小组,一号楼党小组,,凤山社区,一号楼,李四,,",
            ",二十一号楼栋党小组,,,21号楼,,,",
            f"老年协会,凤山老年协会,{URBAN_1},,,,,",
        )
    )
    assert found.refused.empty
    taken = found.taken.astype(object).where(found.taken.notna(), None)
    assert taken[["kind", "area_code", "grid_code", "stack_id", "building"]].to_numpy().tolist() == [
        ["社区党委", URBAN_1, None, None, None],
        ["小区党支部", URBAN_1, f"{URBAN_1}002", None, None],
        ["楼栋党小组", URBAN_1, None, "s-1", "1号楼"],
        ["楼栋党小组", URBAN_1, None, taken["stack_id"][3], "21号楼"],
        ["老年协会", URBAN_1, None, None, None],
    ]
    assert taken[["contact", "phone", "phone_public"]].to_numpy().tolist()[0] == ["张三", "13800000001", 1]


def test_each_fault_has_its_reason(tmp_path: Path) -> None:
    found = read(
        csv(
            tmp_path / "a.csv",
            HEADER,
            f"社区党委,,{URBAN_1},,,,,",
            "社区党委,某党委,000,,,,,",
            "社区党委,某党委,,没有社区,,,,",
            "社区党委,某党委,,,,,,",
            "楼栋党小组,某小组,,河湾社区,1号楼,,,",
            f"社区党委,某党委,{URBAN_1},,,,12,",
            f",某组织,{URBAN_1},,,,,",
            f"社区党委,某党委,{URBAN_1},,,,,",
            f"社区党委,某党委,{URBAN_1},,,,,",
        )
    )
    assert found.refused["reason"].tolist() == [
        "no name",
        "no area or grid has the code 000",
        "no area is called 没有社区",
        "neither a code, nor an area, nor a building",
        "building '1号楼': no such building in its area",
        "the phone is no number one can call",
        "no kind, and the name does not end in one of 社区党委, 小区党支部, 楼栋党小组",
        "a double of row 9: the same organisation at the same place",
    ]


def test_all_faults_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    found = read(csv(tmp_path / "a.csv", HEADER, ",,000,,,,123,也许"))
    reason = "no name; no area or grid has the code 000; the phone is no number one can call; "
    assert found.refused["reason"].tolist() == [reason + "the consent says neither yes nor no"]
    assert found.refused["row"].tolist() == [2]


def test_english_workbook(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "a.xlsx",
        ["type", "name", "code", "building", "secretary", "phone", "consent"],
        ["building party group", "Group of house 1", URBAN_1, "1号楼", "Li", 13800000001, "no"],
    )
    taken = read(path).taken
    assert taken[["kind", "stack_id", "contact", "phone", "phone_public"]].to_numpy().tolist() == [
        ["楼栋党小组", "s-1", "Li", "13800000001", 0]
    ]


def test_who_concerns_a_grid(tmp_path: Path) -> None:
    plan = tiny_plan()
    organisations = read(
        csv(
            tmp_path / "a.csv",
            HEADER,
            f"社区党委,凤山社区党委,{URBAN_1},,,,,",
            f"小区党支部,西区党支部,{URBAN_1}001,,,,,",
            f"小区党支部,东区党支部,{URBAN_1}002,,,,,",
            "楼栋党小组,一号楼党小组,,凤山社区,1号楼,,,",
            f"社区党委,河湾社区党委,{URBAN_2},,,,,",
        )
    ).taken

    def names(code: str) -> list[str]:
        return organisations_of(organisations, plan, code)["name"].tolist()

    assert names(URBAN_1) == ["凤山社区党委", "西区党支部", "东区党支部", "一号楼党小组"]
    assert names(f"{URBAN_1}001") == ["凤山社区党委", "西区党支部", "一号楼党小组"]
    assert names(f"{URBAN_1}0010102") == ["凤山社区党委", "西区党支部", "一号楼党小组"]
    assert names(f"{URBAN_1}0010103") == ["凤山社区党委", "西区党支部"]
    assert names(f"{URBAN_1}00201") == ["凤山社区党委", "东区党支部"]
    assert names(f"{VILLAGE}001") == []
