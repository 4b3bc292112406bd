"""The words of the API, spelled as it spells them: one enumeration a subject, in the order error details list them.

Members are texts: they compare, print and are stored as the word itself.
"""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """A word of the API; also ``repr`` is the word's, so that messages quote it as they quote other texts."""

    __repr__ = str.__repr__


class Status(Word):
    """Whether a row is there for lists and rules (behaviour/http#ids-and-base-fields)."""

    PUBLISHED = "published"
    ARCHIVED = "archived"
    DELETED = "deleted"


class BillingPeriod(Word):
    """How long a billing period is; ONETIME for what is charged once
    (behaviour/subscriptions#fields-of-a-new-subscription)."""

    MONTHLY = "MONTHLY"
    ANNUAL = "ANNUAL"
    WEEKLY = "WEEKLY"
    DAILY = "DAILY"
    QUARTERLY = "QUARTERLY"
    HALF_YEARLY = "HALF_YEARLY"
    ONETIME = "ONETIME"


class BillingCycle(Word):
    """Whether periods run from the start or with the calendar (behaviour/subscriptions#creating-a-subscription)."""

    ANNIVERSARY = "anniversary"
    CALENDAR = "calendar"


class InvoiceCadence(Word):
    """Whether a charge is paid before its period or after it."""

    ADVANCE = "ADVANCE"
    ARREAR = "ARREAR"


class PriceType(Word):
    """What a price charges: what was used, or an amount that is due anyway."""

    USAGE = "USAGE"
    FIXED = "FIXED"


class BillingModel(Word):
    """How a quantity becomes an amount (behaviour/rating#cost-of-a-quantity)."""

    FLAT_FEE = "FLAT_FEE"
    PACKAGE = "PACKAGE"
    TIERED = "TIERED"


class TierMode(Word):
    """Whether all units cost what the tier reached says, or each what its own tier says."""

    VOLUME = "VOLUME"
    SLAB = "SLAB"


class PriceUnitType(Word):
    """Whether a price is in money or in a unit of the tenant's own."""

    FIAT = "FIAT"
    CUSTOM = "CUSTOM"


class EntityType(Word):
    """What prices and entitlements belong to."""

    PLAN = "PLAN"
    ADDON = "ADDON"
    SUBSCRIPTION = "SUBSCRIPTION"
    COSTSHEET = "COSTSHEET"


class CommitmentType(Word):
    """What a line item commits to."""

    AMOUNT = "amount"
    QUANTITY = "quantity"


class SubscriptionStatus(Word):
    """Where a subscription stands (behaviour/subscriptions#updating-and-activating)."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    DRAFT = "draft"


class SubscriptionType(Word):
    """How a subscription hangs together with others (behaviour/subscriptions#inheritance)."""

    STANDALONE = "standalone"
    DELEGATED_INVOICING = "delegated_invoicing"
    PARENT = "parent"
    INHERITED = "inherited"
    GROUPED_INVOICING = "grouped_invoicing"


class CollectionMethod(Word):
    """Who sees to it that an invoice is paid."""

    CHARGE_AUTOMATICALLY = "charge_automatically"
    SEND_INVOICE = "send_invoice"


class PaymentBehavior(Word):
    """What a subscription is while its opening invoice is unpaid (behaviour/subscriptions#creating-a-subscription)."""

    ALLOW_INCOMPLETE = "allow_incomplete"
    DEFAULT_INCOMPLETE = "default_incomplete"
    ERROR_IF_INCOMPLETE = "error_if_incomplete"
    DEFAULT_ACTIVE = "default_active"


class ProrationBehavior(Word):
    """Whether a part of a period is charged for its part."""

    CREATE_PRORATIONS = "create_prorations"
    NONE = "none"


class InvoiceStatus(Word):
    """How far an invoice has come."""

    DRAFT = "DRAFT"
    FINALIZED = "FINALIZED"
    VOIDED = "VOIDED"
    SKIPPED = "SKIPPED"


class InvoiceType(Word):
    """What an invoice is for."""

    SUBSCRIPTION = "SUBSCRIPTION"
    ONE_OFF = "ONE_OFF"
    CREDIT = "CREDIT"


class PaymentStatus(Word):
    """How far an invoice is paid."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    INITIATED = "INITIATED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    REFUNDED = "REFUNDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    OVERPAID = "OVERPAID"


class BillingReason(Word):
    """Why a subscription's invoice was made (behaviour/invoices-and-wallets#when-invoices-come)."""

    CREATE = "SUBSCRIPTION_CREATE"
    CYCLE = "SUBSCRIPTION_CYCLE"
    UPDATE = "SUBSCRIPTION_UPDATE"
    TRIAL_START = "SUBSCRIPTION_TRIAL_START"
    TRIAL_END = "SUBSCRIPTION_TRIAL_END"
    PRORATION = "PRORATION"


class WalletStatus(Word):
    """Whether a wallet is open."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


class WalletType(Word):
    """Whether a wallet lowers invoices when they are sealed, or pays them afterwards
    (behaviour/invoices-and-wallets#coupons, behaviour/invoices-and-wallets#life-of-an-invoice)."""

    PRE_PAID = "PRE_PAID"
    POST_PAID = "POST_PAID"


class TransactionType(Word):
    """Whether credits came or went."""

    CREDIT = "credit"
    DEBIT = "debit"


class TransactionStatus(Word):
    """Whether credits have really moved."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


class GrantScope(Word):
    """Whom a credit grant belongs to."""

    PLAN = "PLAN"
    SUBSCRIPTION = "SUBSCRIPTION"
    ADDON = "ADDON"


class GrantCadence(Word):
    """Whether a grant gives its credits once or every period."""

    ONETIME = "ONETIME"
    RECURRING = "RECURRING"
