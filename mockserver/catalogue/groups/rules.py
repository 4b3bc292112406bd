"""What groups do (behaviour/prices-and-meters#groups-of-prices, behaviour/prices-and-meters#features;
behaviour/http#deletion)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.catalogue.groups.schemas import ENTITY_TYPES
from mockserver.catalogue.groups.view import published_groups
from mockserver.errors import ApiError, Invalid, NotFound
from mockserver.http.filters import check_conditions
from mockserver.http.listing import (
    Style,
    array_order,
    check_page,
    conditions,
    created_between,
    page,
    status_condition,
    toss_up_unknown,
)
from mockserver.store.columns import Row, Table
from mockserver.store.query import Condition, Contains, Eq, In, Query
from mockserver.store.tables.meters import FEATURES, GROUPS
from mockserver.store.tables.prices import PRICES
from mockserver.work import Work

STYLE = Style(toss_up_unknown)
_MEMBERS: Mapping[str, Table] = {"price": PRICES, "feature": FEATURES}


def _check_entity_type(entity_type: str) -> None:
    if entity_type not in ENTITY_TYPES:
        raise Invalid(f"groups hold prices or features, not {entity_type!r}", {"allowed_types": list(ENTITY_TYPES)})


def create(work: Work, body: Mapping[str, Any]) -> Row:
    """A new group. The real server reports a taken ``lookup_key`` as 500 (divergence group-lookup-key-clash-is-500)."""
    _check_entity_type(body["entity_type"])
    row = work.new_row(GROUPS, {name: body[name] for name in ("name", "entity_type", "lookup_key")})
    if work.tx.first(GROUPS, Eq("lookup_key", row["lookup_key"]), Eq("status", "published")):
        code = "database_error" if work.differs("group-lookup-key-clash-is-500") else "already_exists"
        raise ApiError("a group with this lookup_key exists", code=code)
    return work.insert(GROUPS, row)


def get(work: Work, group_id: str) -> Row:
    """The group of that id, archived ones included."""
    row = work.tx.get(GROUPS, group_id)
    if row is None:
        raise NotFound(f"no group {group_id!r}")
    return row


def check_groups(work: Work, ids: Iterable[str | None], entity_type: str) -> None:
    """Every non-empty id must name a published group of ``entity_type``
    (behaviour/prices-and-meters#groups-of-prices)."""
    wanted = list(dict.fromkeys(group_id for group_id in ids if group_id))
    if not wanted:
        return
    found = published_groups(work, wanted)
    missing = [group_id for group_id in wanted if group_id not in found]
    if missing:
        raise Invalid(f"no group {missing[0]!r}")
    for group_id in wanted:
        if found[group_id]["entity_type"] != entity_type:
            raise Invalid(f"the group is not one of {entity_type}s", {"group_id": group_id, "entity_type": entity_type})


def list_groups(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit, next offset. Only published groups are ever listed; a limit of 0 is refused,
    and without a limit offset and order fall back to their defaults."""
    if data.get("limit") == 0:
        raise Invalid("limit must be between 1 and 1000", {"limit": "must be between 1 and 1000"})
    check_page(data)
    if data.get("entity_type"):
        _check_entity_type(data["entity_type"])
    check_conditions(data)
    if "limit" not in data:
        data = {name: value for name, value in data.items() if name not in ("offset", "order", "status")}
    where: list[Condition] = [Eq("status", "published"), status_condition(data), *created_between(data)]
    if data.get("group_ids"):
        where.append(In("id", data["group_ids"]))
    for name in ("lookup_key", "entity_type"):
        if data.get(name):
            where.append(Eq(name, data[name]))
    if data.get("name"):
        where.append(Contains("name", data["name"], exact=True))
    where += conditions(GROUPS, data.get("filters", ()), STYLE)
    return page(work, GROUPS, data, where, array_order(GROUPS, data, STYLE))


def delete(work: Work, group_id: str) -> None:
    """Archive a group; its members leave it, its lookup_key is free again. Repeatable."""
    row = get(work, group_id)
    members = _MEMBERS[row["entity_type"]]
    for member in work.tx.find(members, Query((Eq("group_id", group_id),))):
        work.change(members, member, {"group_id": ""})
    work.change(GROUPS, row, {"status": "archived"})
