"""Subscriptions and their line items as values (behaviour/subscriptions#creating-a-subscription)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.store.records.base import Record
from mockserver.store.tables.subscriptions import LINE_ITEMS, SUBSCRIPTIONS
from mockserver.vocabulary import (
    BillingCycle,
    BillingPeriod,
    CollectionMethod,
    CommitmentType,
    InvoiceCadence,
    PaymentBehavior,
    PriceType,
    ProrationBehavior,
    SubscriptionStatus,
    SubscriptionType,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Record):
    """Who buys what since when: the terms of billing, and the period being used now."""

    table = SUBSCRIPTIONS
    lookup_key: str | None
    customer_id: str
    plan_id: str | None
    subscription_status: SubscriptionStatus
    currency: str
    billing_anchor: datetime
    start_date: datetime
    end_date: datetime | None
    current_period_start: datetime
    current_period_end: datetime
    cancelled_at: datetime | None
    cancel_at: datetime | None
    cancel_at_period_end: bool
    trial_start: datetime | None
    trial_end: datetime | None
    billing_cadence: str
    billing_period: BillingPeriod
    billing_period_count: int
    version: int
    metadata: Mapping[str, str] | None
    pause_status: str
    active_pause_id: str | None
    billing_cycle: BillingCycle
    commitment_amount: Decimal | None
    commitment_duration: str | None
    overage_factor: Decimal
    payment_behavior: PaymentBehavior
    collection_method: CollectionMethod
    gateway_payment_method_id: str | None
    timezone: str
    proration_behavior: ProrationBehavior
    enable_true_up: bool
    invoicing_customer_id: str | None
    parent_subscription_id: str | None
    payment_terms: str | None
    subscription_type: SubscriptionType
    auto_invoice_threshold: Decimal | None
    synced_price_sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem(Record):
    """One price of a subscription, from ``start_date`` (inclusive) to ``end_date`` (exclusive; None: open)."""

    table = LINE_ITEMS
    subscription_id: str
    customer_id: str
    entity_id: str | None
    entity_type: str
    plan_display_name: str | None
    price_id: str
    price_type: PriceType
    meter_id: str | None
    meter_display_name: str | None
    price_unit_id: str | None
    price_unit: str | None
    display_name: str
    quantity: Decimal
    currency: str
    billing_period: BillingPeriod
    billing_period_count: int
    invoice_cadence: InvoiceCadence
    start_date: datetime
    end_date: datetime | None
    subscription_phase_id: str | None
    addon_association_id: str | None
    metadata: Mapping[str, str] | None
    commitment_amount: Decimal | None
    commitment_quantity: Decimal | None
    commitment_type: CommitmentType | None
    commitment_overage_factor: Decimal | None
    commitment_duration: str | None
    commitment_time_buckets: Sequence[Mapping[str, Any]] | None
    commitment_true_up_enabled: bool
    commitment_windowed: bool
