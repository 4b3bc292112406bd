"""The clock of an environment: set, freeze, run on, advance across billing periods."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from mockserver.control.errors import ControlError
from mockserver.divergences import Divergences
from mockserver.store import access
from mockserver.store.access import Environment
from mockserver.store.transaction import Transaction
from mockserver.times import format_time, parse_rfc3339
from mockserver.work import Caller

_KEYS = {"now", "frozen", "advance_seconds", "advance_to"}
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Within these a clock may be set: from there every period that is asked for can still be reckoned with."""
_MOVES = ("now", "advance_seconds", "advance_to")


def show(environment: Environment) -> dict[str, Any]:
    """The environment's time and how it runs."""
    return {
        "now": format_time(environment.now()),
        "frozen": environment.clock_frozen_at is not None,
        "offset_seconds": environment.clock_offset_us / 1_000_000,
    }


def change(
    tx: Transaction, environment: Environment, body: dict[str, Any], divergences: Divergences
) -> dict[str, Any] | None:
    """``now`` sets the time (RFC3339; null returns to the machine's) and nothing else happens. ``advance_seconds`` and
    ``advance_to`` let time pass: what becomes due on the way is done, and the answer tells what that was. ``frozen``
    stops the clock or lets it run on.
    """
    unknown = set(body) - _KEYS
    if unknown:
        raise ControlError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(_KEYS))}")
    if len([name for name in _MOVES if name in body]) > 1:
        raise ControlError(f"give one of {', '.join(_MOVES)}")
    frozen = body.get("frozen", environment.clock_frozen_at is not None)
    if not isinstance(frozen, bool):
        raise ControlError("frozen must be true or false")
    machine = datetime.now(UTC)
    now = environment.now()
    passed = None
    if "advance_seconds" in body or "advance_to" in body:
        later = _later(now, body)
        _check_range("the clock", later)
        passed = _pass_time(tx, environment, divergences, now, later)
        now = later
    elif "now" in body:
        now = machine if body["now"] is None else _read("now", body["now"], "an RFC3339 time or null")
        _check_range("now", now)
    access.set_clock(tx.connection, environment.id, now - machine, now if frozen else None)
    return passed


def _pass_time(
    tx: Transaction, environment: Environment, divergences: Divergences, now: datetime, later: datetime
) -> dict[str, Any]:
    # Imported here: it needs nearly every resource, and few servers are asked for it.
    from mockserver.jobs.advancing import TooManyPeriods, advance

    caller = Caller("", environment.tenant_id, environment.id, ("super_admin",))
    try:
        return asdict(advance(tx, caller, divergences, now, later))
    except TooManyPeriods as error:
        raise ControlError(str(error)) from None


def _read(name: str, value: Any, wanted: str = "an RFC3339 time") -> datetime:
    if not isinstance(value, str):
        raise ControlError(f"{name} must be {wanted}")
    try:
        return parse_rfc3339(value).instant
    except ValueError:
        raise ControlError(f"{name} must be an RFC3339 time such as 2026-04-14T00:00:00Z") from None


def _check_range(name: str, moment: datetime) -> None:
    if not EARLIEST <= moment < LATEST:
        raise ControlError(f"{name} must be from {format_time(EARLIEST)} to before {format_time(LATEST)}")


def _later(now: datetime, body: dict[str, Any]) -> datetime:
    if "advance_to" in body:
        later = _read("advance_to", body["advance_to"])
        if later < now:
            raise ControlError(f"advance_to must not be before now, {format_time(now)}; now sets the clock back")
        return later
    seconds = body["advance_seconds"]
    if isinstance(seconds, bool) or not isinstance(seconds, (int, Decimal)) or seconds < 0:
        raise ControlError("advance_seconds must be a number that is not negative")
    try:
        return now + timedelta(seconds=float(seconds))
    except OverflowError:
        raise ControlError("advance_seconds leads beyond the year 2199") from None
