"""What invoice requests carry and how an invoice looks (behaviour/invoices-and-wallets#how-an-invoice-looks)."""

from __future__ import annotations

from mockserver.customers.schemas import CustomerOut, TaxRateOverrideIn
from mockserver.http.fields import AnyObject, Bool, Int, Money, Part, Parts, Show, Text, TextMap, Texts, Time
from mockserver.http.listing import ListFilter
from mockserver.http.schema import BaseOut, In, Out
from mockserver.terms.coupons.schemas import CouponApplicationOut
from mockserver.terms.taxes.schemas import TaxAppliedOut

INVOICE_TYPES = ("SUBSCRIPTION", "ONE_OFF", "CREDIT")
INVOICE_STATUSES = ("DRAFT", "FINALIZED", "VOIDED", "SKIPPED")
PAYMENT_STATUSES = (
    "INITIATED",
    "PENDING",
    "PROCESSING",
    "SUCCEEDED",
    "OVERPAID",
    "FAILED",
    "REFUNDED",
    "PARTIALLY_REFUNDED",
    "VOIDED",
)
BILLING_REASONS = (
    "SUBSCRIPTION_CREATE",
    "SUBSCRIPTION_CYCLE",
    "SUBSCRIPTION_UPDATE",
    "SUBSCRIPTION_TRIAL_END",
    "SUBSCRIPTION_TRIAL_START",
    "PRORATION",
    "MANUAL",
    "AUTO_INVOICE_THRESHOLD",
    "WALLET_AUTO_TOPUP",
)


class PreviewIn(In):
    struct = "GetPreviewInvoiceRequest"
    names_failures = False
    subscription_id = Text(tags="required")
    period_start = Time(about="start of the current period when absent")
    period_end = Time(about="end of the current period when absent")
    hide_zero_charges_line_items = Bool(about="leave out lines that cost nothing")


class InvoiceLineItemIn(In):
    """A line of a one-off invoice."""

    entity_id = Text()
    entity_type = Text()
    price_id = Text()
    plan_display_name = Text()
    price_type = Text(about="only USAGE lines use prepaid credits")
    meter_id = Text()
    meter_display_name = Text()
    price_unit = Text()
    price_unit_amount = Money()
    display_name = Text()
    amount = Money(about="rounded to the currency")
    quantity = Money()
    period_start = Time()
    period_end = Time()
    metadata = TextMap()
    commitment_info = AnyObject()
    subscription_line_item_id = Text()
    subscription_id = Text()
    adjusted_entitlement_quantity = Money()


class InvoiceLineItemCouponIn(In):
    line_item_id = Text(about="the line's price_id")
    subscription_line_item_id = Text()
    coupon_id = Text()


class CreateInvoiceIn(In):
    struct = "CreateDraftInvoiceRequest"
    customer_id = Text(tags="required", about="not checked to exist")
    subscription_id = Text()
    invoice_type = Text(tags="required", enum=INVOICE_TYPES)
    currency = Text(tags="required")
    idempotency_key = Text()
    subtotal = Money(about="taken as sent; the lines need not add up to it")
    total = Money(about="read and ignored")
    amount_due = Money(about="read and ignored")
    amount_paid = Money(about="read and ignored")
    description = Text()
    due_date = Time()
    issue_date = Time()
    billing_period = Text()
    period_start = Time()
    period_end = Time()
    billing_reason = Text()
    invoice_status = Text(about="FINALIZED seals a subscription's invoice at once")
    payment_status = Text(about="read and ignored")
    line_items = Parts(InvoiceLineItemIn, about="of one-off invoices; a subscription's lines are computed")
    coupons = Texts(about="ids; unknown ones are passed over")
    line_item_coupons = Parts(InvoiceLineItemCouponIn)
    tax_rates = Texts(about="ids")
    tax_rate_overrides = Parts(TaxRateOverrideIn, about="by code; they win over tax_rates")
    metadata = TextMap()
    invoice_pdf_url = Text()


class UpdateInvoiceIn(In):
    struct = "UpdateInvoiceRequest"
    invoice_pdf_url = Text(about="https")
    due_date = Time(about="not in the past")
    metadata = TextMap(about="replaces all metadata")


class VoidInvoiceIn(In):
    struct = "InvoiceVoidRequest"
    metadata = TextMap(about="merged into the invoice's metadata")


class PaymentStatusIn(In):
    struct = "UpdatePaymentStatusRequest"
    names_failures = False
    payment_status = Text(tags="required", enum=PAYMENT_STATUSES)
    amount = Money(about="what has been paid so far, for PENDING")


