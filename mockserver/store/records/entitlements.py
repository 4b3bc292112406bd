"""Entitlements as values (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.store.records.base import Record
from mockserver.store.tables.entitlements import ENTITLEMENTS
from mockserver.vocabulary import EntityType


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement(Record):
    """What a plan, addon or subscription includes of a feature."""

    table = ENTITLEMENTS
    entity_type: EntityType
    entity_id: str
    feature_id: str
    feature_type: str
    is_enabled: bool
    usage_limit: int | None
    usage_reset_period: str
    is_soft_limit: bool
    static_value: str
    config_value: Mapping[str, Any] | None
    display_order: int
    parent_entitlement_id: str | None
    start_date: datetime | None
    end_date: datetime | None
    aggregation_mode: str
