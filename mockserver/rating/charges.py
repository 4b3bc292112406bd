"""Quantities become usage charges and invoice lines (behaviour/rating#the-pipeline, behaviour/rating#commitments,
behaviour/rating#the-usage-question).

:func:`usage_bill` is what a usage question answers: exact costs summed and rounded once. :func:`usage_lines` is what
an invoice or preview charges for the same usage: every line rounded, with entitlements and commitments. The two may
differ by cents, as they do on the real server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .commitments import (
    BucketValue,
    CommitmentInfo,
    CumulativeCommitment,
    LineCommitment,
    SubscriptionCommitment,
    apply_commitment,
    apply_windowed_commitment,
    cumulative_share,
    scaled_quantity,
)
from .cost import PriceTerms, bucketed_cost, cost, unit_amount, unit_price
from .entitlements import SHOWN_RESETS, Entitlement, billable_quantity, deducted_quantity
from .money import (
    ONE,
    ZERO,
    add,
    display_usage_amount,
    divide,
    floor,
    multiply,
    plain,
    round_money,
    subtract,
    total,
)
from .periods import Period

USAGE = "USAGE"
FIXED = "FIXED"


@dataclass(frozen=True, slots=True)
class PriceUnit:
    """A custom unit a line is also shown in: its *current* rate, base currency per unit
    (behaviour/rating#custom-units)."""

    code: str
    rate: Decimal
    base_currency: str


@dataclass(frozen=True, slots=True)
class UsageItem:
    """A usage line item and what its meter counted in the line's own window.

    ``bucket_values`` are the values of a bucketed meter's buckets that had rows (each bucket and group apart where
    the meter groups), None for other meters; ``quantity`` is then their sum. ``commitment_buckets`` are the buckets
    of a windowed commitment, see ``commitments.fill_buckets``. ``period`` is the line's window.
    """

    line_item_id: str
    meter_id: str
    meter_name: str
    terms: PriceTerms
    quantity: Decimal
    display_name: str = ""
    price_id: str = ""
    bucket_values: tuple[Decimal, ...] | None = None
    period: Period | None = None
    price_unit: PriceUnit | None = None
    entitlement: Entitlement | None = None
    commitment: LineCommitment | None = None
    commitment_buckets: tuple[BucketValue, ...] = ()

    @property
    def is_bucketed(self) -> bool:
        """Whether the meter is a bucketed one."""
        return self.bucket_values is not None


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge of a usage answer. ``amount`` is rounded, ``exact`` is not; both in the price's currency."""

    item: UsageItem
    quantity: Decimal
    exact: Decimal
    amount: Decimal
    display_amount: str
    is_overage: bool = False
    overage_factor: Decimal | None = None


@dataclass(frozen=True, slots=True)
class UsageBill:
    """The answer to a usage question (behaviour/rating#the-usage-question). ``charges`` None prints as null; amounts of
    0 are left out by the API.

    ``exact`` is the unrounded sum behind ``amount``.
    """

    amount: Decimal
    exact: Decimal
    display_amount: str
    charges: tuple[Charge, ...] | None
    commitment_amount: Decimal = ZERO
    overage_factor: Decimal = ZERO
    commitment_utilized: Decimal = ZERO
    overage_amount: Decimal = ZERO
    has_overage: bool = False


def item_cost(item: UsageItem) -> Decimal:
    """The cost of an item's usage: exact, but for a bucketed meter rounded once over its buckets
    (behaviour/rating#the-pipeline, behaviour/rating#quantity-of-a-meter).
    """
    if item.bucket_values is None:
        return cost(item.terms, item.quantity)
    return round_money(bucketed_cost(item.terms, item.bucket_values), item.terms.currency)


def usage_charge(item: UsageItem) -> Charge:
    """The charge of an item before any commitment; one with quantity 0 is a charge too
    (behaviour/rating#the-usage-question)."""
    exact, currency = item_cost(item), item.terms.currency
    return Charge(item, item.quantity, exact, round_money(exact, currency), display_usage_amount(currency, exact))


def usage_bill(
    items: Sequence[UsageItem], currency: str, commitment: SubscriptionCommitment | None = None
) -> UsageBill:
    """Bill usage the way ``POST /subscriptions/usage`` does (behaviour/rating#the-usage-question).

    The amount is the rounded sum of exact costs. Only the subscription's commitment acts; it is consumed in the
    order of ``items``. Charges come sorted by meter name, items of one meter in the given order, an overage part
    after its normal part. ``currency`` is the subscription's.
    """
    if not items:
        return UsageBill(ZERO, ZERO, "", None)
    promised = commitment or SubscriptionCommitment()
    charges = [usage_charge(item) for item in items]
    exact = total(charge.exact for charge in charges)
    bill = UsageBill(ZERO, exact, "", (), promised.amount, promised.overage_factor)
    if promised.active:
        charges, bill = _split(charges, promised, currency, bill)
    return replace(
        bill,
        amount=round_money(bill.exact, currency),
        display_amount=display_usage_amount(currency, bill.exact),
        charges=tuple(sorted(charges, key=lambda charge: charge.item.meter_name)),
    )


def _split(
    charges: Iterable[Charge], commitment: SubscriptionCommitment, currency: str, bill: UsageBill
) -> tuple[list[Charge], UsageBill]:
    """Consume a commitment charge by charge (behaviour/rating#commitment-of-a-subscription)."""
    remaining, overage, found = commitment.amount, ZERO, []
    for charge in charges:
        if remaining >= charge.amount:
            remaining = subtract(remaining, charge.amount)
            found.append(charge)
            continue
        if remaining > 0:
            normal, rest, left = _cut(charge, remaining, commitment.overage_factor, currency)
            remaining = left
        else:
            normal, rest = None, _overage(charge, charge.quantity, charge.amount, commitment.overage_factor, currency)
        found.extend(part for part in (normal, rest) if part is not None)
        if rest is not None:
            overage = add(overage, rest.exact)
    utilized = subtract(commitment.amount, remaining)
    has_overage = any(charge.is_overage for charge in found)
    exact = add(utilized, overage)
    return found, replace(
        bill, exact=exact, commitment_utilized=utilized, overage_amount=overage, has_overage=has_overage
    )


def _cut(
    charge: Charge, remaining: Decimal, factor: Decimal, currency: str
) -> tuple[Charge | None, Charge | None, Decimal]:
    """Split the charge that crosses the commitment: whole units that still fit, and the rest as overage."""
    unit = unit_price(charge.item.terms, charge.quantity, charge.amount)
    fitting = floor(divide(remaining, unit)) if unit else ZERO
    normal_amount = multiply(fitting, unit)
    normal = None
    if fitting > 0:
        rounded = round_money(normal_amount, currency)
        # The normal part shows its amount without a symbol (behaviour/rating#commitment-of-a-subscription).
        normal = replace(charge, quantity=fitting, exact=normal_amount, amount=rounded, display_amount=plain(rounded))
    above = subtract(charge.quantity, fitting)
    rest = _overage(charge, above, multiply(above, unit), factor, currency) if above > 0 else None
    return normal, rest, subtract(remaining, normal_amount)


def _overage(charge: Charge, quantity: Decimal, base: Decimal, factor: Decimal, currency: str) -> Charge:
    exact = multiply(base, factor)
    return replace(
        charge,
        quantity=quantity,
        exact=exact,
        amount=round_money(exact, currency),
        display_amount=display_usage_amount(currency, exact),
        is_overage=True,
        overage_factor=factor,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """An invoice or preview line. ``amount`` is rounded. ``item`` is the usage item it bills; None for fixed and
    extra lines.

    ``line_item_id`` and ``price_id`` are empty on extra lines (true-up, cumulative overage): the real server invents
    a price id there. ``adjusted_entitlement_quantity`` is None where no entitlement acted.
    """

    price_type: str
    display_name: str
    amount: Decimal
    quantity: Decimal
    metadata: Mapping[str, str] = field(default_factory=dict)
    item: UsageItem | None = None
    line_item_id: str = ""
    price_id: str = ""
    period: Period | None = None
    is_overage: bool = False
    price_unit_amount: Decimal = ZERO
    adjusted_entitlement_quantity: Decimal | None = None
    commitment_info: CommitmentInfo | None = None


def usage_lines(
    items: Sequence[UsageItem],
    bill: UsageBill,
    billing_period: str,
    currency: str,
    commitment: SubscriptionCommitment | None = None,
    cumulative: CumulativeCommitment | None = None,
    plan_name: str = "",
) -> list[Line]:
    """The invoice lines of a usage bill, in the order of ``items`` (behaviour/rating#the-pipeline,
    behaviour/rating#which-usage-a-line-item-bills).

    ``bill`` is :func:`usage_bill` of the same items. A normal part is priced again after entitlements, an overage
    part keeps its amount; its line follows the normal one. ``cumulative`` replaces the subscription's commitment
    once an invoice of its commitment period is finalized. True-up and cumulative overage lines come last.
    """
    by_item: dict[str, list[Charge]] = {}
    for charge in bill.charges or ():
        by_item.setdefault(charge.item.line_item_id, []).append(charge)
    lines, bases = [], []
    for item in items:
        charges = by_item.get(item.line_item_id, [])
        priced = [_line(charge, billing_period) for charge in charges]
        if cumulative is not None:
            bases.append(_base(item, charges, priced, cumulative.overage_factor))
        else:
            lines += [_committed(line, len(priced) == 1) for line in priced]
    if cumulative is not None:
        return _cumulative_lines(bases, cumulative, currency, plan_name)
    if commitment is not None and commitment.active and commitment.enable_true_up and not bill.has_overage:
        lines += _true_up(commitment, bill, currency, plan_name)
    return lines


def _line(charge: Charge, billing_period: str) -> Line:
    """A charge as an invoice line, after its entitlement and before its own commitment
    (behaviour/rating#entitlements)."""
    item, currency = charge.item, charge.item.terms.currency
    counted, amount, deducted = charge.quantity, charge.amount, None
    if item.is_bucketed:
        # All its buckets price a bucketed meter, even where a subscription's commitment had split the charge.
        counted, amount = item.quantity, round_money(item_cost(item), currency)
    quantity = counted
    entitlement = item.entitlement if item.entitlement is not None and item.entitlement.is_enabled else None
    if not charge.is_overage:
        if entitlement is not None:
            quantity = billable_quantity(counted, entitlement, billing_period, item.is_bucketed)
            deducted = deducted_quantity(counted, quantity)
        if entitlement is not None and entitlement.limit is None:
            amount = ZERO
        elif not item.is_bucketed or quantity != counted:
            amount = round_money(cost(item.terms, quantity), currency)
    line = Line(
        USAGE,
        f"{item.display_name} (Overage)" if charge.is_overage else item.display_name,
        amount,
        quantity,
        _usage_metadata(charge, entitlement),
        item,
        item.line_item_id,
        item.price_id,
        item.period,
        charge.is_overage,
        adjusted_entitlement_quantity=deducted,
    )
    return _with_units(line, item.price_unit)


def _usage_metadata(charge: Charge, entitlement: Entitlement | None) -> dict[str, str]:
    name = charge.item.display_name
    if charge.is_overage:
        factor = plain(charge.overage_factor or ONE)
        return {"description": f"{name} (Overage Charge)", "is_overage": "true", "overage_factor": factor}
    metadata = {"description": f"{name} (Usage Charge)"}
    if entitlement is not None and entitlement.reset_period in SHOWN_RESETS:
        metadata["usage_reset_period"] = SHOWN_RESETS[entitlement.reset_period]
    return metadata


def _with_units(line: Line, unit: PriceUnit | None) -> Line:
    if unit is None or not unit.rate:
        return line
    return replace(line, price_unit_amount=unit_amount(line.amount, unit.rate, unit.base_currency))


def _committed(line: Line, is_alone: bool) -> Line:
    """Apply a line item's own commitment once: to its normal part, or to its only part
    (behaviour/rating#commitment-of-a-line-item)."""
    item = line.item
    if item is None or item.commitment is None or (line.is_overage and not is_alone):
        return line
    if item.commitment.windowed:
        charge, info = apply_windowed_commitment(item.commitment_buckets, item.commitment, item.terms)
    else:
        charge, info = apply_commitment(line.amount, item.commitment, item.terms)
    amount = round_money(charge, item.terms.currency)
    return _with_units(replace(line, amount=amount, commitment_info=info), item.price_unit)


def _true_up(commitment: SubscriptionCommitment, bill: UsageBill, currency: str, plan_name: str) -> list[Line]:
    remaining = round_money(subtract(commitment.amount, bill.commitment_utilized), currency)
    if remaining <= 0:
        return []
    metadata = _true_up_metadata("billing period", commitment.amount, subtract(commitment.amount, remaining))
    return [Line(FIXED, f"{plan_name} True Up", remaining, ONE, metadata)]


def _true_up_metadata(span: str, committed: Decimal, utilized: Decimal) -> dict[str, str]:
    return {
        "is_commitment_trueup": "true",
        "description": f"Remaining commitment amount for {span}",
        "commitment_amount": plain(committed),
        "commitment_utilized": plain(utilized),
    }


@dataclass(frozen=True, slots=True)
class _Base:
    """An item's usage with overage undone, and the line that lends its name and metadata."""

    amount: Decimal
    quantity: Decimal
    line: Line


def _base(item: UsageItem, charges: Sequence[Charge], lines: Sequence[Line], factor: Decimal) -> _Base:
    amounts = [divide(line.amount, factor) if line.is_overage and factor > 0 else line.amount for line in lines]
    named = next((line for line in lines if not line.is_overage), lines[0] if lines else None)
    if named is None:
        named = _line(usage_charge(item), "")
    units = total(line.price_unit_amount for line in lines)
    return _Base(total(amounts), total(line.quantity for line in lines), replace(named, price_unit_amount=units))


def _cumulative_lines(
    bases: Sequence[_Base], commitment: CumulativeCommitment, currency: str, plan_name: str
) -> list[Line]:
    """Share the commitment that is left over the items; the rest is one overage line
    (behaviour/rating#commitment-over-several-periods)."""
    current = total(base.amount for base in bases)
    shares = cumulative_share(commitment, current)
    lines = []
    for base in bases:
        allocated = multiply(divide(base.amount, current), shares.within) if current > 0 else ZERO
        quantity = scaled_quantity(base.quantity, allocated, base.amount, currency)
        lines.append(replace(base.line, amount=round_money(allocated, currency), quantity=quantity))
    if shares.overage > 0:
        metadata = {
            "is_overage": "true",
            "overage_factor": plain(commitment.overage_factor),
            "description": "Overage charge (cumulative commitment)",
        }
        amount, quantity = round_money(shares.overage, currency), round_money(shares.overage_base, currency)
        lines.append(Line(FIXED, f"{plan_name} Overage", amount, quantity, metadata, is_overage=True))
    if shares.true_up > 0:
        metadata = _true_up_metadata("commitment period", commitment.amount, shares.within)
        lines.append(Line(FIXED, f"{plan_name} True Up", round_money(shares.true_up, currency), ONE, metadata))
    return lines


def subtotal(lines: Iterable[Line]) -> Decimal:
    """The sum of rounded lines (behaviour/rating#the-pipeline)."""
    return total(line.amount for line in lines)


def without_zero_lines(lines: Iterable[Line]) -> list[Line]:
    """The lines a preview keeps with ``hide_zero_charges_line_items``
    (behaviour/invoices-and-wallets#invoice-routes)."""
    return [line for line in lines if line.amount]
