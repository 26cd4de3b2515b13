"""What a sent file that cannot be used is answered with."""

from __future__ import annotations

import pytest
from flask import Flask

from geo_grid.errors import InputError
from webmap.errors import register_errors


@pytest.mark.parametrize(
    ("error", "detail", "reason"),
    [
        (
            InputError("the workbook is damaged (BadZipFile)", file="a.xlsx", mend="Save it again"),
            "a.xlsx: the workbook is damaged. Save it again",
            "damaged",
        ),
        (InputError("no such column", file="a.csv", mend="Say so in city.toml"), "a.csv: no such column", "unfit"),
    ],
)
def test_nothing_of_python_or_the_configuration_is_said(error: InputError, detail: str, reason: str) -> None:
    app = Flask(__name__)
    register_errors(app)

    @app.get("/")
    def fail() -> str:
        raise error

    answer = app.test_client().get("/")
    assert answer.status_code == 422
    body = answer.get_json()
    assert (body["code"], body["detail"], body["reason"]) == ("bad_file", detail, reason)
