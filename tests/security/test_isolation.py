"""What belongs to one key is neither read nor changed by another, whatever route is asked with its ids."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from mockserver.app import create_app, groups
from mockserver.divergences import PROFILES, Divergences
from mockserver.http.routing import Route
from mockserver.settings import Settings
from mockserver.store.store import Store, scoped_tables

from ..conftest import Api

MARK = "only-its-owner-knows"
START = "2026-04-01T00:00:00Z"
PRICE = {
    "billing_model": "FLAT_FEE",
    "billing_period": "MONTHLY",
    "billing_period_count": 1,
    "currency": "usd",
    "price_unit_type": "FIAT",
}


@pytest.fixture(scope="module", params=PROFILES)
def store(request: pytest.FixtureRequest) -> Iterator[tuple[Store, Api]]:
    """A server with the goods of the key ``owner``."""
    store = Store()
    owner = Api(create_app(Settings(Divergences(request.param), journal=50), store), "owner").at(START)
    _furnish(owner)
    yield store, owner
    store.close()


def _furnish(owner: Api) -> None:
    """One of nearly everything there is, named by the mark."""
    named: dict[str, Any] = {"name": MARK, "description": MARK, "metadata": {"note": MARK}}
    customer = owner.made("/v1/customers", {**named, "external_id": "c1", "email": f"{MARK}@example.com"})
    plan = owner.made("/v1/plans", {**named, "lookup_key": f"plan-{MARK}"})
    group = owner.made("/v1/groups", {"name": MARK, "entity_type": "price", "lookup_key": f"group-{MARK}"})
    meter = {"name": MARK, "event_name": "used", "aggregation": {"type": "SUM", "field": "n"}, "reset_usage": "NEVER"}
    feature = owner.made("/v1/features", {**named, "type": "metered", "lookup_key": f"f-{MARK}", "meter": meter})
    sold = {**PRICE, "entity_type": "PLAN", "entity_id": plan["id"], "metadata": {"note": MARK}}
    owner.made("/v1/prices", {**sold, "type": "FIXED", "amount": "10", "invoice_cadence": "ADVANCE"})
    owner.made(
        "/v1/prices",
        {**sold, "type": "USAGE", "amount": "2", "meter_id": feature["meter_id"], "invoice_cadence": "ARREAR"}
        | {"group_id": group["id"]},
    )
    owner.made("/v1/entitlements", _entitlement(plan["id"], feature["id"]))
    addon = owner.made("/v1/addons", {**named, "lookup_key": f"addon-{MARK}", "type": "onetime"})
    assert addon["id"]
    owner.made("/v1/coupons", {"name": MARK, "type": "fixed", "amount_off": "1", "cadence": "once", "currency": "usd"})
    owner.made(
        "/v1/taxes/rates", {"name": MARK, "code": f"tax-{MARK}", "tax_rate_type": "percentage", "percentage_value": "5"}
    )
    unit = {"name": MARK, "code": "owu", "symbol": "o", "base_currency": "usd", "conversion_rate": "0.01"}
    owner.made("/v1/prices/units", unit)
    wallet = owner.made("/v1/wallets", {"customer_id": customer["id"], "currency": "usd", "name": MARK})
    top_up = {"credits_to_add": "5", "transaction_reason": "FREE_CREDIT_GRANT"}
    owner.made(f"/v1/wallets/{wallet['id']}/top-up", top_up)
    owner.made(
        "/v1/subscriptions",
        {"customer_id": customer["id"], "plan_id": plan["id"], "currency": "usd", "billing_cycle": "anniversary"}
        | {"billing_period": "MONTHLY", "billing_period_count": 1, "start_date": START, "metadata": {"note": MARK}},
    )
    event = {"event_name": "used", "external_customer_id": "c1", "event_id": f"e-{MARK}", "properties": {"n": 3}}
    owner.made("/v1/events", event)
    owner.made("/v1/secrets/api/keys", {"name": MARK, "type": "private_key"})
    assert owner.put("/_mock/clock", {"advance_to": "2026-05-02T00:00:00Z"}).status == 200


def _entitlement(plan_id: str, feature_id: str) -> dict[str, Any]:
    given = {"feature_id": feature_id, "feature_type": "metered", "is_enabled": True, "usage_limit": 10}
    return {**given, "entity_type": "PLAN", "entity_id": plan_id}


def _owned(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the owner's environment, by table."""
    with closing(sqlite3.connect(store.path)) as connection:
        (environment,) = connection.execute(
            "SELECT environment_id FROM customers WHERE name = ? LIMIT 1", (MARK,)
        ).fetchone()
        return {
            table: sorted(
                connection.execute(f'SELECT * FROM "{table}" WHERE environment_id = ?', (environment,)), key=repr
            )
            for table in scoped_tables(connection)
        }


