"""The control routes under ``/_mock`` (off with ``--no-control``).

They act on the environment of the ``x-api-key`` they are called with, as the emulated API does, but are no part of
it: no route under ``/v1`` controls anything, and these answer errors in their own small envelope.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from mockserver.control import clock, seeding, snapshot_routes, testing_routes
from mockserver.control.asking import Asking
from mockserver.control.errors import ControlError
from mockserver.http.rendering import json_response
from mockserver.settings import Settings
from mockserver.store import access
from mockserver.store.journal import Journal
from mockserver.store.store import DiskFull, Store


def blueprint(store: Store, settings: Settings, journal: Journal | None = None) -> Blueprint:
    """The control routes over one store and, if one is kept, its journal."""
    control = Blueprint("control", __name__, url_prefix="/_mock")

    asking = Asking(store, settings)
    control.before_request(lambda: asking.demand_key(() if settings.keys else ("control.divergences",)))
    testing_routes.add(control, asking, journal)
    snapshot_routes.add(control, asking)
    environment, body, reading = asking.environment, asking.body, asking.reading

    @control.get("/divergences")
    def divergences() -> Response:
        """The register with the state of each switch."""
        rows = [
            {
                "id": d.id,
                "title": d.title,
                "documents": d.documents,
                "server": d.server,
                "evidence": d.evidence,
                "on": on,
                "statuses": list(d.statuses),
                "default": {"documented": d.documented, "upstream": d.upstream},
            }
            for d, on in settings.divergences.items()
        ]
        return json_response(200, {"profile": settings.divergences.profile, "divergences": rows})

    @control.get("/clock")
    def read_clock() -> Response:
        """The environment's time."""
        return json_response(200, clock.show(environment()))

    @control.put("/clock")
    def set_clock() -> Response:
        """``{"now": "2026-04-14T00:00:00Z"}`` sets the clock (null: the machine's) and nothing else happens,
        ``{"frozen": true}`` stops it, ``{"advance_seconds": 3600}`` or ``{"advance_to": "2026-05-01T00:00:00Z"}`` lets
        time pass: what becomes due on the way is done."""
        current = environment()
        request_body = body()
        with store.write(current.id) as tx:
            found = access.find_environment(tx.connection, current.id) or current
            passed = clock.change(tx, found, request_body, settings.divergences)
        shown = clock.show(environment())
        return json_response(200, shown if passed is None else {**shown, "passed": passed})

    @control.get("/explain/events/<event_id>")
    def explain_event(event_id: str) -> Response:
        """The meters tried on an event and why each took it or not, the prices considered, the one that won, what it
        adds; or one plain reason why nothing billed it; both readings side by side."""
        from mockserver.control import explain

        with reading() as work:
            return json_response(200, explain.event(work, event_id))

    @control.get("/explain/subscriptions/<subscription_id>")
    def explain_subscription(subscription_id: str) -> Response:
        """What ``/_mock/explain/events`` tells, for every event of a period (``start_time``, ``end_time``), with the
        exact totals of both readings."""
        from mockserver.control import explain

        given = request.args
        with reading() as work:
            found = explain.whole_subscription(
                work, subscription_id, given.get("start_time", ""), given.get("end_time", "")
            )
        return json_response(200, found)

    @control.get("/unbilled")
    def unbilled() -> Response:
        """The events nobody pays for, grouped by reason (``external_customer_id``, ``start_time``, ``end_time``,
        ``reading``, ``limit``)."""
        from mockserver.control import explain

        given = request.args
        names = ("external_customer_id", "start_time", "end_time", "reading", "limit")
        with reading() as work:
            return json_response(200, explain.nobody_pays(work, *(given.get(name, "") for name in names)))

    @control.post("/catalog")
    def load_catalog() -> Response:
        """Loads a catalogue: ``{"shipped": "models"}`` or ``{"shipped": "documented"}`` one that
        ships, any other object is a catalogue itself. Its literal ids are kept."""
        catalog = seeding.asked(body())
        with store.write(environment().id) as tx:
            return json_response(201, seeding.fill(tx, catalog, settings.divergences))

    @control.post("/reset")
    def reset() -> Response:
        """Forgets the environment's objects, events and clock; ``{"scope": "all"}`` those of every environment."""
        scope = body().get("scope", "environment")
        if scope not in ("environment", "all"):
            raise ControlError("scope must be environment or all")
        if scope == "all":
            asking.whole_server()
        chosen = None if scope == "all" else environment().id
        store.clear(chosen)
        if journal is not None:
            journal.clear(chosen)
        return json_response(200, {"reset": scope})

    @control.errorhandler(DiskFull)
    def full(error: DiskFull) -> Response:
        return json_response(error.status, {"error": error.message})

    @control.errorhandler(ControlError)
    def refused(error: ControlError) -> Response:
        return json_response(error.status, {"error": str(error)})

    return control
