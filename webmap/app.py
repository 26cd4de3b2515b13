"""The service: one Flask application over one store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_grid.people.public import PublicRoster
from webmap.accounts.guard import register_guard
from webmap.accounts.routes import accounts
from webmap.api import api
from webmap.assets import STATIC, static_digest
from webmap.bodies import register_bodies
from webmap.compression import register_compression
from webmap.dashboard.routes import dashboard
from webmap.desk.exchange import exchange
from webmap.desk.routes import desk
from webmap.desk.versions import versions
from webmap.errors import register_errors
from webmap.field.desk_routes import field_desk
from webmap.field.export_routes import field_exports
from webmap.field.limits import FieldLimits
from webmap.field.listing import Lists
from webmap.field.matter_routes import field_matters
from webmap.field.office_page import office_page
from webmap.field.routes import field
from webmap.field_page import field_page
from webmap.find_routes import register as register_find
from webmap.hosts import register_hosts
from webmap.library import Library
from webmap.office import Office
from webmap.openapi import described_app
from webmap.openapi import pages as description
from webmap.pages import pages
from webmap.people.page import people_page
from webmap.people.routes import people as people_routes
from webmap.public.asking import register_sharing
from webmap.public.limits import PublicLimits
from webmap.public.ogc_routes import ogc
from webmap.public.routes import public
from webmap.public.tile_routes import tiles
from webmap.security import register_security
from webmap.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from webmap.public.people import People

_YEAR = 31_536_000


def create_app(store_url: str | Path, *, settings: Settings | None = None, people: People | None = None) -> Flask:
    """Return the map service of a stored plan.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    settings : Settings, optional
        Limits and choices.
    people : People, optional
        Who knows the staff of grids; what the store keeps of them by default.

    Returns
    -------
    Flask
        A WSGI application.

    Raises
    ------
    StoreError
        If there is no such store, or it cannot be read.
    """
    settings = settings or Settings()
    # assets live under an address that changes with them, so they may be kept for ever
    app = described_app("webmap", static_folder=str(STATIC), static_url_path=f"/static/{static_digest()}")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _YEAR
    library = Library(store_url, settings)
    library.open()
    app.extensions["library"] = library
    office = Office(store_url, settings)
    app.extensions["office"] = office
    app.extensions["public_limits"] = PublicLimits(settings)
    app.extensions["field_policy"] = {}
    app.extensions["field_limits"] = FieldLimits(settings)
    app.extensions["field_lists"] = Lists(settings)
    app.extensions["people"] = people or PublicRoster(lambda: office.ledger)
    register_bodies(app, settings)
    register_hosts(app, settings)
    register_guard(app)
    register_errors(app)
    register_security(app, settings)
    register_sharing(app)
    register_compression(app)
    signed_in = (accounts, desk, versions, exchange, people_routes, field, field_desk, field_matters, field_exports)
    for blueprint in (api, public, tiles, ogc, *signed_in, dashboard, description, pages, field_page, office_page):
        app.register_api(blueprint)
    app.register_api(people_page)
    register_find(app)
    return app
