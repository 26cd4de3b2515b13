"""Routes of people: who works in the grids, what is vacant, rosters in, and who was given household data."""

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from geo_grid.people import doubles, gone, organisations_of, responsible_for_elements, vacancies
from geo_grid.people.cells import UnreadableError, half_width, phone_of
from geo_grid.people.taking import Import, take_people
from geo_grid.store.ledger import Audit, NotTakenError
from webmap.accounts.guard import limits, must_cover, needs, person
from webmap.atlas import UnknownCodeError
from webmap.description import CHANGING, READING, SIGNED_IN, WITH_BODY, answers
from webmap.desk.asking import office, reply
from webmap.people import models
from webmap.people.intake import read_list
from webmap.refusals import InvalidError, UnknownNameError

PEOPLE = Tag(name="people", description="Who works in the grids, for those who are signed in.")

people = APIBlueprint("people", __name__, url_prefix="/api/v1", abp_tags=[PEOPLE])

#: Refused rows that an answer lists; all are counted.
REFUSED_LISTED = 1_000
_SUFFIXES = {".csv", ".tsv", ".xlsx"}


@people.get("/people/staff", security=READING, responses=answers(models.Members, *SIGNED_IN))
@needs(scope="body")
def staff(query: models.StaffQuery) -> Response:
    """List who works in the grids."""
    on = None if query.history else _day(query.on)
    if query.code is not None:
        must_cover(query.code)
    codes = None if query.code is None else [query.code]
    found = office().ledger.staff(codes, prefix=_prefix(query.prefix), on=on).sort_values(["grid_code", "id"])
    rows = _rows(found.iloc[query.offset : query.offset + query.limit])
    return reply({"on": on and on.isoformat(), "total": len(found), "staff": [_told(row) for row in rows]})


@people.get("/people/vacancies", security=READING, responses=answers(models.Vacancies, *SIGNED_IN))
@needs(scope="body")
def list_vacancies(query: models.PageQuery) -> Response:
    """List the grids nobody is in charge of, and people whose grid is not there any more."""
    on, prefix = _day(query.on), _prefix(query.prefix)
    known, posts = office().ledger.staff(prefix=prefix), office().ledger.posts(prefix)
    free, left = vacancies(known, posts, on), gone(known, posts, on)
    page = free.iloc[query.offset : query.offset + query.limit]
    return reply({"on": on.isoformat(), "total": len(free), "vacancies": _rows(page), "gone": _rows(left)})


@people.get("/people/doubles", security=READING, responses=answers(models.Doubles, *SIGNED_IN))
@needs(scope="body")
def list_doubles(query: models.PeopleQuery) -> Response:
    """List the grids with several people, and people with several grids."""
    on = _day(query.on)
    return reply(
        {"on": on.isoformat(), "doubles": _rows(doubles(office().ledger.staff(prefix=_prefix(query.prefix)), on))}
    )


@people.get("/people/responsible", security=READING, responses=answers(models.Duties, *SIGNED_IN, 404))
@needs(scope="body")
def responsible(query: models.AreaQuery) -> Response:
    """Name the one person who answers for each element that an area has a share of."""
    must_cover(query.area)
    if not any(row["code"] == query.area for row in office().ledger.area_figures(query.area)):
        raise UnknownCodeError(f"no area has the code {query.area}", mend="See the list of areas.")
    on, found = _day(query.on), office().ledger.managed(query.area)
    known = office().ledger.staff(found["element_shares"]["grid_code"])
    duty = responsible_for_elements(found["elements"], found["element_shares"], found["grids"], known, on)
    named = found["elements"][["class", "name"]].rename(columns={"name": "element"})
    rows = _rows(pd.concat([duty.rename(columns={"element_id": "id"}), named], axis=1))
    return reply({"on": on.isoformat(), "elements": rows})


@people.get("/people/organisations", security=READING, responses=answers(models.Organisations, *SIGNED_IN, 404))
@needs(scope="body")
def list_organisations(query: models.OrganisationsQuery) -> Response:
    """List organisations beside the grids; with a code those that concern it."""
    prefix = _prefix(query.prefix)
    if query.code is None:
        found = office().ledger.organisations(prefix=prefix)
    else:
        must_cover(query.code)
        found = _concerning(query.code)
    return reply({"organisations": [_told(row) for row in _rows(found)]})


def _concerning(code: str) -> pd.DataFrame:
    posts = office().ledger.posts(code)
    areas = posts["area_code"][posts["code"] == code].tolist()
    if not areas:  # no grid: an area, or nothing
        if not any(row["code"] == code for row in office().ledger.area_figures(code)):
            raise UnknownCodeError(f"no grid or area has the code {code}", mend="See the list of areas.")
        found = office().ledger.organisations(prefix=code)
        return found[found["area_code"] == code]
    plan = office().store.area_plan(areas[0], ("grids", "units"))
    return organisations_of(office().ledger.organisations(prefix=areas[0]), plan, code)


