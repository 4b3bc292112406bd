"""What every control route asks of its request: whose environment it acts on, its JSON body, a view of the state."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from flask import request

from mockserver.control.errors import ControlError
from mockserver.errors import BadBody
from mockserver.http import auth, bodies
from mockserver.http.doors import TOKEN_HEADER, judge_whole_server
from mockserver.http.reading import read_json
from mockserver.metering.waiting import release_due
from mockserver.settings import Settings
from mockserver.store.access import Environment
from mockserver.store.store import Store
from mockserver.work import Caller, Work


@dataclass(frozen=True, slots=True)
class Asking:
    """The current request to one store."""

    store: Store
    settings: Settings

    def environment(self) -> Environment:
        """The environment of the request's key; ``ControlError`` for a key that is refused, or may not write where this
        is asked in order to change something."""
        return self._opened("read" if request.method in ("GET", "HEAD") else "write")

    def demand_key(self, open_to_all: Collection[str]) -> None:
        """``ControlError`` for a key that is refused, before anything else is looked at: the hook before every route of
        a blueprint but those named, which hold nothing of anybody."""
        if request.endpoint not in open_to_all:
            self.environment()

    def whole_server(self) -> None:
        """``ControlError`` for somebody who may not act on every environment: the control token is demanded if there is
        one, and always beyond loopback; and a key that may do everything in its own."""
        verdict = judge_whole_server(request.headers.get(TOKEN_HEADER, ""), self.settings)
        if verdict.status:
            raise ControlError(verdict.reason, verdict.status)
        self._opened("everything")

    def _opened(self, wish: str) -> Environment:
        try:
            key = auth.authenticate(
                self.store, self.settings, request.headers.get("x-api-key", ""), request.headers.get("Authorization")
            )
            chosen = request.headers.get("X-Environment-ID")
            _, found = auth.choose_environment(self.store.connection, key, chosen, "")
            if wish != "read":
                auth.check_permission(key.roles, wish)
        except auth.AccessRefused as refused:
            raise ControlError(refused.body.get("message") or refused.body["error"], refused.status) from None
        assert found is not None
        return found

    def body(self) -> dict[str, Any]:
        """The body's JSON object, empty without a body; ``ControlError`` for anything else."""
        try:
            data = bodies.read(request, self.settings.max_upload)
            value = read_json(data) if data.strip() else {}
        except BadBody as error:
            raise ControlError(error.message) from None
        if not isinstance(value, dict):
            raise ControlError("a JSON object is expected")
        return value

    @contextlib.contextmanager
    def reading(self) -> Iterator[Work]:
        """Work on a view of the environment in which nothing may be written."""
        found = self.environment()
        if found.waiting:
            release_due(self.store, found)
        caller = Caller("", found.tenant_id, found.id, ("super_admin",))
        with self.store.read(found.id) as tx:
            yield Work(tx, caller, found.now(), self.settings.divergences)
