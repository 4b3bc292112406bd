"""What credit grant requests carry and how a credit grant looks (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from mockserver.http.fields import Int, Money, Show, Text, TextMap, Texts, Time
from mockserver.http.listing import TextSortFilter
from mockserver.http.schema import BaseOut, In

SCOPES = ("PLAN", "SUBSCRIPTION", "ADDON")
CADENCES = ("ONETIME", "RECURRING")
PERIODS = ("DAILY", "WEEKLY", "MONTHLY", "ANNUAL", "QUARTERLY", "HALF_YEARLY")
EXPIRATION_TYPES = ("NEVER", "DURATION", "BILLING_CYCLE")
DURATION_UNITS = ("DAY", "WEEK", "MONTH", "YEAR")


class CreateCreditGrantIn(In):
    struct = "CreateCreditGrantRequest"
    names_failures = False
    name = Text(tags="required")
    scope = Text(tags="required", enum=SCOPES)
    plan_id = Text()
    subscription_id = Text()
    addon_id = Text()
    credits = Money(about="more than zero")
    cadence = Text(tags="required", enum=CADENCES)
    period = Text(enum=PERIODS, about="needed when the cadence is RECURRING")
    period_count = Int()
    expiration_type = Text(enum=EXPIRATION_TYPES)
    expiration_duration = Int(about="needed when the expiration_type is DURATION")
    expiration_duration_unit = Text(enum=DURATION_UNITS)
    priority = Int()
    metadata = TextMap()
    start_date = Time()
    end_date = Time()
    conversion_rate = Money()
    topup_conversion_rate = Money()


class UpdateCreditGrantIn(In):
    name = Text()
    metadata = TextMap(about="replaces all metadata")
    end_date = Time()


class DeleteCreditGrantIn(In):
    effective_date = Time()


class CreditGrantFilterIn(TextSortFilter):
    plan_ids = Texts()
    subscription_ids = Texts()
    addon_ids = Texts()
    scope = Text(enum=SCOPES)
    credit_grant_ids = Texts()


class CreditGrantOut(BaseOut):
    id = Text()
    name = Text()
    scope = Text()
    plan_id = Text(when=Show.IF_SET)
    subscription_id = Text(when=Show.IF_SET)
    addon_id = Text(when=Show.IF_SET)
    credits = Money()
    cadence = Text()
    period = Text(when=Show.IF_SET)
    period_count = Int(when=Show.IF_SET)
    expiration_type = Text(when=Show.IF_FULL)
    expiration_duration = Int(when=Show.IF_SET)
    expiration_duration_unit = Text(when=Show.IF_SET)
    priority = Int(when=Show.IF_SET)
    metadata = TextMap(when=Show.IF_FULL)
    start_date = Time(when=Show.IF_SET)
    end_date = Time(when=Show.IF_SET)
    credit_grant_anchor = Time(when=Show.IF_SET)
    conversion_rate = Money(when=Show.IF_SET)
    topup_conversion_rate = Money(when=Show.IF_SET)
