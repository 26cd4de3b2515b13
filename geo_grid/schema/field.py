"""Tables of field inspection, in the same terms as the tables of a plan.

``field_events`` is what was said, as it came; all other tables but ``uploads`` can be made of it again. Ids are UUIDs made
by the phone. Times are ISO 8601 UTC with milliseconds. ``lon`` and ``lat`` are WGS84 as the phone measured them, and stay
true whatever becomes of the plan; ``x`` and ``y`` are the same place in the plan's metres, worked out when it was received.
"""

from __future__ import annotations

from geo_grid.schema.terms import Column, Table


def _place(*, null: bool) -> tuple[Column, ...]:
    return (
        Column("lon", "real", null),
        Column("lat", "real", null),
        Column("x", "real", null),
        Column("y", "real", null),
        Column("accuracy", "real", null=True),  # metres; null: set by hand
    )


FIELD_EVENTS = Table(
    "field_events",
    (
        Column("id"),
        # ascending in the order in which events become visible: the cursor of a phone; null while it waits
        Column("seq", "int", null=True),
        Column("kind"),
        Column("matter_id", null=True),  # of a change of a matter: the id of the event that found it
        Column("after"),  # JSON: ids of the changes that a change of a matter follows
        Column("owner_id", null=True),  # of a photo: the record or the change it belongs to
        Column("area_code", null=True),  # where it belongs, for the bounds of those who may see it; null while it waits
        Column("grid_code", null=True),
        Column("author"),
        Column("role"),  # of the author, when it was received
        Column("prefix"),  # the author was bounded to, when it was received
        Column("device"),
        Column("clock"),
        Column("made_at"),  # by the clock of the phone
        Column("received_at"),
        Column("digest"),  # of what the phone sent: the same id with another digest is refused
        Column("body"),  # JSON
        Column("stamp"),  # JSON: what the server worked out: place in metres, grid, distance, warnings
        Column("verdict"),  # taken | waiting (for an event it follows) | a reason: refused when that came
    ),
    key=("id",),
    public=False,
)
RECORDS = Table(
    "records",
    (
        Column("id"),
        Column("plan_version", "int"),  # in force that day
        Column("element_id", null=True),  # null: a free place
        Column("class", null=True),
        Column("area_code"),
        Column("grid_code", null=True),  # of that version
        *_place(null=False),
        Column("place_source"),  # gps | hand
        Column("distance", "real", null=True),  # metres from the element
        Column("author"),
        Column("made_at"),
        Column("received_at"),
        Column("checklist"),  # JSON: answers by key
        Column("notes"),
        Column("round_id", null=True),
        Column("warnings"),  # JSON: list of words
    ),
    key=("id",),
    public=False,
)
PHOTOS = Table(
    "photos",  # what is known of a photo; the bytes are a file of the server's own naming
    (
        Column("id"),
        Column("owner_id"),  # the record, or the change of a matter, it belongs to
        Column("role"),  # before | after | record
        Column("sha256"),  # of the bytes as the phone sends them
        Column("size", "int"),  # bytes
        Column("width", "int"),
        Column("height", "int"),
        Column("content_type"),
        Column("exif"),  # JSON, kept apart from the picture
        Column("author"),
        Column("taken_at"),
        Column("received_at"),
    ),
    key=("id",),
    public=False,
)
UPLOADS = Table(
    "uploads",  # how far a photo has come
    (
        Column("photo_id"),
        Column("received", "int"),  # bytes on the disk, from the first one on
        Column("stored_name", null=True),  # of the re-encoded file, once it is whole and was looked at
        Column("stored_sha256", null=True),
        Column("refused", null=True),  # reason
        Column("changed_at"),
    ),
    key=("photo_id",),
    public=False,
)
MATTERS = Table(
    "matters",  # what became of each matter: the outcome of its changes, kept for queries
    (
        Column("id"),
        Column("category"),
        Column("status"),  # found | assigned | mended | checked | closed | rejected
        Column("conflict", "int"),  # 1: several changes stand side by side
        Column("plan_version", "int"),
        Column("element_id", null=True),
        Column("area_code"),
        Column("grid_code", null=True),
        *_place(null=False),
        Column("found_by"),
        Column("found_at"),
        Column("assignee", null=True),
        Column("due_at"),  # of mending, or of checking where it is mended
        Column("mended_at", null=True),
        Column("closed_at", null=True),
        Column("heads"),  # JSON: ids of the changes it rests on
    ),
    key=("id",),
    public=False,
)
MATTER_CHANGES = Table(
    "matter_changes",
    (
        Column("id"),
        Column("matter_id"),
        Column("kind"),  # found | assigned | mended | checked | closed | reopened | rejected | noted | resolved
        Column("after"),  # JSON: ids of the changes it follows
        Column("status", null=True),  # of the matter after it; null: a note
        Column("author"),
        Column("role"),
        Column("clock"),
        Column("made_at"),
        Column("received_at"),
        Column("body"),  # JSON
    ),
    key=("id",),
    public=False,
)
TRACKS = Table(
    "tracks",  # pieces of the track of a round; positions of a person, see retention
    (
        Column("id"),
        Column("round_id"),
        Column("author"),
        Column("area_code"),
        Column("started_at"),
        Column("ended_at"),
        Column("received_at"),
        Column("points"),  # JSON: [lon, lat, seconds since started_at, accuracy]
        Column("thinned_at", null=True),
    ),
    key=("id",),
    public=False,
)

#: Tables of field inspection; none of them is public.
FIELD_TABLES: dict[str, Table] = {
    table.name: table for table in (FIELD_EVENTS, RECORDS, PHOTOS, UPLOADS, MATTERS, MATTER_CHANGES, TRACKS)
}
