"""Words, scripts and styles of the phone page, what makes it installable, and that it is whole on the phone."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from geo_grid.field import REFUSALS, WARNINGS
from geo_grid.field.events import MATTER_KINDS
from geo_grid.field.matters import STATUSES, TRANSITIONS
from webmap import assets, create_app
from webmap.field_page import shell_files, words
from webmap.settings import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

OWN = assets.STATIC / "field"
TEMPLATE = assets.HERE / "templates" / "field.html"
PYTHON = assets.HERE / "field_page.py"

#: Keys that scripts put together from parts.
MADE = {
    "field.tab": ["round", "map", "matters", "outbox", "more"],
    "field.kind": [*MATTER_KINDS, "record", "photo", "track"],
    "field.do": [*TRANSITIONS, "noted", "resolved"],
    "field.status": STATUSES,
    "field.filter": ["open", "mine", "late", "all"],
    "field.position": ["refused", "unavailable", "timeout", "unsupported"],
    "field.place": ["far", "too_far", "outside", "inaccurate"],
    "field.way": [str(number) for number in range(8)],
    "field.refused": [*REFUSALS, "lost"],
    "field.warning": WARNINGS,
    "account": ["inspector", "planner", "administrator"],
}


def sources() -> dict[str, str]:
    return {path.name: assets.text(path) for path in sorted(OWN.glob("*.js"))}


def used() -> set[str]:
    text = "\n".join([*sources().values(), assets.text(TEMPLATE), assets.text(PYTHON)])
    keys = {key for key in re.findall(r"""["'](field\.[a-z_.0-9]+)["']""", text) if key != "field.html"}
    keys |= set(re.findall(r"""\bt\("([a-z_.0-9]+)"[,)]""", text))
    return keys | {f"{start}.{rest}" for start, rests in MADE.items() for rest in rests}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_known_and_every_known_word_is_used(language: str) -> None:
    own = json.loads(assets.text(assets.HERE / "locales" / f"field.{language}.json"))
    assert used() - set(words(language)) == set()
    assert set(own) - used() == set()


def test_languages_say_the_same_things() -> None:
    zh, en = (json.loads(assets.text(assets.HERE / "locales" / f"field.{name}.json")) for name in ("zh", "en"))
    assert set(zh) == set(en)
    for key, text in zh.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", en[key])), key
        assert "<" not in text + en[key], key


def test_modules_import_only_what_is_exported_and_use_it() -> None:
    for name, text in sources().items():
        for names, source in re.findall(r'^import \{([^}]*)\} from "([^"]+)";', text, re.MULTILINE):
            exported = set(
                re.findall(
                    r"^export (?:async )?(?:function\*?|const|let|class) (\w+)",
                    assets.text((OWN / source).resolve()),
                    re.MULTILINE,
                )
            )
            wanted = {each.strip() for each in names.split(",") if each.strip()}
            assert wanted <= exported, (name, source)
            body = re.sub(r"^import .*$", "", text, flags=re.MULTILINE)
            assert [each for each in wanted if not re.search(rf"\b{each}\b", body)] == [], name


def test_files_are_short_and_name_no_other_host() -> None:
    for path in [*OWN.glob("*.js"), *OWN.glob("*.css"), TEMPLATE]:
        text = assets.text(path)
        assert len(text.splitlines()) < 400, path.name
        assert re.findall(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}""", text) == [], path.name
        assert not re.search(r"\sstyle=|\son[a-z]+=\"", text), path.name


def test_everything_a_module_needs_is_kept_on_the_phone() -> None:
    kept = set(shell_files())
    for name, text in sources().items():
        if name == "worker.js":
            continue
        for source in re.findall(r'^import .*? from "([^"]+)";', text, re.MULTILINE):
            path = (OWN / source).resolve().relative_to(assets.STATIC).as_posix()
            assert path in kept, (name, path)
    page = assets.text(TEMPLATE)
    assert set(re.findall(r"\{\{ c\.static \}\}/([\w./-]+)\"", page)) <= kept


@pytest.fixture(scope="module")
def client(store: Path) -> FlaskClient:
    return create_app(store).test_client()


def test_page_worker_and_manifest(client: FlaskClient) -> None:
    page = client.get("/field?lang=en")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    worker = client.get("/field/sw.js")
    assert (worker.mimetype, worker.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    shell = json.loads(re.match(r"const SHELL = (.*);\n", worker.get_data(as_text=True))[1])
    assert shell["version"] in page.get_data(as_text=True)
    for file in shell["files"]:
        with client.get(file) as answer:
            assert answer.status_code == 200, file
    told = client.get("/field/manifest.webmanifest?lang=zh").get_json(force=True)
    assert told["start_url"] == told["scope"] == "../field"
    for icon in told["icons"]:
        with client.get(icon["src"]) as answer:
            assert answer.mimetype == "image/png"


def test_version_follows_the_files(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    import webmap.field_page as module

    before = client.get("/field/sw.js").get_data(as_text=True)
    assert client.get("/field/sw.js").get_data(as_text=True) == before
    real = assets.text
    monkeypatch.setattr(assets, "text", lambda path: real(path) + ("// more" if path.name == "worker.js" else ""))
    module._version.cache_clear()
    after = client.get("/field/sw.js").get_data(as_text=True)
    module._version.cache_clear()
    assert after.splitlines()[0] != before.splitlines()[0]
