"""Routes for tests of client programs: faults, the delay of ingestion, the journal."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mockserver.control import faults, journal
from mockserver.control.asking import Asking
from mockserver.control.errors import ControlError
from mockserver.control.values import pattern, whole
from mockserver.http.rendering import json_response
from mockserver.store import access, waiting
from mockserver.store import faults as stored_faults
from mockserver.store.access import Environment
from mockserver.store.journal import Journal

MAX_DELAY_SECONDS = 366 * 86400


def add(control: Blueprint, asking: Asking, kept: Journal | None) -> None:
    """Put the routes on the blueprint."""
    _add_faults(control, asking)
    _add_ingestion(control, asking)
    _add_journal(control, asking, kept)


def _add_faults(control: Blueprint, asking: Asking) -> None:
    store = asking.store

    @control.post("/faults")
    def set_fault() -> Response:
        """Sets a fault on the environment's requests under ``/v1``."""
        rule = faults.read(asking.body())
        with store.write(asking.environment().id) as tx:
            return json_response(201, faults.show(stored_faults.add(tx.connection, tx.environment_id, rule)))

    @control.get("/faults")
    def list_faults() -> Response:
        """The faults with how many requests each met and struck."""
        found = stored_faults.of_environment(store.connection, asking.environment().id)
        return json_response(200, {"faults": [faults.show(fault) for fault in found]})

    @control.delete("/faults")
    def delete_faults() -> Response:
        """Takes back all faults."""
        with store.write(asking.environment().id) as tx:
            return json_response(200, {"deleted": stored_faults.remove(tx.connection, tx.environment_id)})

    @control.delete("/faults/<int:fault_id>")
    def delete_fault(fault_id: int) -> Response:
        """Takes back one fault."""
        with store.write(asking.environment().id) as tx:
            deleted = stored_faults.remove(tx.connection, tx.environment_id, fault_id)
        if not deleted:
            raise ControlError(f"no fault {fault_id}", 404)
        return json_response(200, {"deleted": deleted})


def _add_ingestion(control: Blueprint, asking: Asking) -> None:
    store = asking.store

    def shown(environment: Environment) -> Response:
        held = waiting.count(store.connection, environment.id)
        return json_response(200, {"delay_seconds": environment.ingestion_delay_ms / 1000, "waiting": held})

    @control.get("/ingestion")
    def read_ingestion() -> Response:
        """How long events wait before they count, and how many do."""
        return shown(asking.environment())

    @control.put("/ingestion")
    def set_ingestion() -> Response:
        """Sets a delay: with ``{"delay_seconds": 2}`` events are accepted at once and listed, metered and billed only
        after so much time of the environment's clock."""
        delay_ms = _delay_ms(asking.body())
        with store.write(asking.environment().id) as tx:
            access.set_ingestion_delay(tx.connection, tx.environment_id, delay_ms)
        return shown(asking.environment())


def _delay_ms(body: dict[str, Any]) -> int:
    delay = body.get("delay_seconds")
    if set(body) != {"delay_seconds"} or isinstance(delay, (bool, str, list, dict)) or delay is None:
        raise ControlError("give delay_seconds, a number, and nothing else")
    if not 0 <= delay <= MAX_DELAY_SECONDS:
        raise ControlError(f"delay_seconds must be from 0 to {MAX_DELAY_SECONDS}")
    return int(delay * 1000)


def _add_journal(control: Blueprint, asking: Asking, kept: Journal | None) -> None:
    def the_journal() -> Journal:
        if kept is None:
            raise ControlError("no journal is kept; start the server with --journal N", 409)
        return kept

    @control.get("/journal")
    def read_journal() -> Response:
        """The last requests with bodies, answers and divergences (``method``, ``path`` as a pattern, ``status``,
        ``limit``); needs ``--journal``."""
        environment, given = asking.environment(), request.args
        entries = the_journal().entries(
            environment.id,
            whole("limit", given.get("limit"), 100, 1, journal.MAX_LIMIT),
            method=given.get("method", "").upper(),
            path=pattern("path", given.get("path", "")),
            status=whole("status", given["status"], 0, 100, 599) if given.get("status") else None,
        )
        return json_response(200, {"requests": [journal.show(number, entry) for number, entry in entries]})

    @control.delete("/journal")
    def clear_journal() -> Response:
        """Forgets the journal."""
        return json_response(200, {"deleted": the_journal().clear(asking.environment().id)})

    @control.post("/journal/events/match")
    def match_events() -> Response:
        """Whether the events a test expects were accepted: ``{"event_name": "image.generated", "external_customer_id":
        "c1", "properties": {"model": "dall-e-3"}, "exactly": 2}`` (or ``at_least``, default 1) gives the number, a
        verdict, and the nearest misses with their differences; needs no journal."""
        expected = asking.body()
        with asking.store.read(asking.environment().id) as tx:
            return json_response(200, journal.match(tx, expected))
