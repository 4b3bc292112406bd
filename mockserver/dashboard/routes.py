"""The dashboard's page and its questions, under ``/_mock`` like the other controls.

The page itself asks for no key; every question does. Python imports what answers the questions when the first one
comes, so that starting the server stays light.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_from_directory

from mockserver.control.asking import Asking
from mockserver.control.errors import ControlError
from mockserver.control.values import whole
from mockserver.errors import ApiError
from mockserver.http.rendering import json_response
from mockserver.settings import Settings
from mockserver.store.store import Store

_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_BIGGEST_NUMBER = 2**63 - 1


def blueprint(store: Store, settings: Settings) -> Blueprint:
    """The dashboard over one store."""
    dashboard = Blueprint("dashboard", __name__, url_prefix="/_mock")
    asking = Asking(store, settings)
    dashboard.before_request(lambda: asking.demand_key(("dashboard.page", "dashboard.static")))

    @dashboard.get("/")
    def page() -> Response:
        """The dashboard, a page for people."""
        return send_from_directory(_HERE, "page.html", mimetype="text/html", max_age=0)

    @dashboard.get("/static/<name>")
    def static(name: str) -> Response:
        """The dashboard's style and script."""
        return send_from_directory(_HERE / "static", name, max_age=0)

    @dashboard.get("/routes")
    def routes() -> Response:
        """The control routes of this server, and whether it keeps a journal."""
        asking.environment()
        rules = [rule for rule in current_app.url_map.iter_rules() if rule.rule.startswith("/_mock")]
        found = {f"{method} {rule.rule}" for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
        return json_response(200, {"routes": sorted(found), "journal": settings.journal > 0})

    @dashboard.get("/stream")
    def stream() -> Response:
        """The newest events with their verdicts in both readings (``limit`` up to 200, ``before``, ``after`` a ``seq``,
        ``event_id``, ``details=true``)."""
        from mockserver.dashboard.stream import MAX_LISTED, newest

        after, before = _number("after", 0, 0, _BIGGEST_NUMBER), _number("before", 0, 1, _BIGGEST_NUMBER)
        limit, details = _number("limit", 50, 1, MAX_LISTED), request.args.get("details") == "true"
        event_id = request.args.get("event_id", "")
        with asking.reading() as work:
            return json_response(200, newest(work, after, before or None, limit, details, event_id))

    @dashboard.get("/stream/unbilled")
    def unbilled() -> Response:
        """The unbilled ones of the latest events by reason (``scan`` up to 5000, ``limit``, ``reading``)."""
        from mockserver.dashboard.stream import MAX_LISTED, MAX_SCANNED, unbilled
        from mockserver.explaining.reading import READINGS, own_reading

        reading = request.args.get("reading", "")
        if reading and reading not in READINGS:
            raise ControlError(f"reading must be one of {', '.join(READINGS)}")
        scan, limit = _number("scan", 1000, 1, MAX_SCANNED), _number("limit", 20, 1, MAX_LISTED)
        with asking.reading() as work:
            return json_response(200, unbilled(work, reading or own_reading(work), scan, limit))

    @dashboard.get("/subscriptions")
    def subscriptions() -> Response:
        """Subscriptions with their customers (``search``, ``limit``)."""
        from mockserver.dashboard.catalogue import subscriptions

        limit = _number("limit", 50, 1, 200)
        with asking.reading() as work:
            return json_response(200, subscriptions(work, request.args.get("search", "").strip(), limit))

    @dashboard.get("/bill/<subscription_id>")
    def bill(subscription_id: str) -> Response:
        """A period's usage in both readings, by price and by day, from rollups (``start_time``, ``end_time``)."""
        from mockserver.control.explain import window
        from mockserver.dashboard.bill import bill

        given = request.args
        with asking.reading() as work:
            row, start, end = window(work, subscription_id, given.get("start_time", ""), given.get("end_time", ""))
            return json_response(200, bill(work, row, start, end))

    @dashboard.get("/catalogue")
    def catalogue() -> Response:
        """Meters, plans, prices with their filters (``limit``)."""
        from mockserver.dashboard.catalogue import catalogue

        limit = _number("limit", 100, 1, 200)
        with asking.reading() as work:
            return json_response(200, catalogue(work, limit))

    @dashboard.post("/what-if")
    def what_if() -> Response:
        """What would become of the event in the body, which is not stored: meters, prices, near misses in both
        readings; without a customer every plan is asked."""
        from mockserver.dashboard.what_if import what_if

        asking.body()
        with asking.reading() as work:
            return json_response(200, what_if(work, request.get_data()))

    @dashboard.errorhandler(ControlError)
    def refused(error: ControlError) -> Response:
        return json_response(error.status, {"error": str(error)})

    @dashboard.errorhandler(ApiError)
    def impossible(error: ApiError) -> Response:
        return json_response(error.status, {"error": error.message})

    @dashboard.after_request
    def guard(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    return dashboard


def _number(name: str, default: int, least: int, most: int) -> int:
    return whole(name, request.args.get(name), default, least, most)
