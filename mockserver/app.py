"""The Flask application: wiring and configuration, nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, Response

from mockserver.control import routes as control
from mockserver.control.gate import Gate
from mockserver.control.watching import ControlWatch
from mockserver.dashboard import routes as dashboard
from mockserver.http.failing import LastResort
from mockserver.http.headers import GlobalHeaders
from mockserver.http.rendering import json_response
from mockserver.http.request_log import RequestLog
from mockserver.http.routing import Routes, install
from mockserver.seed_catalog import load_catalog
from mockserver.settings import Settings
from mockserver.store import access
from mockserver.store.journal import Journal
from mockserver.store.snapshots import Snapshots
from mockserver.store.store import Store


def groups() -> list[Routes]:
    """Every resource's routes."""
    from mockserver import api

    return api.routes()


def create_app(settings: Settings | None = None, store: Store | None = None) -> Flask:
    """A server over a store (by default a new one as the settings say)."""
    settings = settings or Settings()
    store = store or Store(settings.db)
    if settings.catalog is not None:
        store.on_new_environment = load_catalog(settings.catalog).filler(settings.divergences)
    with store.write() as tx:
        for environment_id in access.seed(tx.connection, datetime.now(UTC)):
            store.environment_created(tx.connection, environment_id)
    if settings.control:
        Snapshots(store).tidy()
    app = Flask("flexprice-mock", static_folder=None)
    app.extensions["flexprice"] = (store, settings)
    routes = groups()
    journal = Journal(store.folder / "journal.db", settings.journal) if settings.control and settings.journal else None
    install(app, store, settings, routes, ControlWatch(store, journal) if settings.control else None)

    @app.get("/openapi.json")
    def openapi() -> Response:
        # Imported on first use: the generator is needed by few and slow to load.
        from mockserver.openapi import document

        return json_response(200, document(routes))

    if settings.control:
        app.register_blueprint(control.blueprint(store, settings, journal))
        app.register_blueprint(dashboard.blueprint(store, settings))
    app.config["PROPAGATE_EXCEPTIONS"] = True

    def outcome_of(environment_id: str, event_id: str) -> str:
        # Imported for the first event that is logged: what explains is loaded by few others.
        from mockserver.explaining.brief import in_a_word

        return in_a_word(store, settings.divergences, environment_id, event_id)

    inner = Gate(GlobalHeaders(LastResort(app.wsgi_app)), settings)
    app.wsgi_app = RequestLog(inner, outcome_of)  # type: ignore[method-assign]  # assigning wsgi_app is how Flask documents wrapping
    return app
