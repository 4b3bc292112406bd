"""How the applications of credit grants look (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from mockserver.http.fields import Money, Show, Text, Time
from mockserver.http.schema import BaseOut


class GrantApplicationOut(BaseOut):
    """Credits that a subscription's grant gives at a certain time."""

    id = Text()
    credit_grant_id = Text()
    subscription_id = Text()
    scheduled_for = Time()
    applied_at = Time(when=Show.IF_SET)
    period_start = Time()
    period_end = Time(when=Show.IF_SET)
    application_status = Text()
    credits = Money()
    application_reason = Text()
    subscription_status_at_application = Text()
    idempotency_key = Text()
