"""What coupon requests carry, and how coupons, their associations and applications look
(behaviour/invoices-and-wallets#how-an-invoice-looks, behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from mockserver.http.fields import AnyObject, Int, Money, Show, Text, TextMap, Texts, Time
from mockserver.http.listing import ListFilter
from mockserver.http.schema import BaseOut, In

TYPES = ("fixed", "percentage")
CADENCES = ("once", "repeated", "forever")


class CreateCouponIn(In):
    struct = "CreateCouponRequest"
    name = Text()
    coupon_code = Text(about="kept in lower case; unique among published coupons")
    redeem_after = Time()
    redeem_before = Time()
    max_redemptions = Int(about="1 to 1000000")
    rules = AnyObject(about="kept as sent, without effect")
    amount_off = Money(about="more than 0 for type fixed")
    percentage_off = Money(about="more than 0, at most 100, for type percentage")
    type = Text(enum=TYPES)
    cadence = Text(enum=CADENCES)
    duration_in_periods = Int(about="billing periods of a repeated coupon")
    metadata = TextMap()
    currency = Text(about="of amount_off; ignored for type percentage")


class UpdateCouponIn(In):
    """Nothing else of a coupon can be changed."""

    struct = "UpdateCouponRequest"
    name = Text()
    metadata = TextMap(about="replaces all metadata")


class CouponFilterIn(ListFilter):
    coupon_ids = Texts()
    coupon_codes = Texts(about="in lower case")


class CouponOut(BaseOut):
    id = Text()
    name = Text()
    redeem_after = Time(nullable=True)
    redeem_before = Time(nullable=True)
    max_redemptions = Int(nullable=True)
    total_redemptions = Int()
    rules = AnyObject(nullable=True)
    amount_off = Money(null="0")
    percentage_off = Money(null="0")
    type = Text(enum=TYPES)
    cadence = Text(enum=CADENCES)
    duration_in_periods = Int(nullable=True)
    currency = Text(null="")
    coupon_code = Text(when=Show.IF_SET)
    metadata = TextMap(nullable=True)


class CouponApplicationOut(BaseOut):
    """What a coupon took off an invoice or one of its lines."""

    id = Text()
    coupon_id = Text()
    coupon_association_id = Text(null="")
    invoice_id = Text()
    invoice_line_item_id = Text(when=Show.IF_SET)
    subscription_id = Text(when=Show.IF_SET)
    applied_at = Time()
    original_price = Money()
    final_price = Money()
    discounted_amount = Money()
    discount_type = Text(enum=TYPES)
    discount_percentage = Money(when=Show.IF_SET)
    currency = Text()
    coupon_snapshot = AnyObject(when=Show.IF_FULL, about="the coupon's values when it was applied")
    metadata = TextMap(when=Show.IF_FULL)
