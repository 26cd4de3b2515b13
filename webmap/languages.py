"""The language a visitor reads."""

from flask import request

from webmap.settings import LANGUAGES, Language


def language_of_request(default: Language) -> Language:
    """Return the language a visitor asks for: by the address, else by the browser's settings.

    Parameters
    ----------
    default : {"zh", "en"}
        Where neither says.

    Returns
    -------
    {"zh", "en"}
        The language.
    """
    asked = request.args.get("lang")
    for language in LANGUAGES:
        if asked == language:
            return language
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh-Hans", "zh-TW", "en", "en-US", "en-GB"])
    if best is None:
        return default
    return "zh" if best.startswith("zh") else "en"
