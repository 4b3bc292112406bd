"""Invoices and their lines as values (behaviour/invoices-and-wallets#how-an-invoice-looks)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.store.records.base import Record
from mockserver.store.tables.invoices import INVOICE_LINE_ITEMS, INVOICES
from mockserver.vocabulary import BillingReason, InvoiceStatus, InvoiceType, PaymentStatus, PriceType


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Record):
    """The head of an invoice; amounts are in ``currency``, the period is [``period_start``, ``period_end``)."""

    table = INVOICES
    customer_id: str
    subscription_id: str | None
    subscription_customer_id: str | None
    invoice_type: InvoiceType
    invoice_status: InvoiceStatus
    payment_status: PaymentStatus
    currency: str
    amount_due: Decimal
    amount_paid: Decimal
    amount_remaining: Decimal
    subtotal: Decimal
    adjustment_amount: Decimal
    refunded_amount: Decimal
    total_tax: Decimal
    total_discount: Decimal
    total: Decimal
    description: str
    due_date: datetime | None
    paid_at: datetime | None
    voided_at: datetime | None
    finalized_at: datetime | None
    issue_date: datetime | None
    last_computed_at: datetime | None
    billing_period: str
    period_start: datetime | None
    period_end: datetime | None
    invoice_pdf_url: str | None
    billing_reason: BillingReason
    metadata: Mapping[str, str] | None
    version: int
    invoice_number: str | None
    billing_sequence: int | None
    total_prepaid_credits_applied: Decimal
    idempotency_key: str | None
    recalculated_invoice_id: str | None
    is_manually_edited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine(Record):
    """One line of an invoice; amounts are in ``currency``."""

    table = INVOICE_LINE_ITEMS
    invoice_id: str
    customer_id: str
    subscription_id: str | None
    entity_id: str | None
    entity_type: str
    plan_display_name: str | None
    price_id: str | None
    price_type: PriceType
    meter_id: str | None
    meter_display_name: str | None
    price_unit_id: str | None
    price_unit: str | None
    price_unit_amount: Decimal | None
    display_name: str
    amount: Decimal
    quantity: Decimal
    currency: str
    period_start: datetime | None
    period_end: datetime | None
    metadata: Mapping[str, str] | None
    commitment_info: Mapping[str, Any] | None
    prepaid_credits_applied: Decimal
    line_item_discount: Decimal
    invoice_level_discount: Decimal
    adjusted_entitlement_quantity: Decimal | None
    subscription_line_item_id: str | None
    parent_line_item_id: str | None
