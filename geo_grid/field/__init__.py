"""Field inspection: duties, matters, and what phones send when they have signal again. Pure functions; nothing here is public."""

from geo_grid.field.admission import Context, admit
from geo_grid.field.categories import CATEGORIES
from geo_grid.field.cover import cover, load
from geo_grid.field.duties import duties, visits
from geo_grid.field.events import Event
from geo_grid.field.evidence import evidence_of_records, evidence_of_tracks
from geo_grid.field.figures import figures, overdue
from geo_grid.field.history import today
from geo_grid.field.merge import FieldState, Matter, merge, merge_matter
from geo_grid.field.patrol import patrol_list
from geo_grid.field.places import PlanPlaces
from geo_grid.field.policy import FieldPolicy, field_policy, read_field_policy
from geo_grid.field.reasons import REFUSALS, WARNINGS
from geo_grid.field.retention import coarse_records, due_for_thinning
from geo_grid.field.rounds import todays_round
from geo_grid.field.rows import frames
from geo_grid.field.seen import look
from geo_grid.field.sync import Known, Reception, batch_fault, receive
from geo_grid.field.tables import FIELD_TABLES
from geo_grid.field.telling import Row, batches, page, to_send, wanted
from geo_grid.field.uploads import chunk_plan, take_chunk, whole

__all__ = [
    "CATEGORIES",
    "FIELD_TABLES",
    "REFUSALS",
    "WARNINGS",
    "Context",
    "Event",
    "FieldPolicy",
    "FieldState",
    "Known",
    "Matter",
    "PlanPlaces",
    "Reception",
    "Row",
    "admit",
    "batch_fault",
    "batches",
    "chunk_plan",
    "coarse_records",
    "cover",
    "due_for_thinning",
    "duties",
    "evidence_of_records",
    "evidence_of_tracks",
    "field_policy",
    "figures",
    "frames",
    "load",
    "look",
    "merge",
    "merge_matter",
    "overdue",
    "page",
    "patrol_list",
    "read_field_policy",
    "receive",
    "take_chunk",
    "to_send",
    "today",
    "todays_round",
    "visits",
    "wanted",
    "whole",
]