def _ids(rows: dict[str, list[tuple[Any, ...]]]) -> list[str]:
    """Some ids of each kind of thing the owner has, and what else names its things."""
    by_kind: dict[str, list[str]] = {}
    for found in rows.values():
        for row in found:
            for value in row:
                if isinstance(value, str) and (match := re.fullmatch(r"([a-z]+)_[0-9A-HJKMNP-TV-Z]{26}", value)):
                    by_kind.setdefault(match[1], [])
                    if value not in by_kind[match[1]] and len(by_kind[match[1]]) < 2:
                        by_kind[match[1]].append(value)
    by_kind.pop("env", None)
    return [each for kind in by_kind.values() for each in kind] + [f"plan-{MARK}", f"f-{MARK}", f"e-{MARK}", "owu"]


def _naming(route: Route, wanted: str) -> dict[str, Any]:
    """A body in which everything that takes an id, or ids, has this one."""
    schema: Any = route.body
    body: dict[str, Any] = {}
    for name, field in {} if schema is None else schema.fields.items():
        key = field.data_key or name
        if name.endswith("_ids") or name in ("subscriptions", "lookup_keys"):
            body[key] = [wanted]
        elif name == "id" or name.endswith(("_id", "lookup_key", "_code")):
            body[key] = wanted
        elif name == "name":
            body[key] = "other"
        elif name in ("currency", "base_currency"):
            body[key] = "usd"
        elif name in ("effective_date", "start_date"):
            body[key] = START
    return body


def test_no_route_reads_or_changes_what_is_another_keys(store: tuple[Store, Api]) -> None:
    state, owner = store
    before = _owned(state)
    assert sum(bool(rows) for rows in before.values()) > 20
    ids = _ids(before)
    assert len({wanted.partition("_")[0] for wanted in ids}) > 15
    stranger = Api(owner.app, "stranger").at("2026-05-02T00:00:00Z")
    asked = 0
    for route in (route for group in groups() for route in group.all):
        takes = "<" in route.rule or route.body is not None
        if route.public or not takes:
            continue
        for wanted in ids:
            path = re.sub(r"<[^>]+>", wanted, route.rule)
            body = None if route.body is None else _naming(route, wanted)
            reply = stranger(route.method, path, body)
            asked += 1
            # An answer may repeat what was asked for; nothing else of the owner's is known to it.
            told = reply.text.replace(wanted, "")
            assert MARK not in told, (route.method, path, reply.text)
            assert not any(each in told for each in ids if each != wanted), (route.method, path, reply.text)
    assert asked > 3000
    assert _owned(state) == before


def test_lists_of_another_key_are_empty(store: tuple[Store, Api]) -> None:
    _, owner = store
    stranger = Api(owner.app, "lists")
    for route in (route for group in groups() for route in group.all):
        if not route.public and "<" not in route.rule and (route.method == "GET" or route.rule.endswith("/search")):
            reply = stranger(route.method, route.rule, None if route.method == "GET" else {})
            assert MARK not in reply.text, (route.method, route.rule, reply.text)
    for path in ("/_mock/journal", "/_mock/stream", "/_mock/catalogue", "/_mock/unbilled", "/_mock/faults"):
        assert MARK not in stranger.get(path).text, path
