"""What entitlements do (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from mockserver.catalogue.entitlements.schemas import ENTITY_TYPES, RESET_PERIODS, CreateEntitlementIn
from mockserver.catalogue.features import rules as features
from mockserver.catalogue.features.schemas import FEATURE_TYPES
from mockserver.catalogue.meters import rules as meters
from mockserver.errors import AlreadyExists, ApiError, Invalid, NotFound, TossUp
from mockserver.http.listing import Style, array_order, conditions, created_between, status_condition, toss_up_unknown
from mockserver.http.open_lists import open_page
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Eq, In
from mockserver.store.tables.addons import ADDONS
from mockserver.store.tables.entitlements import ENTITLEMENTS
from mockserver.store.tables.plans import PLANS
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.work import Work

STYLE = Style(toss_up_unknown)
MAX_BULK = 100
_GRANT_FIELDS = (
    "grant_measure",
    "grant_duration_value",
    "grant_duration_unit",
    "grant_allocation_behavior",
    "grant_quota",
)


def create(work: Work, body: Mapping[str, Any]) -> Row:
    """A new entitlement of an existing plan or subscription; 409 if it grants that feature already."""
    check_request(body)
    entity_type, entity_id = entity_of(body)
    _check_entity(work, entity_type, entity_id)
    _check_feature(work, body)
    check_grant_fields(body)
    return _insert(work, body, {"entity_type": entity_type, "entity_id": entity_id, "feature_id": body["feature_id"]})


def create_bulk(work: Work, items: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Several entitlements, all or none. What an item refers to is looked for before anything is stored."""
    if not items:
        raise Invalid("items must hold at least one entitlement")
    if len(items) > MAX_BULK:
        raise Invalid(f"items may hold at most {MAX_BULK} entitlements")
    for index, item in enumerate(items):
        with _at(index):
            check_request(item)
    with _missing_has_two_classes():
        for item in items:
            _check_entity(work, *entity_of(item))
        for item in items:
            features.get(work, item["feature_id"])
    for index, item in enumerate(items):
        with _at(index):
            _check_feature(work, item)
            check_grant_fields(item)
    return [_insert(work, item, {"count": len(items)}) for item in items]


def entity_of(body: Mapping[str, Any]) -> tuple[str, str]:
    """Whom the entitlement is for: ``entity_type`` with ``entity_id``, or else ``plan_id``."""
    if body.get("entity_type") and body.get("entity_id"):
        return body["entity_type"], body["entity_id"]
    return "PLAN", body["plan_id"]


def check_request(body: Mapping[str, Any]) -> None:
    """What can be told from the request alone."""
    kind = body["feature_type"]
    if kind not in FEATURE_TYPES:
        raise Invalid(f"unknown feature type {kind!r}", {"type": kind, "allowed_types": list(FEATURE_TYPES)})
    period = body.get("usage_reset_period", "")
    if kind == "metered" and period and period not in RESET_PERIODS:
        raise Invalid(f"unknown usage_reset_period {period!r}")
    if kind == "static" and not body.get("static_value"):
        raise Invalid("a static feature needs static_value")
    config = body.get("config_value") or {}
    if kind == "config":
        _check_config(config)
    elif config:
        raise Invalid("config_value goes with config features only")
    if not body.get("plan_id") and not (body.get("entity_type") and body.get("entity_id")):
        given = {name: body.get(name, "") for name in ("plan_id", "entity_type", "entity_id")}
        raise Invalid("give plan_id, or entity_type and entity_id", given)


def _check_config(config: Mapping[str, Any]) -> None:
    if any(not key.strip() for key in config):
        raise Invalid("the keys of config_value must not be blank")


def _check_entity(work: Work, entity_type: str, entity_id: str) -> None:
    if entity_type not in ENTITY_TYPES:
        raise Invalid(f"unknown entity_type {entity_type!r}", {"entity_type": entity_type})
    table = {"PLAN": PLANS, "ADDON": ADDONS, "SUBSCRIPTION": SUBSCRIPTIONS}[entity_type]
    if work.tx.get(table, entity_id) is None:
        raise NotFound(f"no {entity_type.lower()} {entity_id!r}", {f"{entity_type.lower()}_id": entity_id})


def _check_feature(work: Work, body: Mapping[str, Any]) -> None:
    feature = features.get(work, body["feature_id"])
    if feature["type"] != body["feature_type"]:
        raise Invalid(
            f"the feature is {feature['type']}, not {body['feature_type']}",
            {"expected": feature["type"], "actual": body["feature_type"]},
        )
    if feature["type"] == "metered":
        meter = meters.get(work, feature["meter_id"])
        size = meter["aggregation"].get("bucket_size", "")
        if meter["aggregation"]["type"] == "MAX" and size:
            raise Invalid(
                "a MAX meter with windows cannot be entitled",
                {"meter_id": meter["id"], "bucket_size": size, "feature_type": body["feature_type"]},
            )


