"""Routes and the pipeline every request runs through (behaviour/http#pipeline, behaviour/http#routing).

A resource declares its routes on a ``Routes`` object; the declaration carries what OpenAPI needs. The order is the
real server's: route, then key, then environment, then role, then the handler, which reads the body and works in one
transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Protocol
from urllib.parse import quote, unquote_plus

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect, Rule

from mockserver.errors import ApiError, Invalid
from mockserver.http import auth, bodies, elsewhere, front
from mockserver.http.failing import failure_body
from mockserver.http.fields import Texts
from mockserver.http.rendering import (
    DIVERGENCE_HEADER,
    empty_response,
    error_response,
    json_response,
    settle,
)
from mockserver.http.request_log import SEEN
from mockserver.http.schema import In, Out
from mockserver.metering.waiting import release_due
from mockserver.pausing import resumed
from mockserver.settings import Settings
from mockserver.store.access import Environment
from mockserver.store.store import Store
from mockserver.work import Caller, Work


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON-ready body; None means an empty body."""

    status: int
    body: Any = None


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. ``writes`` opens a write transaction; ``permission`` is what ``auth.check_permission`` asks for.

    ``answer`` is the schema of the success body; ``items`` says that it comes in a list envelope, ``bare`` in an array
    by itself. ``body`` and
    ``query`` are what ``Call.body`` and ``Call.query`` read.
    """

    method: str
    rule: str
    handler: Callable[[Call], Any]
    status: int = 200
    body: In | None = None
    query: In | None = None
    answer: Out | None = None
    items: bool = False
    bare: bool = False
    writes: bool = False
    permission: str | None = None
    public: bool = False
    summary: str = ""
    tag: str = ""


@dataclass(slots=True)
class Routes:
    """The routes of one resource; ``tag`` groups them in OpenAPI."""

    tag: str
    all: list[Route] = field(default_factory=list)

    def add(self, method: str, rule: str, **options: Any) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
        """Register the decorated handler; see ``Route`` for the options. POST, PUT and DELETE need the write role
        unless ``permission`` says otherwise; its docstring's first line is the summary."""

        def register(handler: Callable[[Call], Any]) -> Callable[[Call], Any]:
            writes = options.pop("writes", method != "GET")
            permission = options.pop("permission", "write" if writes else None)
            summary = (handler.__doc__ or "").strip().split("\n")[0]
            self.all.append(
                Route(
                    method,
                    rule,
                    handler,
                    writes=writes,
                    permission=permission,
                    summary=summary,
                    tag=self.tag,
                    **options,
                )
            )
            return handler

        return register

    def get(self, rule: str, **options: Any) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
        return self.add("GET", rule, **options)

    def post(self, rule: str, **options: Any) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
        return self.add("POST", rule, **options)

    def search(self, rule: str, **options: Any) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
        """A POST that only reads."""
        return self.add("POST", rule, writes=False, **options)

    def put(self, rule: str, **options: Any) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
        return self.add("PUT", rule, **options)

    def delete(self, rule: str, **options: Any) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
        return self.add("DELETE", rule, **options)


