"""How a price looks.

``show_price`` prints a row alone, which is also how plans, subscriptions, usage and debug answers embed it: there it
is the same object without expansions. ``show_whole`` and ``show_prices`` add what reads and lists embed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.catalogue.groups.view import published_groups
from mockserver.catalogue.prices.checks import CUSTOM
from mockserver.catalogue.prices.schemas import PriceOut, PriceWithPartsOut
from mockserver.store.columns import Row
from mockserver.store.query import In
from mockserver.store.tables.addons import ADDONS
from mockserver.store.tables.meters import GROUPS, METERS
from mockserver.store.tables.plans import PLANS
from mockserver.store.tables.price_units import PRICE_UNITS
from mockserver.work import Work

_OUT, _WHOLE = PriceOut(), PriceWithPartsOut()


def visible(work: Work, row: Mapping[str, Any]) -> Row:
    """The row with its ``filter_values`` put forward for printing, unless this server drops them as the real one
    does (behaviour/prices-and-meters#filter_values)."""
    if row["filter_values"] and not work.differs("price-filter-values-ignored"):
        return {**row, "shown_filter_values": row["filter_values"]}
    return dict(row)


def show_price(work: Work, row: Mapping[str, Any]) -> dict[str, Any]:
    """A price as JSON, without expansions."""
    return _OUT.dump(visible(work, row))


def show_whole(work: Work, row: Row) -> dict[str, Any]:
    """A price with its meter, group and unit, whatever their status (behaviour/prices-and-meters#reading-a-price)."""
    parts = {
        "meter": work.tx.get(METERS, row["meter_id"]) if row["meter_id"] else None,
        "group": work.tx.get(GROUPS, row["group_id"]) if row["group_id"] else None,
        "pricing_unit": work.tx.get(PRICE_UNITS, row["price_unit_id"]) if _has_unit(row) else None,
    }
    return _WHOLE.dump({**visible(work, row), **parts})


def _has_unit(row: Row) -> bool:
    return row["price_unit_type"] == CUSTOM and bool(row["price_unit_id"])


def show_prices(work: Work, rows: Sequence[Row], expand: set[str]) -> list[dict[str, Any]]:
    """Prices with the expansions asked for. Archived plans, addons, groups and units are not embedded, archived
    meters are."""
    meters = work.tx.by_ids(METERS, [row["meter_id"] for row in rows]) if "meters" in expand else {}
    groups = published_groups(work, [row["group_id"] for row in rows]) if "groups" in expand else {}
    plans, addons, units = {}, {}, {}
    if "plan" in expand:
        wanted = sorted({row["entity_id"] for row in rows if row["entity_type"] == "PLAN"})
        plans = {plan["id"]: plan for plan in work.tx.published(PLANS, In("id", wanted))}
    if "addons" in expand:
        wanted = sorted({row["entity_id"] for row in rows if row["entity_type"] == "ADDON"})
        addons = {addon["id"]: addon for addon in work.tx.published(ADDONS, In("id", wanted))}
    if "priceunit" in expand:
        wanted = sorted({row["price_unit_id"] for row in rows if _has_unit(row)})
        units = {unit["id"]: unit for unit in work.tx.published(PRICE_UNITS, In("id", wanted))}
    return [
        _WHOLE.dump(
            {
                **visible(work, row),
                "meter": meters.get(row["meter_id"]),
                "plan": plans.get(row["entity_id"]),
                "addon": addons.get(row["entity_id"]),
                "group": groups.get(row["group_id"]),
                "pricing_unit": units.get(row["price_unit_id"]),
            }
        )
        for row in rows
    ]
