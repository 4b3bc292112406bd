"""What attaching and detaching an addon carries, and how an association looks (facts/04 §14)."""

from __future__ import annotations

from mockserver.http.fields import AnyObject, Part, Show, Text, Time
from mockserver.http.schema import BaseOut, In
from mockserver.resources.addons.embedding import AddonWithPartsOut
from mockserver.resources.subscriptions import vocabulary as words
from mockserver.resources.subscriptions.schemas import AddonIn, CheckoutIn


class AddAddonIn(AddonIn):
    struct = "AddAddonRequest"
    subscription_id = Text(tags="required")
    checkout = Part(CheckoutIn)


class RemoveAddonIn(In):
    struct = "RemoveAddonRequest"
    addon_association_id = Text(tags="required")
    reason = Text()
    proration_behavior = Text(enum=words.PRORATION_BEHAVIORS)
    effective_date = Time(about="within the current period, its end when absent")


class AssociationOut(BaseOut):
    id = Text()
    entity_id = Text()
    entity_type = Text(enum=("subscription",))
    addon_id = Text()
    start_date = Time(when=Show.IF_SET)
    end_date = Time(when=Show.IF_SET)
    addon_status = Text(enum=("active", "cancelled"))
    cancellation_reason = Text(when=Show.IF_FULL)
    cancelled_at = Time(when=Show.IF_SET)
    metadata = AnyObject(when=Show.IF_FULL)


class AssociationWithAddonOut(AssociationOut):
    addon = Part(AddonWithPartsOut, when=Show.IF_SET)
