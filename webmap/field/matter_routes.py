"""Routes about matters: which there are, and all that is known of one."""

import json
from typing import Any

import pandas as pd
from flask import Response
from flask_openapi3 import APIBlueprint

from geo_grid.errors import UsageError
from geo_grid.field import today
from geo_grid.field.matters import OFFICE, STATUSES, TRANSITIONS
from geo_grid.field.times import timestamp_of
from webmap.accounts.guard import needs, person
from webmap.description import READING, SIGNED_IN, answers
from webmap.desk.asking import office, reply
from webmap.field import desk_models as models
from webmap.field.asking import ledger, must_see, now, plan, within
from webmap.field.models import IdPath
from webmap.field.package import people_of
from webmap.field.plan import FieldPlan
from webmap.field.routes import FIELD
from webmap.refusals import UnknownNameError

field_matters = APIBlueprint("field_matters", __name__, url_prefix="/api/v1/field", abp_tags=[FIELD])

#: Columns of a matter whose times make it overdue.
_UNFINISHED = ("found", "assigned", "mended", "checked")


@field_matters.get("/matters", security=READING, responses=answers(models.Matters, *SIGNED_IN, 429))
@needs(scope="body")
def matters(query: models.MattersQuery) -> Response:
    """List matters, the latest found first."""
    at = plan()
    status = _statuses(query.status)
    if query.category is not None and query.category not in at.policy.categories:
        raise UsageError("category: there is none of this name", mend=f"One of {', '.join(at.policy.categories)}.")
    prefix = person().prefix if query.area is None else within(query.area)
    most = office().settings.field_rows
    limit = most if query.limit is None else min(query.limit, most)
    moment = timestamp_of(now())
    found = ledger().matters(
        prefix,
        status=status,
        category=query.category,
        overdue_at=moment if query.overdue else None,
        **({} if query.conflict else {"limit": limit + 1, "offset": query.offset}),
    )
    if query.conflict:  # few of many
        found = found[found["conflict"] == 1].iloc[query.offset : query.offset + limit + 1]
    names = office().register.displays()
    told = [_told(at, row, moment, names) for row in _rows(found.iloc[:limit])]
    return reply({"matters": told, "more": len(found) > limit})


def _statuses(text: str | None) -> list[str] | None:
    if text is None:
        return None
    asked = text.split(",")
    for word in asked:
        if word not in STATUSES:
            raise UsageError("status: there is none of this name", mend=f"Some of {', '.join(STATUSES)}.")
    return asked


@field_matters.get("/matters/<id>", security=READING, responses=answers(models.MatterTold, *SIGNED_IN, 404, 429))
@needs()
def matter(path: IdPath) -> Response:
    """Tell all that is known of a matter: its history, its photos, and changes that stand side by side."""
    at = plan()
    found = ledger().matter(path.id)
    if found is None:
        raise UnknownNameError("there is no matter of this id")
    row = found["row"]
    must_see(row)
    people = office().register.people()
    names = {who.name: who.display for who in people}
    photos: dict[str, list[dict[str, Any]]] = {}
    for photo in found["photos"]:
        photos.setdefault(photo["owner_id"], []).append(_photo(photo))
    changes = [
        {name: change[name] for name in _OF_CHANGE}
        | {"display": names.get(change["author"], change["author"]), "photos": photos.get(change["id"], [])}
        for change in found["changes"]
        if change["status"] is not None or change["kind"] == "noted"
    ]
    heads = [change for change in changes if change["head"]]
    return reply(
        {
            "matter": _told(at, row, timestamp_of(now()), names),
            "grid_now": _grid_now(at, row),
            "changes": changes,
            "people": people_of(row["area_code"], people),
            "conflict": heads if len(heads) > 1 else [],
            "actions": {head["id"]: _actions(head["status"]) for head in heads}
            | ({"resolved": row["heads"]} if len(heads) > 1 and person().role in OFFICE else {}),
        }
    )


_OF_CHANGE = ("id", "kind", "after", "status", "author", "role", "clock", "made_at", "received_at", "body", "head")


def _actions(status: str) -> list[str]:
    """Return what may follow a head, as far as role and state say: what else is needed is said when it comes."""
    role = person().role
    return [kind for kind, way in TRANSITIONS.items() if role in way.roles and status in way.sources] + ["noted"]


def _photo(row: dict[str, Any]) -> dict[str, Any]:
    ready = bool(row["stored_name"]) and not row["refused"]
    return {name: row[name] for name in ("id", "role", "taken_at", "width", "height")} | {
        "ready": ready,
        "refused": row["refused"],
    }


def _told(at: FieldPlan, row: dict[str, Any], moment: str, names: dict[str, str]) -> dict[str, Any]:
    heads = row["heads"] if isinstance(row["heads"], list) else json.loads(row["heads"])
    return {name: value for name, value in row.items() if name not in ("x", "y")} | {
        "conflict": bool(row["conflict"]),
        "heads": heads,
        "overdue": row["status"] in _UNFINISHED and str(row["due_at"]) < moment,
        "area_name": at.name_of(row["area_code"]),
        "grid_name": at.name_of(row["grid_code"]) if row["grid_code"] else None,
        "element_name": at.element_name(row["element_id"]),
        "element_class": at.element_class(row["element_id"]),
        "found_by_display": names.get(row["found_by"], row["found_by"]),
        "assignee_display": names.get(row["assignee"], row["assignee"]) if row["assignee"] else None,
    }


def _grid_now(at: FieldPlan, row: dict[str, Any]) -> str | None:
    if row["plan_version"] == at.version:
        return str(row["grid_code"]) if row["grid_code"] else None
    frame = pd.DataFrame([row])
    code = today(frame, at.index, at.lineage(ledger()), level=at.policy.patrol.level)["grid_code"].iloc[0]
    return None if code is None else str(code)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return plain
