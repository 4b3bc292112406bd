"""What wallet requests carry and how wallets and their transactions look
(behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from mockserver.customers.schemas import CustomerOut
from mockserver.http.fields import AnyObject, Bool, Int, Money, Part, Show, Text, TextMap, Texts, Time
from mockserver.http.listing import ListFilter, TextSortFilter
from mockserver.http.schema import BaseOut, In, Out

PRE_PAID, POST_PAID = "PRE_PAID", "POST_PAID"
WALLET_TYPES = (PRE_PAID, POST_PAID)
WALLET_STATUSES = ("active", "frozen", "closed")
PRICE_TYPES = ("ALL", "USAGE", "FIXED")
TOP_UP_REASONS = (
    "FREE_CREDIT_GRANT",
    "PURCHASED_CREDIT_INVOICED",
    "PURCHASED_CREDIT_DIRECT",
    "SUBSCRIPTION_CREDIT_GRANT",
    "CREDIT_NOTE",
    "INVOICE_VOID_REFUND",
)
DEBIT_REASONS = ("MANUAL_BALANCE_DEBIT",)
TRANSACTION_TYPES = ("credit", "debit")
TRANSACTION_STATUSES = ("pending", "completed", "failed")


class AutoTopupIn(In):
    enabled = Bool()
    threshold = Money()
    amount = Money()
    invoicing = Bool()
    cooldown = AnyObject()


class CreateWalletIn(In):
    struct = "CreateWalletRequest"
    names_failures = False
    customer_id = Text(about="not checked to exist")
    external_customer_id = Text(about="used where customer_id is missing")
    currency = Text(tags="required", about="a price unit's base currency replaces it")
    description = Text()
    metadata = TextMap()
    wallet_type = Text(enum=WALLET_TYPES)
    conversion_rate = Money(about="the money one credit is worth; 1 when absent or 0")
    topup_conversion_rate = Money(about="the money one credit costs; conversion_rate when absent")
    initial_credits_to_load = Money()
    initial_credits_to_load_expiry_date = Int(about="YYYYMMDD, UTC")
    initial_credits_expiry_date_utc = Time()
    alert_settings = AnyObject()
    auto_topup = Part(AutoTopupIn)
    price_unit = Text(about="code of the unit whose currency and rate the wallet takes")


class WalletConfigIn(In):
    allowed_price_types = Texts()


class UpdateWalletIn(In):
    struct = "UpdateWalletRequest"
    name = Text()
    description = Text()
    metadata = TextMap(about="replaces all metadata")
    auto_topup = Part(AutoTopupIn)
    config = Part(WalletConfigIn)
    alert_settings = AnyObject()


class ModifyWalletIn(In):
    struct = "ModifyWalletRequest"
    names_failures = False
    modification_type = Text(tags="required", enum=("prepaid_to_postpaid",))


class TopUpIn(In):
    struct = "TopUpWalletRequest"
    names_failures = False
    credits_to_add = Money(about="wins over amount")
    amount = Money(about="money; the credits follow from topup_conversion_rate")
    transaction_reason = Text(tags="required", enum=TOP_UP_REASONS)
    expiry_date_utc = Time()
    priority = Int(about="lower is used first; none comes last")
    idempotency_key = Text()
    description = Text()
    metadata = TextMap()
    bonus_credits_to_add = Money()
    bonus_credits_expiry_date_utc = Time()
    force_sync_invoice = Bool()


class DebitIn(In):
    struct = "ManualBalanceDebitRequest"
    names_failures = False
    credits = Money()
    transaction_reason = Text(tags="required", enum=DEBIT_REASONS)
    idempotency_key = Text(tags="required")
    description = Text()
    metadata = TextMap()


class WalletFilterIn(TextSortFilter):
    wallet_ids = Texts()
    status = Text(enum=WALLET_STATUSES)
    alert_enabled = Bool()


class TransactionFilterIn(ListFilter):
    id = Text(about="of the wallet")
    type = Text(enum=TRANSACTION_TYPES)
    transaction_status = Text(enum=TRANSACTION_STATUSES)
    reference_type = Text()
    reference_id = Text()
    expiry_date_before = Time()
    expiry_date_after = Time()
    credits_available_gt = Money()
    transaction_reason = Text()
    priority = Int()
    created_by = Text()


class CreditBreakdownOut(Out):
    purchased = Money()
    free = Money()


class WalletOut(BaseOut):
    id = Text()
    customer_id = Text()
    currency = Text()
    balance = Money(about="money: credit_balance times conversion_rate")
    credit_balance = Money()
    wallet_status = Text(enum=WALLET_STATUSES)
    name = Text(when=Show.IF_FULL)
    description = Text(null="")
    metadata = TextMap()
    auto_topup = AnyObject(when=Show.IF_SET)
    wallet_type = Text(enum=WALLET_TYPES)
    config = AnyObject()
    conversion_rate = Money()
    topup_conversion_rate = Money()
    alert_settings = AnyObject(when=Show.IF_SET)
    alert_state = Text()
    credits_available_breakdown = Part(CreditBreakdownOut, when=Show.IF_SET)


class WalletBalanceOut(WalletOut):
    real_time_balance = Money(when=Show.IF_SET, about="balance less what the customer owes for usage")
    real_time_credit_balance = Money(when=Show.IF_SET)
    balance_updated_at = Time(when=Show.IF_SET)
    current_period_usage = Money(when=Show.IF_SET)
    unpaid_invoices_amount = Money(when=Show.IF_SET)
    is_cached_fallback = Bool()


class TransactionOut(BaseOut):
    id = Text()
    wallet_id = Text()
    customer_id = Text()
    type = Text(enum=TRANSACTION_TYPES)
    amount = Money()
    credit_amount = Money()
    credit_balance_before = Money()
    credit_balance_after = Money()
    transaction_status = Text(enum=TRANSACTION_STATUSES)
    reference_type = Text(null="")
    reference_id = Text(null="")
    description = Text(null="")
    metadata = TextMap()
    expiry_date = Time()
    credits_available = Money()
    transaction_reason = Text()
    priority = Int(nullable=True)
    currency = Text()
    parent_transaction_id = Text(when=Show.IF_FULL)
    conversion_rate = Money(when=Show.IF_SET)
    topup_conversion_rate = Money(when=Show.IF_SET)
    idempotency_key = Text(null="")
    customer = Part(CustomerOut, when=Show.IF_SET)
    wallet = Part(WalletOut, when=Show.IF_SET)


class TopUpOut(Out):
    wallet_transaction = Part(TransactionOut)
    invoice_id = Text(when=Show.IF_SET)
    wallet = Part(WalletOut)


class ModificationOut(Out):
    original_wallet = Part(WalletOut)
    new_wallet = Part(WalletOut)
