"""Prices as values (behaviour/prices-and-meters#creating-a-price)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.store.records.base import Record
from mockserver.store.tables.prices import PRICES
from mockserver.vocabulary import (
    BillingModel,
    BillingPeriod,
    EntityType,
    InvoiceCadence,
    PriceType,
    PriceUnitType,
    TierMode,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price(Record):
    """What one unit, package or period costs; ``amount`` is in ``currency``, also where a custom unit was sent."""

    table = PRICES
    display_name: str
    amount: Decimal
    currency: str
    display_amount: str
    price_unit_type: PriceUnitType
    price_unit_id: str | None
    price_unit: str | None
    price_unit_amount: Decimal
    display_price_unit_amount: str
    conversion_rate: Decimal
    min_quantity: Decimal | None
    type: PriceType
    billing_period: BillingPeriod
    billing_period_count: int
    billing_model: BillingModel
    billing_cadence: str
    invoice_cadence: InvoiceCadence
    trial_period_days: int
    meter_id: str
    filter_values: Mapping[str, Sequence[str]] | None
    tier_mode: TierMode
    tiers: Sequence[Mapping[str, Any]] | None
    price_unit_tiers: Sequence[Mapping[str, Any]] | None
    transform_quantity: Mapping[str, Any] | None
    lookup_key: str
    description: str
    metadata: Mapping[str, str] | None
    entity_type: EntityType
    entity_id: str
    parent_price_id: str | None
    start_date: datetime
    end_date: datetime | None
    group_id: str
    sequence: int
