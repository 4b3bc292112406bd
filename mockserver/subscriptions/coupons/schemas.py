"""How the coupons of subscriptions are listed and look (behaviour/invoices-and-wallets#coupons)."""

from __future__ import annotations

from mockserver.http.fields import Bool, Part, Show, Text, TextMap, Texts, Time
from mockserver.http.listing import ListFilter
from mockserver.http.schema import BaseOut
from mockserver.subscriptions.line_items.schemas import LineItemOut
from mockserver.terms.coupons.schemas import CouponOut


class CouponAssociationFilterIn(ListFilter):
    subscription_ids = Texts(about="at most 100")
    coupon_ids = Texts(about="at most 100")
    subscription_line_item_ids = Texts()
    subscription_phase_ids = Texts()
    active_only = Bool(about="only those in effect between period_start and period_end, or now")
    period_start = Time()
    period_end = Time()


class CouponAssociationOut(BaseOut):
    id = Text()
    coupon_id = Text()
    subscription_id = Text()
    subscription_line_item_id = Text(when=Show.IF_SET)
    subscription_phase_id = Text(when=Show.IF_SET)
    start_date = Time()
    end_date = Time(when=Show.IF_SET)
    metadata = TextMap(when=Show.IF_FULL)
    coupon = Part(CouponOut, when=Show.IF_SET)
    subscription_line_item = Part(LineItemOut, when=Show.IF_SET)
