"""Scripts, styles and words: complete, and the same in both kinds of page."""

from __future__ import annotations

import json
import re

from geo_grid.schema import ELEMENT_CLASSES, REASONS
from webmap import assets
from webmap.atlas.figures import STATES
from webmap.settings import LANGUAGES

#: Keys that scripts put together from parts.
MADE = {
    "class": ELEMENT_CLASSES,
    "reason": REASONS,
    "why": [*REASONS, "other"],
    "state": STATES,
    "kind": ["urban", "rural"],
    "level": ["1", "2", "3", "auto"],
    "column": ["level", "grids", "in_band"],
    "sheet": ["strip", "half", "full"],
    "amount": ["m", "km", "m2", "ha", "count"],
    "tab": ["areas", "exceptions"],
}


def used() -> set[str]:
    code = "\n".join(assets.text(path) for path in assets.OWN.glob("*.js"))
    page = assets.text(assets.HERE / "templates" / "page.html")
    keys = set(re.findall(r"""\bt\(\s*"([a-z_.0-9]+)"[,)\s]""", code))
    keys |= set(re.findall(r"""data-(?:word|label)="([a-z_.]+)\"""", page)) | set(
        re.findall(r'w\["([a-z_.]+)"\]', page)
    )
    return keys | {f"{start}.{rest}" for start, rests in MADE.items() for rest in rests}


def test_every_word_is_known_in_every_language() -> None:
    for language in LANGUAGES:
        assert used() - set(assets.locale(language)) == set(), language


def test_languages_say_the_same_things() -> None:
    zh, en = (assets.locale(name) for name in ("zh", "en"))
    # roles are Chinese words in the store; only other languages translate them
    assert set(zh) == {key for key in en if not key.startswith("role.")}
    for key, text in zh.items():
        assert set(re.findall(r"\{(\w+)\}", text)) >= set(re.findall(r"\{(\w+)\}", en[key])) - {"n"}, key


def test_one_script_holds_all_modules_and_no_import() -> None:
    script = assets.one_script()
    names = {path.stem for path in assets.OWN.glob("*.js")}
    assert {name for name in names if f"modules.{name} = " in script} == names
    assert not re.search(r"^\s*(?:import|export)\b", script, re.MULTILINE)
    assert script.index("modules.words = ") < script.index("modules.main = ")


def test_modules_import_only_what_is_exported() -> None:
    for path in assets.OWN.glob("*.js"):
        for names, source in re.findall(r'^import \{([^}]*)\} from "\./(\w+)\.js";', assets.text(path), re.MULTILINE):
            exported = set(
                re.findall(
                    r"^export (?:async )?(?:function|const|class) (\w+)",
                    assets.text(assets.OWN / f"{source}.js"),
                    re.MULTILINE,
                )
            )
            assert {name.strip() for name in names.split(",")} <= exported, (path.name, source)


def test_styles_hold_their_pictures() -> None:
    assert "url(images" not in assets.one_style()
    assert "@import" not in assets.one_style()


def test_locales_are_plain_text() -> None:
    for language in LANGUAGES:
        for key, text in json.loads(assets.text(assets.HERE / "locales" / f"{language}.json")).items():
            assert isinstance(text, str), key
            assert "<" not in text, key
