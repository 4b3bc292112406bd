"""What modification requests carry and what they answer (behaviour/subscriptions#addons)."""

from __future__ import annotations

from mockserver.http.fields import Anything, Money, Part, Parts, Show, Text, Texts, Time
from mockserver.http.schema import In, Out
from mockserver.subscriptions.addons.schemas import AddonIn, CheckoutIn, RemoveAddonIn
from mockserver.subscriptions.core.schemas import SubscriptionOut

TYPES = ("inheritance", "quantity_change", "grouped_invoicing", "trial_end", "coupon", "tax", "addon")
ADD_OR_REMOVE = ("add", "remove")


class QuantityIn(In):
    id = Text(about="a line item of a fixed price")
    quantity = Money(about="not negative")
    effective_date = Time(about="within the current period, now when absent")


class QuantityChangeIn(In):
    line_items = Parts(QuantityIn)


class InheritanceChangeIn(In):
    action = Text(enum=ADD_OR_REMOVE, about="add when absent")
    external_customer_ids_to_inherit_subscription = Texts()
    external_customer_ids_to_remove = Texts()


class GroupedInvoicingIn(In):
    action = Text(enum=ADD_OR_REMOVE)
    parent_subscription_id = Text(about="required to add")
    child_subscription_ids = Texts()


class TrialEndIn(In):
    action = Text(enum=("immediate", "scheduled_date"))
    new_trial_end = Time(about="in the future; required for a scheduled_date")


class CouponChangeIn(In):
    action = Text(enum=ADD_OR_REMOVE)
    coupon_code = Text()
    coupon_association_id = Text()
    start_date = Time()
    end_date = Time()
    subscription_id = Text()
    subscription_line_item_id = Text()


class TaxChangeIn(In):
    action = Text(enum=ADD_OR_REMOVE)
    tax_rate_id = Text()
    tax_association_id = Text()
    effective_date = Time()


class AddonChangeIn(In):
    action = Text(enum=ADD_OR_REMOVE)
    add = Part(AddonIn)
    remove = Part(RemoveAddonIn)


class ModifyIn(In):
    """The params that go with the type are required."""

    type = Text(enum=TYPES)
    quantity_change_params = Part(QuantityChangeIn)
    inheritance_params = Part(InheritanceChangeIn)
    grouped_invoicing_params = Part(GroupedInvoicingIn)
    trial_end_params = Part(TrialEndIn)
    coupon_params = Part(CouponChangeIn)
    tax_params = Part(TaxChangeIn)
    addon_params = Part(AddonChangeIn)
    checkout = Part(CheckoutIn, about="for larger quantities and new addons")


class ChangedItemOut(Out):
    id = Text(about="(preview-ended) and (preview-created) in a preview")
    price_id = Text()
    quantity = Money()
    start_date = Time(when=Show.IF_SET)
    end_date = Time(when=Show.IF_SET)
    change_action = Text(enum=("created", "updated", "ended"))


class ChangedSubscriptionOut(Out):
    id = Text()
    action = Text(enum=("created", "updated"))
    status = Text()
    trial_end = Time(when=Show.IF_SET)
    current_period_end = Time(when=Show.IF_SET)


class ChangedInvoiceOut(Out):
    id = Text()
    action = Text(enum=("created", "wallet_credit"))
    status = Text(about="preview, issued for a wallet credit, or the payment status")
    invoice = Anything(when=Show.IF_SET)
    wallet_transaction = Anything(when=Show.IF_SET)


class ChangedOut(Out):
    line_items = Parts(ChangedItemOut, when=Show.IF_FULL)
    subscriptions = Parts(ChangedSubscriptionOut, when=Show.IF_FULL)
    invoices = Parts(ChangedInvoiceOut, when=Show.IF_FULL)


class ModifiedOut(Out):
    subscription = Part(SubscriptionOut)
    changed_resources = Part(ChangedOut)
