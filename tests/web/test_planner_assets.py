"""Scripts, styles and words of the planners' page: complete, in every language, short, and of this host alone."""

from __future__ import annotations

import json
import re

import pytest

from geo_grid.edit.errors import REFUSALS
from geo_grid.exchange.exports import FORMATS
from geo_grid.exchange.reasons import CODES, OTHER
from webmap import assets
from webmap.errors import STATUS
from webmap.settings import LANGUAGES

OWN = assets.STATIC / "planner"
TEMPLATES = [assets.HERE / "templates" / f"{name}.html" for name in ("planner", "welcome")]
OPS = ["move", "split", "split_line", "merge", "lock", "rename", "excuse", "cut", "resolve", "mend", "assign"]

#: Keys that scripts put together from parts.
MADE = {
    "did": [*OPS, "undo", "redo", "go", "build", "publish", "comment"],
    "account": ["planner", "inspector", "administrator"],
    "export": [*FORMATS, *(f"{name}_note" for name in FORMATS), "draft", "published"],
    "import": ["assignment", "polygons", "assignment_note", "polygons_note"],
    "tool": ["pan", "brush", "select", "rectangle", "polygon", "line", "polygon_hint", "line_hint"],
    "top": ["compare", "history", "import", "export", "keys"],
    "compare": ["a", "b", "built", "published"],
    "conflict": [f"{choice}{end}" for choice in ("mine", "theirs", "snapshot") for end in ("", "_note")],
    "areas": ["name", "kind", "households", "faults", "state", "never", "same", "changed", "rebuilt"],
    "gains": ["grid", "before", "after", "change"],
    "state": ["in_band", "below", "above", "given"],
    "fault": ["below", "above", "not_connected", "unassigned", "other"],
    "deed": ["zoom", "brush", "line", "split", "merge", "lock", "unlock", "mend", "redraw", "rename", "excuse", "cut"],
    "kind": ["urban", "rural"],
    "level": ["1", "2", "3"],
    "publish": ["one", "all"],
}


def words(language: str) -> dict[str, str]:
    own = json.loads(assets.text(assets.HERE / "locales" / f"planner.{language}.json"))
    return assets.locale(language) | own


def code() -> str:
    return "\n".join(assets.text(path) for path in sorted(OWN.glob("*.js")))


def used() -> set[str]:
    pages = "\n".join(assets.text(path) for path in TEMPLATES)
    # a key stands in a call, or as a value that is said later
    keys = set(re.findall(r"""\bt\(\s*"([a-z_.0-9]+)"[,)\s]""", code()))
    keys |= set(re.findall(r'w\["([a-z_.]+)"\]', pages))
    keys |= set(re.findall(r'"(keys\.[a-z_]+)"', code()))
    return keys | {f"{start}.{rest}" for start, rests in MADE.items() for rest in rests}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_known(language: str) -> None:
    assert used() - set(words(language)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_for_refusing_an_edit_has_its_words(language: str) -> None:
    assert {f"refused.{reason}" for reason in REFUSALS} - set(words(language)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_for_refusing_a_row_has_its_words(language: str) -> None:
    assert {f"import.why.{code}" for code in CODES if code != OTHER} - set(words(language)) == set()


def test_problems_of_the_service_are_known_to_it() -> None:
    codes = {name for _, name in STATUS.values()}
    own = {key.split(".", 1)[1] for key in words("zh") if key.startswith("problem.")}
    assert own - codes == set()


def test_languages_say_the_same_things() -> None:
    zh, en = (json.loads(assets.text(assets.HERE / "locales" / f"planner.{name}.json")) for name in ("zh", "en"))
    assert set(zh) == set(en)
    for key, text in zh.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", en[key])), key
        assert "<" not in text + en[key], key


def test_no_word_is_kept_that_nothing_says() -> None:
    own = json.loads(assets.text(assets.HERE / "locales" / "planner.zh.json"))
    said = used() | set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', code()))
    said |= {key for key in own if key.startswith(("refused.", "problem.", "import.why."))}
    extra = {"reason.decided", "deed.mend_all", "deed.redraw_all", "deed.redraw_selection"}
    assert set(own) - said - extra == set()


def test_modules_import_only_what_is_exported() -> None:
    for path in OWN.glob("*.js"):
        for names, source in re.findall(r'^import \{([^}]*)\} from "([^"]+)\.js";', assets.text(path), re.MULTILINE):
            target = (path.parent / f"{source}.js").resolve()
            exported = set(
                re.findall(r"^export (?:async )?(?:function\*?|const|class) (\w+)", assets.text(target), re.MULTILINE)
            )
            wanted = {name.strip() for name in names.split(",") if name.strip()}
            assert wanted <= exported, (path.name, source, wanted - exported)


def test_what_is_imported_is_used() -> None:
    for path in OWN.glob("*.js"):
        text = assets.text(path)
        body = re.sub(r'^import .*?from "[^"]+";\n', "", text, flags=re.MULTILINE | re.DOTALL)
        for names in re.findall(r"^import \{([^}]*)\} from", text, re.MULTILINE):
            for name in (part.strip() for part in names.split(",")):
                assert re.search(rf"\b{name}\b", body), f"{path.name} imports {name}"


def test_files_stay_short() -> None:
    long = {path.name: lines for path in OWN.iterdir() if (lines := len(assets.text(path).splitlines())) >= 400}
    assert long == {}


def test_no_file_names_another_host() -> None:
    for path in [*OWN.iterdir(), *TEMPLATES]:
        found = re.findall(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}""", assets.text(path))
        assert [name for name in found if "w3.org" not in name] == [], path.name


def test_pages_hold_no_script_or_style_of_their_own() -> None:
    for path in TEMPLATES:
        text = assets.text(path)
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=", text) == []
        inline = [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag]
        assert all('type="application/json"' in tag for tag in inline)