class Call:
    """One request on its way through a handler."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        route: Route,
        http: Request,
        caller: Caller,
        environment: Environment | None,
        params: Mapping[str, str],
        stack: ExitStack,
    ) -> None:
        self.store, self.settings, self.route, self.http = store, settings, route, http
        self.caller, self.environment, self.params = caller, environment, params
        self.touched: set[str] = set()
        self._stack = stack

    @cached_property
    def raw(self) -> bytes:
        """The body's bytes; more than the path takes are refused with a 400 (behaviour/http#headers-and-limits)."""
        return bodies.read(self.http, self.settings.max_upload, cache=False)

    def body(self) -> dict[str, Any]:
        """The body as the route's schema loads it."""
        assert self.route.body is not None
        loaded: dict[str, Any] = self.route.body.loads(self.raw)
        return loaded

    def unchecked_body(self) -> dict[str, Any]:
        """The body as the route's schema reads it, without a look at tags: for rules with an order of their own."""
        assert self.route.body is not None
        return self.route.body.read(self.raw)

    def query(self) -> dict[str, Any]:
        """The query string as the route's schema reads it."""
        assert self.route.query is not None
        result = self.route.query.read_query(self.query_pairs)
        for name, known in self.route.query.fields.items():
            if isinstance(known, Texts) and name in result:
                result[name] = self._separated(result[name])
        return result

    def texts(self, name: str) -> list[str]:
        """All values of a repeated query parameter."""
        return self._separated([value for key, value in self.query_pairs if key == name])

    def _separated(self, values: list[str]) -> list[str]:
        """The documents join the values of a list with commas; the real server takes such a text as one value."""
        if not any("," in value for value in values):
            return values
        self.touched.add("comma-lists-not-split")
        if self.settings.divergences.on("comma-lists-not-split"):
            return values
        return [part for value in values for part in value.split(",")]

    @cached_property
    def query_pairs(self) -> list[tuple[str, str]]:
        """Names and values in order. A pair holding a raw ``;`` or a broken escape is dropped, as there."""
        pairs = []
        for part in self.http.query_string.decode("latin-1").split("&"):
            if part and ";" not in part and not _BAD_ESCAPE.search(part):
                name, _, value = part.partition("=")
                pairs.append((unquote_plus(name), unquote_plus(value)))
        return pairs

    def tell(self, name: str, what: str | int) -> None:
        """Say something in this request's line of the log: the id of an ``event`` that was sent, or how many
        ``events``."""
        self.http.environ.get(SEEN, {})[name] = what

    def arg(self, name: str) -> str:
        """The first value of a query parameter, or ``""``."""
        return next((value for key, value in self.query_pairs if key == name), "")

    @cached_property
    def work(self) -> Work:
        """The unit of work; the transaction opens on first use, so that reading a body holds no lock."""
        assert self.environment is not None
        if self.environment.waiting:
            release_due(self.store, self.environment)
        opener = self.store.write if self.route.writes else self.store.read
        tx = self._stack.enter_context(opener(self.environment.id))
        return Work(
            tx,
            self.caller,
            self.environment.now(),
            self.settings.divergences,
            self.touched,
            self.environment.ingestion_delay_ms,
        )


_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Watch(Protocol):
    """Somebody who stands between the requests of environments and their answers, such as the control plane."""

    def looks_at(self, environment: Environment) -> bool:
        """Whether this environment's requests are of interest; asked at each of them."""

    def around(self, environment: Environment, respond: Callable[[], Response]) -> Response:
        """The answer to the current request, by ``respond`` or otherwise."""

    def unrouted(self, respond: Callable[[], Response]) -> Response:
        """The answer to a request that no route takes and whose environment is not known yet."""


class MatchedRule(Rule):
    """A rule that matches URLs and never makes one. werkzeug compiles two functions a rule for making them, which took
    a fifth of the server's start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _make_no_url


def _make_no_url(rule: Rule, **values: Any) -> tuple[str, str]:
    raise TypeError(f"{rule.rule} is matched only")


def install(app: Flask, store: Store, settings: Settings, groups: Sequence[Routes], watch: Watch | None = None) -> None:
    """Put the routes on the app, and the behaviour of everything that is not a route."""
    app.url_rule_class = MatchedRule
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    stand_ins = Routes("", [_stand_in(known) for known in elsewhere.TAKEN_FOR_IDS])
    for group in (*groups, stand_ins):
        for route in group.all:
            app.add_url_rule(
                route.rule,
                endpoint=f"{route.method} {route.rule}",
                view_func=_view(store, settings, route, watch),
                methods=[route.method],
                provide_automatic_options=False,
                strict_slashes=False if route.rule == "/" else None,
            )

    def no_route(error: HTTPException) -> Response:
        if isinstance(error, (NotFound, MethodNotAllowed)) and request.method != "OPTIONS":
            known = elsewhere.find(request.method, request.path)
            if known is not None:
                return _view(store, settings, _stand_in(known), watch)()
            if request.path == "/" and "text/html" in request.headers.get("Accept", ""):
                return front.page(settings)
            seen = request.environ.get(SEEN)
            if seen is not None:
                seen["outcome"] = partial(elsewhere.meant, request.method, request.path, emulated)
        if watch is None:
            return _no_route(error, control=False)
        return watch.unrouted(lambda: _no_route(error, control=True))

    emulated = [(route.method, route.rule) for group in groups for route in group.all]

    app.register_error_handler(HTTPException, no_route)


def _stand_in(known: elsewhere.Known) -> Route:
    """Refuses with the same things as any route, and then because it is not emulated."""

    def refuse(call: Call) -> Any:
        raise elsewhere.NotEmulated(known)

    return Route(known.method, known.path, refuse, public=known.public)


def current_request() -> Request:
    """Flask's current request itself: each look through its proxy costs a microsecond."""
    found: Request = request._get_current_object()  # type: ignore[attr-defined]  # the proxy's own method
    return found


