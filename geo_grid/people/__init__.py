"""People and organisations of the grids: rosters, vacancies, and who answers for what. Nothing here is public as it is."""

from geo_grid.people.account import Imported
from geo_grid.people.duty import doubles, gone, in_term, public_staff, vacancies
from geo_grid.people.organisations import match_organisations, organisations_of, read_organisations
from geo_grid.people.public import PublicRoster, public_people
from geo_grid.people.responsible import responsible_for_elements
from geo_grid.people.roster import match_staff, read_staff
from geo_grid.people.tables import ORGANISATIONS, PEOPLE_TABLES, STAFF

__all__ = [
    "ORGANISATIONS",
    "PEOPLE_TABLES",
    "STAFF",
    "Imported",
    "PublicRoster",
    "doubles",
    "gone",
    "in_term",
    "match_organisations",
    "match_staff",
    "organisations_of",
    "public_people",
    "public_staff",
    "read_organisations",
    "read_staff",
    "responsible_for_elements",
    "vacancies",
]
