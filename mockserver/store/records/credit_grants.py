"""Credit grants and their applications as values (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mockserver.store.records.base import Record
from mockserver.store.tables.entitlements import CREDIT_GRANTS
from mockserver.store.tables.wallets import CREDIT_GRANT_APPLICATIONS
from mockserver.vocabulary import GrantCadence, GrantScope


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditGrant(Record):
    """Credits that a plan, addon or subscription gives."""

    table = CREDIT_GRANTS
    name: str
    scope: GrantScope
    plan_id: str | None
    subscription_id: str | None
    addon_id: str | None
    credits: Decimal
    cadence: GrantCadence
    period: str | None
    period_count: int | None
    expiration_type: str
    expiration_duration: int | None
    expiration_duration_unit: str | None
    priority: int | None
    metadata: Mapping[str, str] | None
    start_date: datetime | None
    end_date: datetime | None
    credit_grant_anchor: datetime | None
    conversion_rate: Decimal | None
    topup_conversion_rate: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantApplication(Record):
    """One time that a grant of a subscription gave or will give its credits."""

    table = CREDIT_GRANT_APPLICATIONS
    credit_grant_id: str
    subscription_id: str
    scheduled_for: datetime
    period_start: datetime
    period_end: datetime | None
    credits: Decimal
    application_status: str
    applied_at: datetime | None
    application_reason: str
    subscription_status_at_application: str
    idempotency_key: str