@people.post("/people/import", security=CHANGING, responses=answers(models.TakenList, *SIGNED_IN, 429, *WITH_BODY))
@needs("planner", "administrator", scope="body", reads="form")
def take(query: models.ListQuery, form: models.ListForm) -> Response:
    """Take a roster, or a list of organisations, in place of the stored one; nothing changes if a row is refused."""
    prefix = _prefix(query.prefix)
    limits().edit(person().name)
    label = Path((form.file.filename or "").replace("\\", "/")).name[:100]
    suffix = Path(label).suffix.lower()
    if suffix not in _SUFFIXES:
        raise InvalidError(f"files of type {suffix[:10] or 'without suffix'} are not read")
    how = Import(
        query.kind,
        _day(query.on),
        prefix,
        whole=query.prefix is not None,
        skip_refused=query.skip_refused,
        dry_run=query.preview,
    )
    with TemporaryDirectory(prefix="geo-grid-people-") as folder:
        # never a name somebody else chose: a library may take it for more than a name
        file = Path(folder) / f"upload{suffix}"
        form.file.save(file)
        found = office().workers.run(read_list, str(file), how, label, query.sheet)
    done = take_people(office().ledger, found, how, author=person().name, label=label)
    refused = _rows(found.refused[["row", "reason"]].head(REFUSED_LISTED))
    if done is None and not query.preview:
        raise InvalidError(
            f"{len(found.refused)} of {found.read} rows are refused; nothing was changed",
            mend="Mend them, or take the others with skip_refused.",
            read=found.read,
            refused=refused,
        )
    counts = done._asdict() if done else dict.fromkeys(("added", "changed", "ended", "kept"))
    account = {"read": found.read, "taken": len(found.taken), "refused": refused, "notes": found.notes}
    return reply(account | counts | {"stored": not query.preview, "refused_total": len(found.refused)})


@people.post(
    "/people/grids/<code>/staff",
    security=CHANGING,
    responses=answers(models.Member, *SIGNED_IN, 404, 429, *WITH_BODY, status=201),
)
@needs("planner", "administrator")
def add(path: models.StaffPath, body: models.NewMember) -> Response:
    """Write down that somebody works in a grid."""
    limits().edit(person().name)
    posts = office().ledger.posts(path.code)
    post = posts[posts["code"] == path.code]
    if not len(post):
        raise UnknownCodeError(f"no grid has the code {path.code}", mend="See the list of grids.")
    row = {
        "grid_code": path.code,
        "level": int(post["level"].iloc[0]),
        "role": str(post["role"].iloc[0]),
        "name": half_width(body.name),
        "phone": None,
        "phone_public": 0,
        "term_from": None,
        "term_to": None,
        "source": person().name,
        "source_row": 0,
    }
    if row["name"] is None:
        raise InvalidError("name: somebody has a name")
    audit = Audit(person().name, "staff", {"grid": path.code}, {"new": True})
    with _refusing():
        number = office().ledger.add_staff(row | _values(body), audit)
    return reply(_member(path.code, number), 201)


@people.patch(
    "/people/grids/<code>/staff/<int:id>",
    security=CHANGING,
    responses=answers(models.Member, *SIGNED_IN, 404, 429, *WITH_BODY),
)
@needs("planner", "administrator")
def change(path: models.MemberPath, body: models.MemberChange) -> Response:
    """Change phone, consent or term of somebody."""
    limits().edit(person().name)
    _member(path.code, path.id)
    with _refusing():
        office().ledger.change_staff(path.id, _values(body), Audit(person().name, "staff", {"grid": path.code}, {}))
    return reply(_member(path.code, path.id))


@people.get("/access-log", security=READING, responses=answers(models.Log, *SIGNED_IN))
@needs("administrator", scope="body")
def access_log(query: models.LogQuery) -> Response:
    """Tell who was given household data, oldest first."""
    return reply({"accesses": office().ledger.access_log(person().prefix, query.since, query.limit)})


class _refusing:  # noqa: N801 - reads like a word
    """What the store does not take of somebody is the visitor's to mend."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NotTakenError):
            raise InvalidError(error.message, mend=error.mend) from None


def _values(body: models.MemberChange) -> dict[str, Any]:
    """Return the columns a body gives."""
    given = body.model_dump(include=body.model_fields_set - {"name"})
    if given.get("phone") is not None:
        try:
            given["phone"] = phone_of(given["phone"])
        except UnreadableError as error:
            raise InvalidError(f"phone: {error}") from None
    if "phone_public" in given:
        given["phone_public"] = int(given["phone_public"])
    return given


def _member(code: str, number: int) -> dict[str, Any]:
    found = office().ledger.staff([code])
    rows = _rows(found[found["id"] == number])
    if not rows:
        raise UnknownNameError(f"nobody at {code} has the number {number}")
    return _told(rows[0])


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"phone_public": bool(row["phone_public"])}


def _prefix(asked: str | None) -> str:
    if asked is None:
        return person().prefix
    must_cover(asked)
    return asked


def _day(asked: dt.date | None) -> dt.date:
    return asked or dt.datetime.now().astimezone().date()


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return plain