def check_grant_fields(body: Mapping[str, Any]) -> None:
    """Grants on entitlements are beyond this emulator and refused, rather than stored and not honoured."""
    mode = body.get("aggregation_mode", "")
    if mode not in ("", "additive", "parallel"):
        raise Invalid(f"unknown aggregation_mode {mode!r}")
    if any(body.get(name) for name in _GRANT_FIELDS):
        raise ApiError("grant fields of entitlements are not emulated", code="not_implemented")
    if mode == "parallel":
        raise Invalid("aggregation_mode parallel needs grant fields")


def _insert(work: Work, body: Mapping[str, Any], details: Mapping[str, Any]) -> Row:
    entity_type, entity_id = entity_of(body)
    row = work.new_row(
        ENTITLEMENTS,
        {
            "entity_type": entity_type,
            "entity_id": entity_id,
            "feature_id": body["feature_id"],
            "feature_type": body["feature_type"],
            "is_enabled": body["feature_type"] != "boolean" or body.get("is_enabled", False),
            "usage_limit": body.get("usage_limit"),
            "usage_reset_period": body.get("usage_reset_period", ""),
            "is_soft_limit": body.get("is_soft_limit", False),
            "static_value": body.get("static_value", ""),
            "config_value": body.get("config_value"),
            "display_order": 0,
            "parent_entitlement_id": body.get("parent_entitlement_id"),
            "aggregation_mode": "additive",
            **{name: body[name].instant for name in ("start_date", "end_date") if name in body},
        },
    )
    same = [Eq(name, row[name]) for name in ("entity_type", "entity_id", "feature_id")]
    if work.tx.first(ENTITLEMENTS, Eq("status", "published"), *same):
        raise AlreadyExists("this feature is entitled already", details)
    work.insert(ENTITLEMENTS, row, details)
    return {**row, **{name: body[name] for name in ("start_date", "end_date") if name in body}}


@contextmanager
def _at(index: int) -> Iterator[None]:
    """Refusals inside name the item they are about."""
    try:
        yield
    except Invalid as error:
        error.details.setdefault("index", index)
        raise


@contextmanager
def _missing_has_two_classes() -> Iterator[None]:
    """In bulk a missing entity or feature is both not found and invalid (behaviour/http#two-statuses-at-random)."""
    try:
        yield
    except NotFound as error:
        raise TossUp(error.message, error.details, code="not_found", other="validation_error") from None


def read_bulk_items(items: Sequence[Mapping[str, Any]]) -> None:
    """``BadBody`` for an item without its required fields."""
    for item in items:
        CreateEntitlementIn().check(item)


def get(work: Work, entitlement_id: str) -> Row:
    """The entitlement of that id, archived ones included."""
    row = work.tx.get(ENTITLEMENTS, entitlement_id)
    if row is None:
        raise NotFound(f"no entitlement {entitlement_id!r}", {"id": entitlement_id})
    return row


def list_entitlements(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows, total, limit and offset to print. Nothing of the filter is validated, ``order`` has no effect."""
    where: list[Condition] = [status_condition(data), *created_between(data)]
    for name, column in (("entity_ids", "entity_id"), ("feature_ids", "feature_id")):
        if data.get(name):
            where.append(In(column, data[name]))
    for name in ("feature_type", "is_enabled"):
        if name in data:
            where.append(Eq(name, data[name]))
    narrowing = (data.get("entity_type"), data.get("plan_ids"))
    if any(narrowing) and not work.differs("entitlement-list-filters-ignored"):
        where += [Eq("entity_type", narrowing[0])] if narrowing[0] else []
        where += [Eq("entity_type", "PLAN"), In("entity_id", data["plan_ids"])] if narrowing[1] else []
    where += conditions(ENTITLEMENTS, data.get("filters", ()), STYLE)
    order = array_order(ENTITLEMENTS, {**data, "order": "desc"}, STYLE)
    return open_page(work, ENTITLEMENTS, data, where, order)


def of_plan(work: Work, plan_id: str) -> list[Row]:
    """The published entitlements of a plan, newest first; an unknown plan has none."""
    return work.tx.published(ENTITLEMENTS, Eq("entity_type", "PLAN"), Eq("entity_id", plan_id))


def of_addon(work: Work, addon_id: str) -> list[Row]:
    """The published entitlements of an addon, newest first; an unknown addon has none."""
    return work.tx.published(ENTITLEMENTS, Eq("entity_type", "ADDON"), Eq("entity_id", addon_id))


def update(work: Work, entitlement_id: str, body: Mapping[str, Any]) -> Row:
    """Change what the body carries; empty texts and a ``usage_limit`` of 0 change nothing."""
    _check_config(body.get("config_value") or {})
    row = get(work, entitlement_id)
    changes = {name: body[name] for name in ("is_enabled", "is_soft_limit", "config_value") if name in body}
    for name in ("usage_limit", "usage_reset_period", "static_value"):
        if body.get(name):
            changes[name] = body[name]
    period = changes.get("usage_reset_period", "")
    if row["feature_type"] == "metered" and period and period not in RESET_PERIODS:
        raise Invalid(f"unknown usage_reset_period {period!r}", {"usage_reset_period": period})
    check_grant_fields(body)
    return work.change(ENTITLEMENTS, row, changes)


def delete(work: Work, entitlement_id: str) -> None:
    """Archive; deleting again succeeds again."""
    work.change(ENTITLEMENTS, get(work, entitlement_id), {"status": "archived"})
