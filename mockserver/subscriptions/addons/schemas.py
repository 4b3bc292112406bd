"""What attaching and detaching an addon carries, and how an association looks (behaviour/subscriptions#addons)."""

from __future__ import annotations

from mockserver.catalogue.addons.embedding import AddonWithPartsOut
from mockserver.catalogue.prices.schemas import BILLING_MODELS, TIER_MODES, TierIn, TransformQuantityIn
from mockserver.http.fields import (
    AnyObject,
    Bool,
    Money,
    Part,
    PartMap,
    Parts,
    Show,
    Text,
    Time,
)
from mockserver.http.schema import BaseOut, In
from mockserver.subscriptions.base import vocabulary as words
from mockserver.subscriptions.line_items.schemas import TimeBucketIn


class CommitmentIn(In):
    """One entry of ``line_item_commitments`` (behaviour/subscriptions#terms-of-a-new-subscription)."""

    struct = "LineItemCommitmentConfig"
    commitment_amount = Money()
    commitment_quantity = Money()
    commitment_type = Text(enum=words.COMMITMENT_TYPES)
    overage_factor = Money()
    enable_true_up = Bool()
    is_window_commitment = Bool()
    commitment_duration = Text(enum=words.BILLING_PERIODS)
    commitment_time_buckets = Parts(TimeBucketIn)


class OverrideIn(In):
    """A price of the subscription's own in place of a plan price (behaviour/subscriptions#overrides)."""

    struct = "OverrideLineItemRequest"
    price_id = Text(tags="required")
    quantity = Money()
    billing_model = Text(enum=BILLING_MODELS)
    amount = Money()
    tier_mode = Text(enum=TIER_MODES)
    tiers = Parts(TierIn)
    transform_quantity = Part(TransformQuantityIn)
    price_unit_amount = Money()
    price_unit_tiers = Parts(TierIn)


class AddonIn(In):
    """An addon to attach (behaviour/subscriptions#addons)."""

    struct = "AddAddonToSubscriptionRequest"
    addon_id = Text(tags="required")
    cadence = Text(enum=words.ADDON_CADENCES, about="onetime ends with its period; recurring when absent")
    proration_behavior = Text(enum=words.PRORATION_BEHAVIORS)
    start_date = Time(about="the subscription's start when it is created, else now")
    metadata = AnyObject()
    line_item_commitments = PartMap(CommitmentIn)
    override_line_items = Parts(OverrideIn, tags="omitempty,dive")


class CheckoutIn(In):
    payment_provider = Text(tags="required")


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
