"""Notice boards: on exactly one page, with a QR code that leads to the grid, and nothing nobody agreed to."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
import segno
from browsing import PICTURES, running, visiting
from finding import PHONES, Roster
from plans import URBAN_1, VILLAGE, tiny_plan

from geo_grid.cli import main
from geo_grid.lookup.answers import Building, ElementShare, Floors, SplitFloor
from geo_grid.people.account import typed
from geo_grid.schema import STAFF
from geo_grid.store import open_store
from geo_grid.store.ledger import Audit
from webmap import Settings, create_app
from webmap.board.buildings import buildings_in_words
from webmap.board.facts import managed
from webmap.board.page import issued, qr_code, saved_boards
from webmap.find_page import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

LEAF = f"{URBAN_1}0010303"
PUBLIC = "https://grid.example.gov.cn"
#: Points a page is wide and high.
SIZES = {"A4": (595, 842), "A3": (842, 1191)}


@pytest.fixture(scope="module")
def desk(store: Path) -> Iterator[str]:
    with running(create_app(store, settings=Settings(public_url=f"{PUBLIC}/"), people=Roster())) as url:
        yield url


@pytest.fixture
def client(store: Path) -> FlaskClient:
    return create_app(store, people=Roster()).test_client()


def pages(pdf: bytes) -> list[tuple[int, int]]:
    """Return the size of every page in points."""
    assert pdf.count(b"/Type /Page\n") == len(re.findall(rb"/MediaBox", pdf))
    return [
        (round(float(width)), round(float(height)))
        for width, height in re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    ]


#: Draws a picture and tells which of its modules are dark.
MODULES = """async count => {
    const svg = document.querySelector(".qr svg").cloneNode(true);
    svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    for (const name of ["width", "height"]) svg.setAttribute(name, 8 * (count + 8));
    const picture = new Image();
    picture.src = "data:image/svg+xml;base64," + btoa(new XMLSerializer().serializeToString(svg));
    await picture.decode();
    const canvas = new OffscreenCanvas(8 * (count + 8), 8 * (count + 8));
    const paint = canvas.getContext("2d");
    paint.drawImage(picture, 0, 0);
    const at = (x, y) => paint.getImageData(8 * (x + 4) + 4, 8 * (y + 4) + 4, 1, 1).data;
    return [...Array(count).keys()].map(y => [...Array(count).keys()].map(x => at(x, y)[3] > 0 && at(x, y)[0] < 128 ? 1 : 0));
}"""


@pytest.mark.parametrize("paper", ["A4", "A3"])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("code", [LEAF, f"{VILLAGE}003"])
def test_one_page_of_that_paper(browser: Any, desk: str, code: str, lang: str, paper: str) -> None:
    with visiting(browser, f"{desk}board/{code}?paper={paper}&lang={lang}") as visit:
        assert pages(visit.page.pdf(prefer_css_page_size=True)) == [SIZES[paper]]
        visit.page.emulate_media(media="print")
        board = visit.page.locator(".board").evaluate(
            "node => [node.scrollWidth - node.clientWidth, node.scrollHeight - node.clientHeight]"
        )
        assert board == [0, 0], "nothing sticks out and is cut off"
        for part in ("people", "duties", "elements"):
            cut = visit.page.locator(f".board .{part}").evaluate("node => node.scrollHeight - node.clientHeight")
            assert cut <= 1, part
        assert not visit.page.locator(".tools").is_visible()
        visit.assert_clean()


def test_qr_code_leads_to_the_grid(browser: Any, desk: str) -> None:
    address = f"{PUBLIC}/find?grid={LEAF}"
    matrix = [list(map(int, row)) for row in segno.make(address, error="m", micro=False).matrix]
    with visiting(browser, f"{desk}board/{LEAF}", bypass_csp=True) as visit:
        assert visit.page.evaluate(MODULES, len(matrix)) == matrix
        assert visit.page.locator(".address").inner_text() == address
        box = visit.page.locator(".qr").bounding_box()
        assert box["width"] > 110, "three centimetres at least"
        visit.picture("board-a4")


def test_what_stands_on_a_board(client: FlaskClient) -> None:
    text = client.get(f"/board/{LEAF}?lang=zh").get_data(as_text=True)
    for told in (
        "凤山社区",
        "第0010303网格",
        LEAF,
        "15 户",
        "刘海燕",
        "0358-8221234",
        "薛桂花",
        "高志强",
        PHONES["worker"],
    ):
        assert told in text
    assert f"http://localhost/find?grid={LEAF}" in text, "the address asked for, where none is set"
    top = client.get(f"/board/{URBAN_1}001?lang=zh").get_data(as_text=True)
    for told in ("三川河", "凤山路", "450 米", "薛桂花", "看护网格内的"):
        assert told in top
    assert "电话未公布" in text, "of 薛桂花, who did not agree"


def test_the_map_is_a_drawing_of_the_grid(client: FlaskClient) -> None:
    text = client.get(f"/board/{URBAN_1}001").get_data(as_text=True)
    svg = ET.fromstring(re.search(r'<svg class="map".*?</svg>', text, re.DOTALL)[0])  # type: ignore[index]
    kinds = [node.get("class") for node in svg]
    assert kinds.count("own") == 1
    assert kinds.count("child") == 4
    assert "element river line" in kinds
    own = next(node for node in svg if node.get("class") == "own")
    points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.-]+,[\d.-]+", own.get("d", ""))]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    north, south = min(y for _, y in points), max(y for _, y in points)
    # 500 m by 400 m, wholly in the frame and in its middle
    assert (east - west) / (south - north) == pytest.approx(5 / 4, rel=0.01)
    assert 0 < west < east < 1000
    assert west + east == pytest.approx(1000, abs=2)
    assert not [node for node in svg.iter() if node.get("style")]


@pytest.mark.parametrize(
    ("path", "status"), [("000", 404), (URBAN_1, 404), (f"{LEAF}?paper=A5", 400), ("%3Cscript%3E", 404)]
)
def test_refusals(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(f"/board/{path}")
    assert answer.status_code == status
    assert answer.content_type.startswith("application/problem+json")


def test_names_are_escaped(tmp_path: Path) -> None:
    plan = tiny_plan()
    plan.tables["areas"].loc[:, "name"] = '<img src=x onerror="1">'
    plan.tables["grids"].loc[:, "name"] = "</svg><script>1</script>"
    plan.tables["elements"].loc[:, "name"] = "<b>&"
    path = tmp_path / "hostile.gpkg"
    open_store(path).write(plan)
    client = create_app(path).test_client()
    for code in (LEAF, f"{URBAN_1}001", f"{VILLAGE}003"):
        text = client.get(f"/board/{code}").get_data(as_text=True)
        assert "<script>1" not in text
        assert "<img" not in text
        assert "<b>&" not in text
        ET.fromstring(re.search(r'<svg class="map".*?</svg>', text, re.DOTALL)[0])  # type: ignore[index]


def test_command_writes_all_boards_of_an_area(browser: Any, store: Path, tmp_path: Path) -> None:
    out = tmp_path / "公示牌.html"
    assert (
        main(
            [
                "board",
                str(store),
                "--area",
                URBAN_1,
                "--level",
                "2",
                "-o",
                str(out),
                "--paper",
                "A3",
                "--public-url",
                PUBLIC,
            ]
        )
        == 0
    )
    with visiting(browser, out.as_uri(), offline=True) as visit:
        assert visit.page.locator(".board").count() == 8
        assert pages(visit.page.pdf(prefer_css_page_size=True)) == [SIZES["A3"]] * 8
        visit.assert_clean()


@pytest.mark.parametrize(
    "options",
    [
        ["--grid", "000", "--public-url", PUBLIC],
        ["--area", "000", "--public-url", PUBLIC],
        ["--area", VILLAGE, "--level", "3", "--public-url", PUBLIC],
        ["--grid", LEAF, "--public-url", "javascript:1"],
    ],
)
def test_command_refuses_in_one_line(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert main(["board", str(store), "-o", str(tmp_path / "x.html"), *options]) == 2
    told = capsys.readouterr().err.strip()
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "x.html").exists()


KINDS = ["forest", "farmland", "road", "well", "mine", "river", "gully", "hill"]


#: Parts of buildings, with floors that others share.
PARTS = [
    Building(
        f"凤山小区{number}号楼",
        False,
        (Floors("2单元", 12, 14),),
        (SplitFloor("2单元", 12, "last"), SplitFloor("2单元", 14, "first")),
    )
    for number in (11, 12, 13, 14, 15, 16, 17, 18)
]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_fullest_board_loses_nothing(browser: Any, tmp_path: Path, lang: str) -> None:
    """Two people a post, posts below, every class of elements with many long names: all that is told is seen."""
    said = words(lang)
    names = [f"吕梁山国有林管理局{i}号林班" for i in "一二三四五六七"]
    boards = []
    for level in (1, 2, 3):
        for classes in (0, 1, 3, 4, 5, 8):
            for people in (1, 2):
                shares = [
                    ElementShare(f"{kind}{i}", kind, name, "m2", 1e6, 1234567.0 * (i + 1), ())
                    for kind in KINDS[:classes]
                    for i, name in enumerate(names)
                ]
                posts = [
                    {
                        "role": said.get(f"role.{role}", role),
                        "grid": said["find.numbered"].replace("{n}", "12-10-14"),
                        "people": [("欧阳晓晴", "13835801234"), ("买买提明", "0358-8221234")][:people],
                    }
                    for role in ("网格联络员", "网格助理员", "网格员")[3 - level :]
                ]
                kinds = said["comma"].join(said[f"class.{kind}"] for kind in KINDS[:classes])
                worker = said["board.duty.worker"] + said["board.duty.elements"].replace("{kinds}", kinds)
                duties = [said["board.duty.liaison"], said["board.duty.assistant"], worker][3 - level :]
                boards.append(
                    {
                        "code": LEAF,
                        "name": said["find.numbered"].replace("{n}", "12-10-14"),
                        "level": level,
                        "area": "凤山底新华西街第二社区居委会",
                        "households": said["households"].replace("{n}", "1,234"),
                        "posts": posts,
                        "below": [posts[0]] * 30,
                        "duties": [(post["role"], duty) for post, duty in zip(posts, duties, strict=True)],
                        "elements": managed(shares, said),
                        "responsible": "12",
                        "buildings": buildings_in_words(PARTS[: people * (level - 1) * 2], said) if level > 1 else (),
                        "known": True,
                        "asks": people == 1,
                        "map": "",
                        "qr": qr_code(PUBLIC),
                        "address": f"{PUBLIC}/a/rather/long/path/find?grid={LEAF}",
                    }
                )
    line = issued(12, "2026-11-24T07:08:37+00:00", lang)
    path = tmp_path / "full.html"
    text = saved_boards(boards, title="示例数据·吕梁市离石区", language=lang, paper="A4", line=line)
    path.write_text(text, encoding="utf-8")
    with visiting(browser, path.as_uri(), offline=True) as visit:
        assert pages(visit.page.pdf(prefer_css_page_size=True)) == [SIZES["A4"]] * len(boards)
        cut = visit.page.evaluate(
            """() => [...document.querySelectorAll(".board")].flatMap((board, at) =>
                [board, ...board.querySelectorAll(".head, .people, .duties, .elements, .foot")]
                .filter(node => node.scrollHeight - node.clientHeight > 1 || node.scrollWidth - node.clientWidth > 1)
                .map(node => `${at} ${node.className} ${node.scrollHeight - node.clientHeight}`))"""
        )
        visit.page.locator(".board").nth(7).screenshot(path=PICTURES / f"board-full-{lang}.png")
        visit.page.locator(".board").last.screenshot(path=PICTURES / f"board-full-3-{lang}.png")
        assert cut == []
        visit.assert_clean()


def test_phones_of_a_stored_roster_stand_there_with_consent_only(tmp_path: Path) -> None:
    path = tmp_path / "plan.gpkg"
    blank = {"level": 1, "role": "网格员", "phone_public": 0, "term_from": None, "term_to": None, "source": "r"}
    rows = [
        {"id": 1, "grid_code": f"{URBAN_1}001", "name": "甲", "phone": "13811110001", "phone_public": 1},
        {"id": 2, "grid_code": f"{URBAN_1}002", "name": "乙", "phone": "13811110002"},
        {"id": 3, "grid_code": f"{VILLAGE}003", "name": "丙", "phone": "13811110003", "term_to": "2020-01-01"},
    ]
    roster = typed([blank | {"source_row": row["id"]} | row for row in rows], STAFF)
    with open_store(path) as store:
        store.write(tiny_plan())
        with store.ledger() as ledger:
            ledger.replace_staff("", roster, Audit("li", "import_staff", {}, {}), on=dt.date(2019, 1, 1))
    client, out = create_app(path).test_client(), tmp_path / "boards.html"
    assert main(["board", str(path), "--area", URBAN_1, "--level", "1", "-o", str(out), "--public-url", PUBLIC]) == 0
    codes = (f"{URBAN_1}001", f"{URBAN_1}002", f"{VILLAGE}003")
    served = "".join(client.get(f"/board/{code}").get_data(as_text=True) for code in codes)
    for text in (served, out.read_text(encoding="utf-8")):
        assert "13811110001" in text
        assert "乙" in text
        assert "13811110002" not in text, "did not agree"
        assert "13811110003" not in text, "is not in charge any more"