class InvoiceFilterIn(ListFilter):
    invoice_ids = Texts()
    customer_id = Text()
    external_customer_id = Text()
    subscription_id = Text()
    subscription_customer_id = Texts()
    invoice_type = Text(enum=INVOICE_TYPES)
    currency = Text()
    invoice_status = Texts(about="SKIPPED invoices are listed only when asked for")
    payment_status = Texts()
    billing_reason = Text(enum=BILLING_REASONS)
    amount_due_gt = Money()
    amount_remaining_gt = Money()
    period_start_gte = Time()
    period_start_lte = Time()
    period_end_gte = Time()
    period_end_lte = Time()
    skip_line_items = Bool()


class CommitmentInfoOut(Out):
    type = Text(enum=("amount", "quantity"))
    amount = Money()
    quantity = Money()
    overage_factor = Money(when=Show.IF_SET)
    true_up_enabled = Bool()
    is_windowed = Bool()
    computed_true_up_amount = Money()
    computed_overage_amount = Money()
    computed_commitment_utilized_amount = Money()


class InvoiceLineItemOut(BaseOut):
    id = Text()
    invoice_id = Text()
    customer_id = Text()
    subscription_id = Text(when=Show.IF_SET)
    entity_id = Text(when=Show.IF_SET)
    entity_type = Text(when=Show.IF_SET)
    plan_display_name = Text(when=Show.IF_SET)
    price_id = Text(when=Show.IF_SET)
    price_type = Text(when=Show.IF_SET)
    meter_id = Text(when=Show.IF_SET)
    meter_display_name = Text(when=Show.IF_SET)
    price_unit_id = Text(when=Show.IF_SET)
    price_unit = Text(when=Show.IF_SET)
    price_unit_amount = Money(when=Show.IF_SET)
    display_name = Text(when=Show.IF_SET)
    amount = Money()
    quantity = Money()
    currency = Text()
    period_start = Time(when=Show.IF_SET)
    period_end = Time(when=Show.IF_SET)
    metadata = TextMap(when=Show.IF_FULL)
    commitment_info = Part(CommitmentInfoOut, when=Show.IF_SET)
    prepaid_credits_applied = Money()
    line_item_discount = Money()
    invoice_level_discount = Money()
    adjusted_entitlement_quantity = Money(when=Show.IF_SET)
    subscription_line_item_id = Text(when=Show.IF_SET)
    parent_line_item_id = Text(when=Show.IF_SET)


class InvoiceOut(BaseOut):
    id = Text()
    customer_id = Text()
    subscription_id = Text(when=Show.IF_SET)
    subscription_customer_id = Text(when=Show.IF_SET)
    invoice_type = Text(enum=INVOICE_TYPES)
    invoice_status = Text(enum=INVOICE_STATUSES)
    payment_status = Text(enum=PAYMENT_STATUSES)
    currency = Text()
    amount_due = Money()
    amount_paid = Money()
    subtotal = Money()
    total = Money()
    total_discount = Money()
    amount_remaining = Money()
    invoice_number = Text(nullable=True)
    idempotency_key = Text(nullable=True)
    billing_sequence = Int(nullable=True)
    description = Text(when=Show.IF_FULL)
    due_date = Time(when=Show.IF_SET)
    paid_at = Time(when=Show.IF_SET)
    voided_at = Time(when=Show.IF_SET)
    billing_period = Text(when=Show.IF_SET)
    finalized_at = Time(when=Show.IF_SET)
    issue_date = Time(when=Show.IF_SET)
    last_computed_at = Time(when=Show.IF_SET)
    period_start = Time(when=Show.IF_SET)
    period_end = Time(when=Show.IF_SET)
    invoice_pdf_url = Text(when=Show.IF_SET)
    billing_reason = Text(when=Show.IF_FULL)
    metadata = TextMap(when=Show.IF_FULL)
    version = Int()
    adjustment_amount = Money()
    refunded_amount = Money()
    total_tax = Money()
    total_prepaid_credits_applied = Money()
    recalculated_invoice_id = Text(when=Show.IF_SET)
    is_manually_edited = Bool()
    overpaid_amount = Money(when=Show.IF_SET)
    subscription = AnyObject(when=Show.IF_SET, about="the subscription as reading it shows it")
    customer = Part(CustomerOut, when=Show.IF_SET)
    taxes = Parts(TaxAppliedOut, when=Show.IF_FULL)
    coupon_applications = Parts(CouponApplicationOut, when=Show.IF_FULL, about="shown by previews only")
    line_items = Parts(InvoiceLineItemOut, when=Show.IF_FULL)


class ComputedInvoiceOut(Out):
    invoice = Part(InvoiceOut)
    skipped = Bool()


class WorkflowOut(Out):
    """The job that a request started."""

    message = Text()
    workflow_id = Text()
    run_id = Text()