def _view(store: Store, settings: Settings, route: Route, watch: Watch | None) -> Callable[..., Response]:
    def view(**params: str) -> Response:
        http = current_request()
        if http.method == "HEAD" or http.environ.get("REQUEST_URI", "").startswith("//"):
            return plain_not_found()
        caller, environment = Caller("", "", "", ()), None
        if not route.public:
            try:
                key = auth.authenticate(
                    store, settings, http.headers.get("x-api-key", ""), http.headers.get("Authorization")
                )
                caller, environment = auth.choose_environment(
                    store.connection, key, http.headers.get("X-Environment-ID"), http.path
                )
            except auth.AccessRefused as refused:
                return json_response(refused.status, refused.body)
            seen = http.environ.get(SEEN)
            if seen is not None and environment is not None:
                seen["environment"] = environment.id
        if watch is None or environment is None or not (resumed(http.environ) or watch.looks_at(environment)):
            return respond(http, caller, environment, params)
        return watch.around(environment, lambda: respond(http, caller, environment, params))

    def respond(http: Request, caller: Caller, environment: Environment | None, params: Mapping[str, str]) -> Response:
        touched: set[str] = set()
        try:
            with ExitStack() as stack:
                if not route.public:
                    auth.check_permission(caller.roles, route.permission)
                call = Call(store, settings, route, http, caller, environment, params, stack)
                touched = call.touched
                answer = route.handler(call)
            response = _respond(answer, route)
        except auth.AccessRefused as refused:
            response = json_response(refused.status, refused.body)
        except ApiError as error:
            settled = settle(error, settings.divergences, touched)
            response = empty_response(500) if settled is None else error_response(settled)
        if touched:
            response.headers[DIVERGENCE_HEADER] = named = ", ".join(sorted(touched))
            call_seen = http.environ.get(SEEN)
            if call_seen is not None:
                call_seen["divergences"] = named
        return response

    return view


def _respond(answer: Any, route: Route) -> Response:
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, Answer):
        if answer.body is None:
            return empty_response(answer.status)
        return json_response(answer.status, answer.body)
    return json_response(route.status, answer)


def plain_not_found() -> Response:
    """What every URL without a route answers."""
    return Response(b"404 page not found", 404, content_type="text/plain")


def _no_route(error: HTTPException, *, control: bool) -> Response:
    """OPTIONS is always answered; a superfluous slash redirects; the rest is a plain 404. There is no 405. Where there
    are control routes, one that does not exist is told in their envelope."""
    path = request.path
    if not isinstance(error, (NotFound, MethodNotAllowed, RequestRedirect)):
        return _unreadable(path, error)
    if request.method == "OPTIONS":
        return empty_response(200)
    if control and path.startswith("/_mock"):
        return json_response(404, {"error": f"there is no control route {request.method} {path}"})
    if path.endswith("/") and len(path) > 1 and request.method != "HEAD":
        return _slash_redirect(path) or plain_not_found()
    return plain_not_found()


def _unreadable(path: str, error: HTTPException) -> Response:
    """What the framework refuses by itself, such as a form that cannot be read: 400
    (behaviour/http#headers-and-limits)."""
    refusal = Invalid(f"the request cannot be read: {error.description or error.name}")
    return json_response(refusal.status, failure_body(path, refusal))


def _slash_redirect(path: str) -> Response | None:
    shorter = path.removesuffix("/")
    registered = shorter.removesuffix("/")
    if registered.endswith("/") or not _matches(registered):
        return None
    query = request.query_string.decode("latin-1")
    # Relative, so that whatever stands in front of the server stays there; a proxy says what it took off the path.
    prefix = request.headers.get("X-Forwarded-Prefix", "").rstrip("/")
    # Encoded anew, as there: the path of a header may hold no line breaks.
    path = quote(shorter, safe="/$&+,:;=@~")
    target = (prefix if _PREFIX.fullmatch(prefix) else "") + path + (f"?{query}" if query else "")
    if request.method == "GET":
        link = target.replace("&", "&amp;").replace('"', "&#34;").replace("<", "&lt;")
        response = Response(
            f'<a href="{link}">Moved Permanently</a>.\n\n', 301, content_type="text/html; charset=utf-8"
        )
    else:
        response = empty_response(307)
    response.headers["Location"] = target
    response.autocorrect_location_header = False
    return response


def _matches(path: str) -> bool:
    from flask import current_app

    adapter = current_app.url_map.bind("")
    try:
        adapter.match(path, method=request.method)
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return False
    return True
