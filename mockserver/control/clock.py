"""The clock of an environment: set, freeze, run on, advance within the current billing period (DESIGN section 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from mockserver.control.errors import ControlError
from mockserver.store import access
from mockserver.store.access import Environment
from mockserver.store.query import Compare, Eq
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.store.transaction import Transaction
from mockserver.times import format_time, parse_rfc3339

_KEYS = {"now", "frozen", "advance_seconds"}


def show(environment: Environment) -> dict[str, Any]:
    """The environment's time and how it runs."""
    return {
        "now": format_time(environment.now()),
        "frozen": environment.clock_frozen_at is not None,
        "offset_seconds": environment.clock_offset_us / 1_000_000,
    }


def change(tx: Transaction, environment: Environment, body: dict[str, Any]) -> None:
    """``now`` sets the time (RFC3339; null returns to the machine's), ``advance_seconds`` moves it forward,
    ``frozen`` stops it or lets it run on.

    Moving forward past the end of an active subscription's current period is refused, as periods would have to roll.
    """
    unknown = set(body) - _KEYS
    if unknown:
        raise ControlError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(_KEYS))}")
    if "now" in body and "advance_seconds" in body:
        raise ControlError("give now or advance_seconds, not both")
    frozen = body.get("frozen", environment.clock_frozen_at is not None)
    if not isinstance(frozen, bool):
        raise ControlError("frozen must be true or false")
    machine = datetime.now(UTC)
    now = environment.now()
    if "advance_seconds" in body:
        now = _advanced(tx, now, body["advance_seconds"])
    elif "now" in body:
        now = machine if body["now"] is None else _read(body["now"])
    access.set_clock(tx.connection, environment.id, now - machine, now if frozen else None)


def _read(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ControlError("now must be an RFC3339 time or null")
    try:
        return parse_rfc3339(value).instant
    except ValueError:
        raise ControlError("now must be an RFC3339 time such as 2026-04-14T00:00:00Z") from None


def _advanced(tx: Transaction, now: datetime, seconds: Any) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, Decimal)) or seconds < 0:
        raise ControlError("advance_seconds must be a number that is not negative")
    try:
        later = now + timedelta(seconds=float(seconds))
    except OverflowError:
        raise ControlError("advance_seconds leads beyond the year 9999") from None
    crossed = tx.first(
        SUBSCRIPTIONS,
        Eq("status", "published"),
        Eq("subscription_status", "active"),
        Compare("current_period_end", ">", now),
        Compare("current_period_end", "<=", later),
    )
    if crossed is not None:
        raise ControlError(
            f"the period of subscription {crossed['id']} ends at {format_time(crossed['current_period_end'])}; "
            "the clock advances within current billing periods only"
        )
    return later
