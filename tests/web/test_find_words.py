"""Words, scripts and styles of the lookup page and the boards: complete, in every language, short, of this host alone."""

from __future__ import annotations

import json
import re

import pytest

from webmap import assets
from webmap.find_page import _example, words
from webmap.settings import LANGUAGES

OWN = assets.STATIC / "find"
TEMPLATES = [assets.HERE / "templates" / f"{name}.html" for name in ("find", "board", "error")]
PYTHON = [*(assets.HERE / "board").glob("*.py"), *assets.HERE.glob("find_*.py")]

#: Keys that scripts and templates put together from parts.
MADE = {
    "find.level": ["1", "2", "3"],
    "board.duty": ["worker", "assistant", "liaison", "other", "elements"],
    "find.floor.doors": ["first", "middle", "last", "some"],
    **{f"find.page.{name}": ["title", "text"] for name in ("none", "busy", "broken", "host")},
}


def used() -> set[str]:
    text = "\n".join(assets.text(path) for path in [*OWN.glob("*.js"), *TEMPLATES, *PYTHON])
    keys = set(re.findall(r"""["']((?:find|board)\.[a-z_.0-9]+)["']""", text))
    keys -= {f"find.page.{name}" for name in ("none", "busy", "broken", "host")}
    return {key for key in keys if not key.endswith((".", ".css", ".js", ".html"))} | {
        f"{start}.{rest}" for start, rests in MADE.items() for rest in rests
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_known_and_every_known_word_is_used(language: str) -> None:
    own = json.loads(assets.text(assets.HERE / "locales" / f"find.{language}.json"))
    assert used() - set(words(language)) == set()
    assert set(own) - used() == set()


def test_languages_say_the_same_things() -> None:
    zh, en = (json.loads(assets.text(assets.HERE / "locales" / f"find.{name}.json")) for name in ("zh", "en"))
    assert set(zh) == set(en)
    for key, text in zh.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", en[key])), key


def test_scripts_import_only_what_is_exported() -> None:
    for path in OWN.glob("*.js"):
        for names, source in re.findall(r'^import \{([^}]*)\} from "([^"]+)";', assets.text(path), re.MULTILINE):
            text = assets.text((OWN / source).resolve())
            exported = set(re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", text, re.MULTILINE))
            assert {name.strip() for name in names.split(",") if name.strip()} <= exported, (path.name, source)


def test_templates_style_nothing_inline() -> None:
    """A style attribute would be refused by the content security policy, in silence."""
    for path in TEMPLATES:
        assert " style=" not in assets.text(path)


def test_the_example_of_a_search_is_a_name_of_the_plan() -> None:
    assert _example(["坪", "No. 7", "凤山社区", "后山圪垛村"]) == {"name": "凤山", "initials": "fs"}
    assert _example(["No. 7"]) is None
