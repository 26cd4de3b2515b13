"""Scripts, styles and words of the page, from this package alone."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from graphlib import TopologicalSorter
from hashlib import blake2b
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STATIC = HERE / "static"
VENDOR = STATIC / "vendor"
OWN = STATIC / "app"

_IMPORT = re.compile(r'^import \{(?P<names>[^}]*)\} from "\./(?P<name>[a-z_]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?P<kind>(?:async )?function\*?|const|class) (?P<name>\w+)", re.MULTILINE)
_IMAGE = re.compile(r"url\((?P<name>images/[\w.-]+)\)")


def text(path: Path) -> str:
    """Return a text asset.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        Its text.
    """
    return path.read_text(encoding="utf-8")


@cache
def static_digest() -> str:
    """Return a short name for the present state of all assets.

    Returns
    -------
    str
        Changes whenever an asset does.
    """
    digest = blake2b(digest_size=6)
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(path.relative_to(STATIC).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def locale(language: str) -> dict[str, Any]:
    """Return the words of a language.

    Parameters
    ----------
    language : str
        "zh" or "en".

    Returns
    -------
    dict
        Text by key.
    """
    words: dict[str, Any] = json.loads(text(HERE / "locales" / f"{language}.json"))
    return words


@cache
def one_script() -> str:
    """Return all modules of the page as one classic script, which runs from a file too.

    Browsers do not load modules from ``file://``. Our modules import by name from files beside them, in no circle, and
    nothing else, so each becomes a function that runs after those it needs.

    Returns
    -------
    str
        JavaScript.
    """
    sources = {path.stem: text(path) for path in OWN.glob("*.js")}
    order = TopologicalSorter({name: {m["name"] for m in _IMPORT.finditer(code)} for name, code in sources.items()})
    return "\n".join(
        ['"use strict";', "const modules = {};", *(_wrapped(name, sources[name]) for name in order.static_order())]
    )


def _wrapped(name: str, code: str) -> str:
    """Turn a module into a function that returns what it exports."""
    exports = ", ".join(match["name"] for match in _EXPORT.finditer(code))
    body = _IMPORT.sub(lambda match: f"const {{{match['names']}}} = modules.{match['name']};\n", code)
    body = _EXPORT.sub(lambda match: f"{match['kind']} {match['name']}", body)
    return f"modules.{name} = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();"


@cache
def one_style() -> str:
    """Return all styles with their pictures inside.

    Returns
    -------
    str
        CSS.
    """
    leaflet = _IMAGE.sub(_embedded, text(VENDOR / "leaflet" / "leaflet.css"))
    return "\n".join([leaflet, *(text(path) for path in sorted(OWN.glob("*.css")))])


def _embedded(match: re.Match[str]) -> str:
    picture = (VENDOR / "leaflet" / match["name"]).read_bytes()
    return f"url(data:image/png;base64,{base64.b64encode(picture).decode()})"


def leaflet_script() -> str:
    """Return Leaflet without the line that names its source map.

    Returns
    -------
    str
        JavaScript.
    """
    return text(VENDOR / "leaflet" / "leaflet.js").split("//# sourceMappingURL", 1)[0]
